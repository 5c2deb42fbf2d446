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

/**
 * What an adapter for texts notes of its task: the names of the classes in their order, the encoder
 * it is over, and where texts are cut off. A JSON array of the names, cut into notes {@code
 * labels.0}, {@code labels.1} and so on.
 *
 * @param labels the classes' names
 * @param base what the user called the encoder
 * @param baseSha256 of the encoder's file
 * @param maxTokens where texts are cut off
 */
public record ClassLabels(List<String> labels, String base, String baseSha256, int maxTokens) {
  private static final String LABELS = "labels.";
  private static final String BASE = "base";
  private static final String SHA_256 = "base.sha256";
  private static final String MAX_TOKENS = "maxTokens";
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
    return notes;
  }

  /** Whether a note of this name is one of those. */
  public static boolean isReserved(String note) {
    return note.startsWith(LABELS) || List.of(BASE, SHA_256, MAX_TOKENS).contains(note);
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
      return new ClassLabels(
          List.of(labels),
          notes.getOrDefault(BASE, ""),
          notes.get(SHA_256),
          Integer.parseInt(notes.getOrDefault(MAX_TOKENS, "")));
    } catch (JsonProcessingException | NumberFormatException e) {
      throw new UserException(
          "%s: expected an adapter of nola run text-classification, with notes on its classes, found notes %s"
              .formatted(file, notes.keySet()),
          e);
    }
  }
}
