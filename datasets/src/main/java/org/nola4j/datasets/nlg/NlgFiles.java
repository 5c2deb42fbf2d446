// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.nlg;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.source.Contents;
import org.nola4j.datasets.source.DataFile;
import org.nola4j.datasets.source.FetchedByHand;

/** The files of a set, for training, validation, and test, and how they are read. */
abstract class NlgFiles extends FetchedByHand {
  static final String REMEDY = "fetch the file again";

  private final String setName;

  /**
   * A set.
   *
   * @param folder its folder's name
   * @param setName what users call it
   * @param origin whom the files are from
   * @param files those without which it cannot be used: of training, validation, and test, unless
   *     the set overrides these methods
   */
  NlgFiles(String folder, String setName, String origin, List<String> files) {
    super(folder, origin, files, "another set");
    this.setName = setName;
  }

  final String setName() {
    return setName;
  }

  Path train(Path folder) {
    return DataFile.find(folder, files().get(0));
  }

  Path validation(Path folder) {
    return DataFile.find(folder, files().get(1));
  }

  Path test(Path folder) {
    return DataFile.find(folder, files().get(2));
  }

  abstract List<NlgSample> read(Path file);

  static DataSetException unreadable(Path file, IOException e) {
    return new DataSetException("%s: cannot be read: %s".formatted(file, e.getMessage()), e);
  }

  /** A wrong entry of a JSON file, counted from 1. */
  static DataSetException wrongEntry(Path file, int entry, String expected, JsonNode found) {
    return DataSetException.malformed(
        file, "in entry %d %s".formatted(entry, expected), found.toString(), REMEDY);
  }

  static JsonNode json(Path file) {
    try (InputStream in = Contents.open(file)) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }
}
