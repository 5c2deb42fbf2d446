// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Words as COCO's metrics count them: those of the Penn Treebank, in lower case, without
 * punctuation. The rules are the Treebank's own; Stanford's tokenizer, which COCO runs, is under
 * the GPL and has more of them.
 */
final class PtbWords {
  private static final Set<String> PUNCTUATION =
      Set.of("''", "'", "``", "`", ".", "?", "!", ",", ":", "-", "--", "...", ";", "\"");

  private static final Pattern SEPARATE =
      Pattern.compile(
          "\\.{2,}|--+|[\"\u201c\u201d\u00ab\u00bb;!?()\\[\\]{}<>@#$%&*=+|~^\u2013\u2014\u2026\u00a3\u20ac]");

  private static final Pattern COMMA_OR_COLON = Pattern.compile("(?<![0-9])[,:]|[,:](?![0-9])");

  private static final Pattern OPENING_QUOTE =
      Pattern.compile("(?<=^|\\s)['`]+(?!(?:s|m|d|ll|re|ve|n|t)\\b)(?=\\w)");
  private static final Pattern CONTRACTION =
      Pattern.compile("(?<=\\w)(n't|'(?:s|m|d|ll|re|ve))(?!\\w)");
  private static final Pattern CLOSING_QUOTE = Pattern.compile("(?<=\\S)'+(?=\\s|$)");
  private static final Pattern WORDS_OF_TWO =
      Pattern.compile(
          "\\b(can)(not)\\b|\\b(gon)(na)\\b|\\b(got)(ta)\\b|\\b(gim)(me)\\b|\\b(lem)(me)\\b");
  private static final Pattern NUMBER_WITH_UNIT =
      Pattern.compile("\\b([0-9]+\\.[0-9]+)(m|kg|km|cm|mm|g)\\b");
  private static final Pattern LAST_DOT = Pattern.compile("(?<=[^\\s.])\\.(?=\\s|$)");

  /** Single letters and words whose dot is theirs. */
  private static final Pattern ABBREVIATION =
      Pattern.compile(
          "(?:[a-z]\\.)*[a-z]|mr|mrs|ms|dr|st|prof|gen|rep|sen|gov|lt|col|capt|jr|sr|inc|ltd|co|corp|vs"
              + "|etc|no|ave|blvd|rd|mt|ft|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec");

  private PtbWords() {}

  static List<String> of(String text) {
    String plain = text.toLowerCase(Locale.ROOT).replace('\u2018', '\'').replace('\u2019', '\'');
    String spaced = NUMBER_WITH_UNIT.matcher(" " + plain + " ").replaceAll("$1 $2");
    spaced = SEPARATE.matcher(spaced).replaceAll(" $0 ");
    spaced = COMMA_OR_COLON.matcher(spaced).replaceAll(" $0 ");
    spaced = OPENING_QUOTE.matcher(spaced).replaceAll("$0 ");
    spaced = CONTRACTION.matcher(spaced).replaceAll(" $1");
    spaced = CLOSING_QUOTE.matcher(spaced).replaceAll(" $0");
    spaced = WORDS_OF_TWO.matcher(spaced).replaceAll("$1$3$5$7$9 $2$4$6$8$10");
    List<String> words = new ArrayList<>();
    List<String> parts = Words.bySpace(spaced);
    for (int i = 0; i < parts.size(); i++) {
      add(words, parts.get(i), i == parts.size() - 1);
    }
    return words;
  }

  private static void add(List<String> words, String part, boolean last) {
    String word = part;
    if (LAST_DOT.matcher(part).find()) {
      String before = part.substring(0, part.length() - 1);
      boolean abbreviated = ABBREVIATION.matcher(before).matches();
      word = abbreviated && (!last || before.contains(".")) ? part : before;
    }
    word = written(word);
    if (!PUNCTUATION.contains(word) && !word.isEmpty()) {
      words.add(word);
    }
  }

  /** As the Treebank writes characters that it has no room for. */
  private static String written(String word) {
    return switch (word) {
      case "(" -> "-lrb-";
      case ")" -> "-rrb-";
      case "[" -> "-lsb-";
      case "]" -> "-rsb-";
      case "{" -> "-lcb-";
      case "}" -> "-rcb-";
      case "\u201c", "\u201d", "\u00ab", "\u00bb" -> "\"";
      case "\u2026" -> "...";
      case "\u2013", "\u2014" -> "--";
      case "\u00a3" -> "#";
      case "\u20ac" -> "$";
      default -> word.matches("-{2,}") ? "--" : word.matches("\\.{2,}") ? "..." : word;
    };
  }
}
