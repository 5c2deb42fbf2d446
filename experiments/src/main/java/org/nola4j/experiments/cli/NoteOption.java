// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.nola4j.adapter.Adapter;
import org.nola4j.experiments.common.UserException;
import picocli.CommandLine.Option;

/** What is noted in the adapter files that a command writes. */
final class NoteOption {
  @Option(
      names = "--note",
      paramLabel = "NAME=TEXT",
      description =
          "Store a text in each adapter file, which nola inspect shows, for example"
              + " --note task=invoices; repeatable. Default: none.")
  private final Map<String, String> notes = new LinkedHashMap<>();

  /**
   * The notes.
   *
   * @throws UserException if one cannot be stored; before any work is done
   */
  Map<String, String> notes() {
    try {
      Adapter.checkNotes(notes);
    } catch (IllegalArgumentException e) {
      throw new UserException("--note: " + e.getMessage(), e);
    }
    return notes;
  }
}
