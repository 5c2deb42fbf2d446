// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.nola4j.adapter.Adapter;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;
import org.nola4j.models.BertEncoder.Pooling;

/**
 * What an adapter for texts notes of its task: the names of the classes in their order, the encoder
 * it is over, and where texts are cut off. A JSON array of the names, cut into notes {@code
 * labels.0}, {@code labels.1} and so on; {@code classes} only if there are more than labels, {@code
 * pooling} only if it is not the mean.
 *
 * @param labels the classes' names
 * @param classes outputs of the head, of which the first are these
 * @param base what the user called the encoder
 * @param baseSha256 of the encoder's file
 * @param maxTokens where texts are cut off
 * @param pooling how the encoder pools tokens
 */
public record ClassLabels(
    List<String> labels,
    int classes,
    String base,
    String baseSha256,
    int maxTokens,
    Pooling pooling) {
  private static final String LABELS = "labels.";
  private static final String BASE = "base";
  private static final String SHA_256 = "base.sha256";
  private static final String MAX_TOKENS = "maxTokens";
  private static final String CLASSES = "classes";
  private static final String POOLING = "pooling";
  private static final int LONGEST = 4000;

  /** Copies the names. */
  public ClassLabels {
    labels = List.copyOf(labels);
  }

  /** As an adapter's notes. */
  public Map<String, String> notes() {
    Map<String, String> notes = new LinkedHashMap<>();
    String json = Json.tree(labels).toString();
    int part = 0;
    for (int from = 0; from < json.length(); ) {
      int to = Math.min(json.length(), from + LONGEST);
      if (to < json.length() && Character.isHighSurrogate(json.charAt(to - 1))) {
        to--;
      }
      notes.put(LABELS + part++, json.substring(from, to));
      from = to;
    }
    notes.put(BASE, base);
    notes.put(SHA_256, baseSha256);
    notes.put(MAX_TOKENS, String.valueOf(maxTokens));
    if (classes != labels.size()) {
      notes.put(CLASSES, String.valueOf(classes));
    }
    if (pooling != Pooling.MEAN) {
      notes.put(POOLING, pooling.name());
    }
    return notes;
  }

  /** Whether a note of this name is one of those. */
  public static boolean isReserved(String note) {
    return note.startsWith(LABELS)
        || List.of(BASE, SHA_256, MAX_TOKENS, CLASSES, POOLING).contains(note);
  }

  /**
   * What an adapter's notes say.
   *
   * @param file for messages
   * @throws UserException if they do not name classes
   */
  public static ClassLabels of(Adapter adapter, String file) {
    Map<String, String> notes = adapter.notes();
    String json =
        IntStream.iterate(0, part -> notes.containsKey(LABELS + part), part -> part + 1)
            .mapToObj(part -> notes.get(LABELS + part))
            .collect(Collectors.joining());
    try {
      String[] labels = Json.STRICT.readValue(json, String[].class);
      String base = notes.getOrDefault(BASE, "");
      return new ClassLabels(
          List.of(labels),
          Integer.parseInt(notes.getOrDefault(CLASSES, String.valueOf(labels.length))),
          base,
          notes.get(SHA_256),
          Integer.parseInt(notes.getOrDefault(MAX_TOKENS, "")),
          Pooling.valueOf(
              notes.getOrDefault(POOLING, PretrainedEncoder.usualPooling(base).name())));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new UserException(
          "%s: expected an adapter of nola run text-classification, with notes on its classes, found notes %s"
              .formatted(file, notes.keySet()),
          e);
    }
  }
}
