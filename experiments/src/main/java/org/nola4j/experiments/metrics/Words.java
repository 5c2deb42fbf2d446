// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.metrics;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Simple ways to cut texts into words. */
final class Words {
  private static final Pattern PUNCTUATION = Pattern.compile("([{-~\\[-` -&(-+:-@/])");
  private static final Pattern AFTER_NO_DIGIT = Pattern.compile("([^0-9])([.,])");
  private static final Pattern BEFORE_NO_DIGIT = Pattern.compile("([.,])([^0-9])");
  private static final Pattern DASH_AFTER_DIGIT = Pattern.compile("([0-9])(-)");
  private static final Pattern SPACE = Pattern.compile("\\s+");
  private static final Pattern NO_WORD = Pattern.compile("(?U)(\\W)");

  private Words() {}

  /** The tokenization of NIST's mteval-v13a for languages of the West. An empty text is a word. */
  static List<String> mteval13a(String text) {
    String plain =
        text.replace("<skipped>", "")
            .replace("-\n", "")
            .replace("\n", " ")
            .replace("&quot;", "\"")
            .replace("&amp;", "&")
            .replace("&lt;", "<")
            .replace("&gt;", ">");
    String spaced = PUNCTUATION.matcher(" " + plain + " ").replaceAll(" $1 ");
    spaced = AFTER_NO_DIGIT.matcher(spaced).replaceAll("$1 $2 ");
    spaced = BEFORE_NO_DIGIT.matcher(spaced).replaceAll(" $1 $2");
    spaced = DASH_AFTER_DIGIT.matcher(spaced).replaceAll("$1 $2 ");
    return List.of(SPACE.matcher(spaced).replaceAll(" ").strip().split(" ", -1));
  }

  /** As {@link #mteval13a}, in lower case. */
  static List<String> lowerMteval13a(String text) {
    return mteval13a(text).stream().map(word -> word.toLowerCase(Locale.ROOT)).toList();
  }

  static List<String> bySpace(String text) {
    return SPACE.splitAsStream(text).filter(word -> !word.isEmpty()).toList();
  }

  /**
   * What LoRA does to texts of WebNLG and DART before they are scored: lower case, and every
   * character that is neither letter, digit nor underscore is a word.
   */
  static String separated(String text) {
    return Stream.of(NO_WORD.matcher(text.toLowerCase(Locale.ROOT)).replaceAll(" $1 "))
        .flatMap(spaced -> bySpace(spaced).stream())
        .collect(Collectors.joining(" "));
  }
}
