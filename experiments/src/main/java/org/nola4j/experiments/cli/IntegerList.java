// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.nola4j.experiments.common.UserException;

/** Parses lists of whole numbers: {@code 8,16}, {@code 4..40}, or {@code 4..40:2}. */
final class IntegerList {
  private static final int MOST = 10_000;
  private static final Pattern PART =
      Pattern.compile("(\\d{1,9})(?:\\.\\.(\\d{1,9})(?::(\\d{1,9}))?)?");

  private IntegerList() {}

  /**
   * Returns the numbers in the given order.
   *
   * @param option for messages
   */
  static List<Integer> parse(String option, String text) {
    List<Integer> numbers = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      add(option, part.strip(), numbers);
    }
    return numbers;
  }

  private static void add(String option, String part, List<Integer> numbers) {
    Matcher matcher = PART.matcher(part);
    if (!matcher.matches()) {
      throw error(option, "whole numbers such as 16 or 8,16 or 4..40 or 4..40:2", part);
    }
    int first = Integer.parseInt(matcher.group(1));
    int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
    int step = matcher.group(3) == null ? 1 : Integer.parseInt(matcher.group(3));
    if (last < first || step < 1) {
      throw error(option, "an ascending range", part);
    }
    if (numbers.size() + (last - first) / step >= MOST) {
      throw error(option, "at most " + MOST + " numbers", part);
    }
    for (int number = first; number <= last; number += step) {
      numbers.add(number);
    }
  }

  private static UserException error(String option, String expected, String found) {
    return new UserException("%s takes %s; found \"%s\"".formatted(option, expected, found));
  }
}
