// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.text;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.MappingIterator;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.source.Contents;
import org.nola4j.datasets.source.DataFile;
import org.nola4j.datasets.source.FetchedByHand;

/** Plain texts in files of JSON: one value, an array, or one value per line. */
final class Corpus extends FetchedByHand {
  private final Function<JsonNode, Stream<String>> texts;

  /**
   * A corpus.
   *
   * @param texts those of a value: of an array's element or of a line
   */
  Corpus(
      String folder, String origin, List<String> files, Function<JsonNode, Stream<String>> texts) {
    super(folder, origin, files, "another corpus");
    this.texts = texts;
  }

  /** The texts of all files, in their order. */
  List<String> read(Path place) {
    List<String> all = new ArrayList<>();
    for (String name : files()) {
      Path file = DataFile.find(place, name);
      int before = all.size();
      try (InputStream in = Contents.open(file);
          MappingIterator<JsonNode> values =
              new ObjectMapper().readerFor(JsonNode.class).readValues(in)) {
        while (values.hasNextValue()) {
          texts.apply(values.nextValue()).map(String::strip).forEach(all::add);
        }
      } catch (IOException e) {
        throw malformed(file, e.getMessage());
      }
      if (all.size() == before) {
        throw malformed(file, "none");
      }
    }
    return all;
  }

  private DataSetException malformed(Path file, String found) {
    return DataSetException.malformed(
        file, "texts in JSON as " + origin(), found, "fetch the file again");
  }
}
