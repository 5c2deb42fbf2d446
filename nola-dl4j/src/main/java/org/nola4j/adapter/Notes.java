// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Users' notes in adapter files: texts by name, stored as metadata entries that begin with {@value
 * #PREFIX}. Sorted, so that equal adapters give equal bytes.
 */
final class Notes {
  static final String PREFIX = "note.";
  static final int MOST = 64;
  static final int LONGEST = 4096;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  private Notes() {}

  /**
   * A sorted copy.
   *
   * @throws IllegalArgumentException if there are too many, or a name or text cannot be stored
   */
  static SortedMap<String, String> of(Map<String, String> notes) {
    if (notes.size() > MOST) {
      throw new IllegalArgumentException(
          "an adapter has at most %d notes, not %d".formatted(MOST, notes.size()));
    }
    notes.forEach(Notes::check);
    return Collections.unmodifiableSortedMap(new TreeMap<>(notes));
  }

  private static void check(String name, String text) {
    if (name == null || !NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "a note's name has 1 to 64 letters, digits, '.', '_' and '-', the first a letter or"
              + " digit, but is \""
              + name
              + "\"");
    }
    if (text == null || text.length() > LONGEST || !isUnicode(text)) {
      throw new IllegalArgumentException(
          "note \"%s\" must be a text of at most %d characters, but is %s"
              .formatted(name, LONGEST, text == null ? "null" : describe(text)));
    }
  }

  private static String describe(String text) {
    return isUnicode(text) ? text.length() + " characters long" : "not well-formed Unicode";
  }

  private static boolean isUnicode(String text) {
    return text.codePoints()
        .noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
  }

  /** As members of the file's metadata. */
  static Map<String, String> members(Map<String, String> notes) {
    Map<String, String> members = new LinkedHashMap<>();
    notes.forEach((name, text) -> members.put(PREFIX + name, text));
    return members;
  }

  /** Those among the members of a file's metadata; not yet checked. */
  static Map<String, String> in(Map<String, String> metadata) {
    Map<String, String> notes = new LinkedHashMap<>();
    metadata.forEach(
        (member, text) -> {
          if (member.startsWith(PREFIX)) {
            notes.put(member.substring(PREFIX.length()), text);
          }
        });
    return notes;
  }
}
