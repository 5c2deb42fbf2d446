// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.nola4j.datasets.random.ExampleSelection;

/**
 * Texts with their class labels: one split of a data set. Immutable.
 *
 * <p>Parts of it are drawn by the rules of {@link org.nola4j.datasets.ImageSet}.
 */
public final class LabeledTexts {
  private final String name;
  private final List<String> classes;
  private final List<String> texts;
  private final int[] labels;

  private LabeledTexts(String name, List<String> classes, List<String> texts, int[] labels) {
    this.name = name;
    this.classes = classes;
    this.texts = texts;
    this.labels = labels;
  }

  /**
   * Texts and the names of their classes.
   *
   * @param name of set and split, for messages, as "mmlu-subjects train"
   * @param classes the names, in the order of their numbers
   * @param texts the texts
   * @param labels the class of each, by name
   * @throws IllegalArgumentException if a class is not among these
   */
  public static LabeledTexts of(
      String name, List<String> classes, List<String> texts, List<String> labels) {
    if (texts.size() != labels.size()) {
      throw new IllegalArgumentException(
          "%s: %d texts have %d labels".formatted(name, texts.size(), labels.size()));
    }
    int[] numbers = labels.stream().mapToInt(classes::indexOf).toArray();
    for (int i = 0; i < numbers.length; i++) {
      if (numbers[i] < 0) {
        throw new IllegalArgumentException(
            "%s: text %d has the label \"%s\", which is none of the classes %s"
                .formatted(name, i + 1, labels.get(i), classes));
      }
    }
    return new LabeledTexts(name, List.copyOf(classes), List.copyOf(texts), numbers);
  }

  /** The names of classes as they are numbered: in alphabetical order. */
  public static List<String> classesOf(Collection<String> labels) {
    return List.copyOf(new TreeSet<>(labels));
  }

  /** How many texts there are. */
  public int size() {
    return labels.length;
  }

  /** The names of the classes, in the order of their numbers. */
  public List<String> classes() {
    return classes;
  }

  /** All texts. */
  public List<String> texts() {
    return texts;
  }

  /** The number of a text's class. */
  public int label(int text) {
    return labels[text];
  }

  /** The classes' numbers of all texts, a copy. */
  public int[] labels() {
    return labels.clone();
  }

  /**
   * As many texts of every class, drawn at random.
   *
   * @throws IllegalArgumentException naming the class, if one has fewer
   */
  public LabeledTexts shots(int perClass, long seed) {
    return select(selection().shots(perClass, seed));
  }

  /**
   * Texts drawn at random, always the same ones, to be kept from training.
   *
   * @throws IllegalArgumentException if there are fewer than one more
   */
  public LabeledTexts heldOut(int count) {
    return select(selection().heldOut(count));
  }

  /** The texts that {@link #heldOut} does not draw. */
  public LabeledTexts withoutHeldOut(int count) {
    return select(selection().others(selection().heldOut(count)));
  }

  private ExampleSelection selection() {
    return new ExampleSelection(name, "text", classes, labels);
  }

  private LabeledTexts select(int[] chosen) {
    List<String> some = new ArrayList<>();
    Arrays.stream(chosen).forEach(text -> some.add(texts.get(text)));
    return new LabeledTexts(
        name, classes, List.copyOf(some), IntStream.of(chosen).map(text -> labels[text]).toArray());
  }

  @Override
  public String toString() {
    return "%s: %d texts of %d classes".formatted(name, size(), classes.size());
  }
}
