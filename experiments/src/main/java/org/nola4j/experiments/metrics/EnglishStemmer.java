// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.metrics;

import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Porter's second stemmer, Snowball's "english" (<a
 * href="https://snowballstem.org/algorithms/english/stemmer.html">description</a>), which METEOR
 * takes words for equal by. Words are in lower case.
 */
final class EnglishStemmer {
  private static final Map<String, String> IRREGULAR =
      Map.ofEntries(
          Map.entry("skis", "ski"),
          Map.entry("skies", "sky"),
          Map.entry("dying", "die"),
          Map.entry("lying", "lie"),
          Map.entry("tying", "tie"),
          Map.entry("idly", "idl"),
          Map.entry("gently", "gentl"),
          Map.entry("ugly", "ugli"),
          Map.entry("early", "earli"),
          Map.entry("only", "onli"),
          Map.entry("singly", "singl"));

  private static final Set<String> INVARIANT =
      Set.of("sky", "news", "howe", "atlas", "cosmos", "bias", "andes");

  private static final Set<String> INVARIANT_AFTER_PLURAL =
      Set.of("inning", "outing", "canning", "herring", "earring", "proceed", "exceed", "succeed");

  private static final Set<String> DOUBLES =
      Set.of("bb", "dd", "ff", "gg", "mm", "nn", "pp", "rr", "tt");

  /** Suffix to what replaces it, in the order in which they are looked for: the longest first. */
  private static final Map<String, String> DERIVED =
      longestFirst(
          "tional", "tion", "enci", "ence", "anci", "ance", "abli", "able", "entli", "ent", "izer",
          "ize", "ization", "ize", "ational", "ate", "ation", "ate", "ator", "ate", "alism", "al",
          "aliti", "al", "alli", "al", "fulness", "ful", "ousli", "ous", "ousness", "ous",
          "iveness", "ive", "iviti", "ive", "biliti", "ble", "bli", "ble", "ogi", "og", "fulli",
          "ful", "lessli", "less", "li", "");

  private static final Map<String, String> DERIVED_AGAIN =
      longestFirst(
          "tional", "tion", "ational", "ate", "alize", "al", "icate", "ic", "iciti", "ic", "ical",
          "ic", "ful", "", "ness", "", "ative", "");

  private static final Map<String, String> REMOVED =
      longestFirst(
          "al", "", "ance", "", "ence", "", "er", "", "ic", "", "able", "", "ible", "", "ant", "",
          "ement", "", "ment", "", "ent", "", "ism", "", "ate", "", "iti", "", "ous", "", "ive", "",
          "ize", "", "ion", "");

  private String word;
  private int first;
  private int second;

  private EnglishStemmer(String word) {
    this.word = word;
  }

  private static Map<String, String> longestFirst(String... pairs) {
    Map<String, String> map =
        new TreeMap<>(
            Comparator.comparingInt((String suffix) -> -suffix.length())
                .thenComparing(Comparator.naturalOrder()));
    for (int i = 0; i < pairs.length; i += 2) {
      map.put(pairs[i], pairs[i + 1]);
    }
    return map;
  }

  static String stem(String word) {
    if (IRREGULAR.containsKey(word)) {
      return IRREGULAR.get(word);
    }
    if (word.length() <= 2 || INVARIANT.contains(word)) {
      return word;
    }
    return new EnglishStemmer(word).stem();
  }

  private String stem() {
    markConsonantY();
    markRegions();
    removeGenitive();
    removePlural();
    if (!INVARIANT_AFTER_PLURAL.contains(word)) {
      removePast();
      replaceY();
      replaceFirst(DERIVED, suffix -> from(first, suffix) && derivedFits(suffix));
      replaceFirst(DERIVED_AGAIN, suffix -> from(suffix.equals("ative") ? second : first, suffix));
      replaceFirst(
          REMOVED, suffix -> from(second, suffix) && (!suffix.equals("ion") || endsIn("st", 3)));
      removeLast();
    }
    return word.replace('Y', 'y');
  }

  /** A y at the begin or after a vowel is a consonant, Y. */
  private void markConsonantY() {
    if (word.startsWith("'")) {
      word = word.substring(1);
    }
    StringBuilder marked = new StringBuilder(word);
    for (int i = 0; i < marked.length(); i++) {
      if (marked.charAt(i) == 'y' && (i == 0 || isVowel(marked.charAt(i - 1)))) {
        marked.setCharAt(i, 'Y');
      }
    }
    word = marked.toString();
  }

  private void markRegions() {
    first = -1;
    for (String begin : new String[] {"gener", "commun", "arsen"}) {
      first = word.startsWith(begin) ? begin.length() : first;
    }
    first = first < 0 ? region(0) : first;
    second = region(first);
  }

  /** After the first consonant that follows a vowel. */
  private int region(int begin) {
    for (int i = begin + 1; i < word.length(); i++) {
      if (isVowel(word.charAt(i - 1)) && !isVowel(word.charAt(i))) {
        return i + 1;
      }
    }
    return word.length();
  }

  private static boolean isVowel(char letter) {
    return "aeiouy".indexOf(letter) >= 0;
  }

  private boolean from(int region, String suffix) {
    return word.length() - suffix.length() >= region;
  }

  /** Whether the letter so many places before the end is one of these. */
  private boolean endsIn(String letters, int suffix) {
    return word.length() > suffix && letters.indexOf(word.charAt(word.length() - suffix - 1)) >= 0;
  }

  private void cut(int letters) {
    word = word.substring(0, word.length() - letters);
  }

  private boolean hasVowelBefore(int end) {
    return word.substring(0, Math.max(0, end)).chars().anyMatch(letter -> isVowel((char) letter));
  }

  private void removeGenitive() {
    for (String suffix : new String[] {"'s'", "'s", "'"}) {
      if (word.endsWith(suffix)) {
        cut(suffix.length());
        return;
      }
    }
  }

  private void removePlural() {
    if (word.endsWith("sses")) {
      cut(2);
    } else if (word.endsWith("ied") || word.endsWith("ies")) {
      cut(word.length() > 4 ? 2 : 1);
    } else if (word.endsWith("s")
        && !word.endsWith("us")
        && !word.endsWith("ss")
        && hasVowelBefore(word.length() - 2)) {
      cut(1);
    }
  }

  private void removePast() {
    for (String suffix : new String[] {"eedly", "eed"}) {
      if (word.endsWith(suffix)) {
        cut(from(first, suffix) ? suffix.length() - 2 : 0);
        return;
      }
    }
    for (String suffix : new String[] {"ingly", "edly", "ing", "ed"}) {
      if (word.endsWith(suffix)) {
        if (hasVowelBefore(word.length() - suffix.length())) {
          cut(suffix.length());
          mendEnd();
        }
        return;
      }
    }
  }

  private void mendEnd() {
    if (word.endsWith("at") || word.endsWith("bl") || word.endsWith("iz")) {
      word += "e";
    } else if (word.length() > 1 && DOUBLES.contains(word.substring(word.length() - 2))) {
      cut(1);
    } else if (word.length() <= first && endsInShortSyllable(word)) {
      word += "e";
    }
  }

  private static boolean endsInShortSyllable(String text) {
    int end = text.length() - 1;
    if (end < 1 || isVowel(text.charAt(end)) || !isVowel(text.charAt(end - 1))) {
      return false;
    }
    return end == 1 || ("wxY".indexOf(text.charAt(end)) < 0 && !isVowel(text.charAt(end - 2)));
  }

  private void replaceY() {
    int end = word.length() - 1;
    if (end > 1
        && Character.toLowerCase(word.charAt(end)) == 'y'
        && !isVowel(word.charAt(end - 1))) {
      word = word.substring(0, end) + "i";
    }
  }

  private boolean derivedFits(String suffix) {
    return switch (suffix) {
      case "ogi" -> endsIn("l", 3);
      case "li" -> endsIn("cdeghkmnrt", 2);
      default -> true;
    };
  }

  /** Replaces the longest suffix that the word has, if that may be. */
  private void replaceFirst(Map<String, String> suffixes, Predicate<String> condition) {
    for (Map.Entry<String, String> each : suffixes.entrySet()) {
      if (word.endsWith(each.getKey())) {
        if (condition.test(each.getKey())) {
          cut(each.getKey().length());
          word += each.getValue();
        }
        return;
      }
    }
  }

  private void removeLast() {
    int end = word.length() - 1;
    if (word.endsWith("e")) {
      boolean removable =
          end >= second || (end >= first && !endsInShortSyllable(word.substring(0, end)));
      cut(removable ? 1 : 0);
    } else if (word.endsWith("ll") && end >= second) {
      cut(1);
    }
  }
}
