// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.metrics;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * METEOR 1.5 for English (Denkowski and Lavie, WMT 2014), with its parameters for ranking and two
 * of its four kinds of matches: equal words (weight 1) and equal stems (weight 0.6). It lacks
 * WordNet's synonyms and the table of paraphrases, so figures are lower than those of METEOR with
 * them and are comparable to others of this class only. Function words are a list of our own of the
 * commonest English words.
 *
 * <p>Of each text's references the one with the best score counts; the figure of a corpus is that
 * of the sums of their counts.
 */
final class Meteor {
  private static final double ALPHA = 0.85;
  private static final double BETA = 0.2;
  private static final double GAMMA = 0.6;
  private static final double DELTA = 0.75;
  private static final double STEM_WEIGHT = 0.6;

  private static final Pattern NO_WORD = Pattern.compile("(?U)([^\\w\\s'.,-])");
  private static final Pattern COMMA = Pattern.compile("(?<![0-9]),|,(?![0-9])");
  private static final Pattern DASH = Pattern.compile("(?U)(?<=[\\w.])-(?=\\w)");
  private static final Pattern GENITIVE = Pattern.compile("(?U)(?<=\\w)'(?=\\w)");
  private static final Pattern LAST_DOT = Pattern.compile("\\.(?=\\s*$)");

  private static final Set<String> FUNCTION_WORDS =
      Set.of(
          "the", ",", ".", "of", "and", "to", "a", "in", "is", "that", "for", "it", "as", "was",
          "with", "be", "by", "on", "not", "he", "i", "this", "are", "or", "his", "from", "at",
          "which", "but", "have", "an", "had", "they", "you", "were", "their", "one", "all", "we",
          "can", "her", "has", "there", "been", "if", "more", "when", "will", "would", "who", "so",
          "no", "she", "other", "its", "may", "these", "what", "them", "than", "some", "him",
          "time", "into", "only", "do", "such", "my", "new", "about", "out", "also", "two", "any",
          "up", "first", "could", "our", "then", "most", "see", "me", "should", "after", "said",
          "your", "very", "between", "made", "many", "over", "like", "'s", "'", "\"", "(", ")", ":",
          "?", "-", "n't", "$", "-lrb-", "-rrb-", "last", "year", "years", "people");

  private Meteor() {}

  static double of(List<GeneratedText> texts) {
    return TokenizedText.of(texts, Meteor::words).stream()
        .map(Meteor::best)
        .reduce(Counts.NONE, Counts::plus)
        .score();
  }

  /** In lower case; punctuation is words of its own, dashes separate words. */
  static List<String> words(String text) {
    String spaced = NO_WORD.matcher(text.toLowerCase(Locale.ROOT)).replaceAll(" $1 ");
    spaced = COMMA.matcher(spaced).replaceAll(" , ");
    spaced = DASH.matcher(spaced).replaceAll(" ");
    spaced = GENITIVE.matcher(spaced).replaceAll(" '");
    return Words.bySpace(LAST_DOT.matcher(spaced).replaceAll(" ."));
  }

  private static Counts best(TokenizedText text) {
    return text.references().stream()
        .map(reference -> counts(text.hypothesis(), reference))
        .max(Comparator.comparingDouble(Counts::score))
        .orElseThrow();
  }

  private static Counts counts(List<String> hypothesis, List<String> reference) {
    MeteorAlignment alignment = MeteorAlignment.of(hypothesis, reference);
    double hypothesisMatches = 0;
    double referenceMatches = 0;
    for (int place = 0; place < reference.size(); place++) {
      int other = alignment.hypothesisPlace(place);
      if (other >= 0) {
        String word = reference.get(place);
        double kind = hypothesis.get(other).equals(word) ? 1 : STEM_WEIGHT;
        hypothesisMatches += kind * weight(hypothesis.get(other));
        referenceMatches += kind * weight(word);
      }
    }
    int matches = alignment.matches();
    boolean whole = matches == hypothesis.size() && matches == reference.size();
    return new Counts(
        length(hypothesis),
        length(reference),
        hypothesisMatches,
        referenceMatches,
        matches,
        whole && alignment.chunks() == 1 ? 0 : alignment.chunks());
  }

  private static double weight(String word) {
    return FUNCTION_WORDS.contains(word) ? 1 - DELTA : DELTA;
  }

  private static double length(List<String> words) {
    return words.stream().mapToDouble(Meteor::weight).sum();
  }

  /** What the score is computed from; lengths and matches are weighted. */
  private record Counts(
      double hypothesisLength,
      double referenceLength,
      double hypothesisMatches,
      double referenceMatches,
      int matches,
      int chunks) {
    static final Counts NONE = new Counts(0, 0, 0, 0, 0, 0);

    Counts plus(Counts other) {
      return new Counts(
          hypothesisLength + other.hypothesisLength,
          referenceLength + other.referenceLength,
          hypothesisMatches + other.hypothesisMatches,
          referenceMatches + other.referenceMatches,
          matches + other.matches,
          chunks + other.chunks);
    }

    double score() {
      if (matches == 0) {
        return 0;
      }
      double precision = hypothesisMatches / hypothesisLength;
      double recall = referenceMatches / referenceLength;
      double mean = 1 / ((1 - ALPHA) / precision + ALPHA / recall);
      return mean * (1 - GAMMA * Math.pow((double) chunks / matches, BETA));
    }
  }
}
