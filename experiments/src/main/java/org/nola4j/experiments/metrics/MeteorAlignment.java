// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;

/**
 * Which word of a hypothesis matches which of a reference, each at most one, by METEOR's search:
 * the most equal words, then the fewest chunks, then the nearest places, with 40 candidates a
 * place. A chunk is a run of matches without a gap on either side.
 *
 * <p>As in METEOR 1.5, words that are equal by their stems alone do not count among the most words:
 * they are taken where that takes no more chunks, or where neither word matches another.
 */
final class MeteorAlignment {
  private static final int BEAM = 40;
  private static final int NONE = -1;

  private final int[] places;

  private MeteorAlignment(int[] places) {
    this.places = places;
  }

  static MeteorAlignment of(List<String> hypothesis, List<String> reference) {
    int[][] options = options(hypothesis, reference);
    int[] wanted = new int[hypothesis.size()];
    Arrays.stream(options).flatMapToInt(Arrays::stream).forEach(other -> wanted[other]++);
    List<Path> paths = List.of(new Path(reference.size()));
    for (int place = 0; place < reference.size(); place++) {
      int[] some = options[place];
      boolean certain = some.length == 1 && wanted[some[0]] == 1;
      paths = extended(paths, place, some, certain, hypothesis, reference);
    }
    return new MeteorAlignment(
        paths.stream().map(Path::closed).min(Path.BEST_FIRST).orElseThrow().places);
  }

  /** Of each word of the reference the places of those that match it: equal ones first. */
  private static int[][] options(List<String> hypothesis, List<String> reference) {
    List<String> stems = hypothesis.stream().map(EnglishStemmer::stem).toList();
    boolean equal = hypothesis.equals(reference);
    int[][] options = new int[reference.size()][];
    for (int place = 0; place < options.length; place++) {
      String word = reference.get(place);
      String stem = EnglishStemmer.stem(word);
      List<Integer> found = new ArrayList<>();
      for (int pass = 0; pass < (equal ? 1 : 2); pass++) {
        for (int other = 0; other < hypothesis.size(); other++) {
          boolean same = hypothesis.get(other).equals(word);
          if (pass == 0 ? same : !same && stems.get(other).equals(stem)) {
            found.add(other);
          }
        }
      }
      options[place] = found.stream().mapToInt(Integer::intValue).toArray();
    }
    return options;
  }

  private static List<Path> extended(
      List<Path> paths,
      int place,
      int[] options,
      boolean certain,
      List<String> hypothesis,
      List<String> reference) {
    List<Path> next = new ArrayList<>();
    paths.stream()
        .sorted(Path.BEST_FIRST)
        .limit(BEAM)
        .forEach(
            path -> {
              for (int other : options) {
                if (!path.used.get(other)) {
                  next.add(
                      path.with(place, other, hypothesis.get(other).equals(reference.get(place))));
                }
              }
              if (!certain) {
                next.add(path.closed());
              }
            });
    return next;
  }

  /** Where in the hypothesis the match of a word of the reference is, or -1. */
  int hypothesisPlace(int referencePlace) {
    return places[referencePlace];
  }

  int matches() {
    return (int) Arrays.stream(places).filter(place -> place != NONE).count();
  }

  int chunks() {
    int chunks = 0;
    for (int i = 0; i < places.length; i++) {
      boolean goesOn = i > 0 && places[i - 1] != NONE && places[i] == places[i - 1] + 1;
      chunks += places[i] != NONE && !goesOn ? 1 : 0;
    }
    return chunks;
  }

  /** The matches of a reference's first words. */
  private static final class Path {
    static final Comparator<Path> BEST_FIRST =
        Comparator.comparingInt((Path path) -> -path.equalWords)
            .thenComparingInt(path -> path.chunks)
            .thenComparingInt(path -> path.distance);

    final int[] places;
    final BitSet used;
    int equalWords;
    int chunks;
    int distance;
    int last = NONE;

    Path(int words) {
      places = new int[words];
      Arrays.fill(places, NONE);
      used = new BitSet();
    }

    private Path(Path path) {
      places = path.places.clone();
      used = (BitSet) path.used.clone();
      equalWords = path.equalWords;
      chunks = path.chunks;
      distance = path.distance;
      last = path.last;
    }

    Path with(int place, int other, boolean equal) {
      Path next = new Path(this);
      next.places[place] = other;
      next.used.set(other);
      next.equalWords += equal ? 1 : 0;
      next.chunks += last != NONE && other != last + 1 ? 1 : 0;
      next.distance += Math.abs(place - other);
      next.last = other;
      return next;
    }

    /** Without a match at the next place: an open chunk ends. */
    Path closed() {
      Path next = new Path(this);
      next.chunks += last != NONE ? 1 : 0;
      next.last = NONE;
      return next;
    }
  }
}
