// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.nlg;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.source.DataFile;

/** DART 1.1.1 as JSON. Relations are in lower case, as LoRA has them. */
final class Dart extends NlgFiles {
  private static final String TRAIN = "dart-v1.1.1-full-train.json";
  private static final String VALIDATION = "dart-v1.1.1-full-dev.json";
  private static final String TEST = "dart-v1.1.1-full-test.json";

  /** DART's own XML, which has what the other may have changed, as the same JSON. */
  private static final String TEST_FROM_XML = "dart-v1.1.1-full-test.from-xml.json";

  /** Does not require the training set, so that the others can be read where it is missing. */
  Dart() {
    super("nlg/dart", "dart", "DART 1.1.1, those of train and test too", List.of(VALIDATION));
  }

  @Override
  Path train(Path folder) {
    return DataFile.in(folder, TRAIN).orElseThrow(() -> missing(folder, "training", TRAIN));
  }

  @Override
  Path validation(Path folder) {
    return DataFile.find(folder, VALIDATION);
  }

  @Override
  Path test(Path folder) {
    return DataFile.in(folder, TEST)
        .or(() -> DataFile.in(folder, TEST_FROM_XML))
        .orElseThrow(() -> missing(folder, "test", TEST));
  }

  private static DataSetException missing(Path folder, String split, String file) {
    return new DataSetException(
        "%s has no %s set of DART: put %s (plain, or gzipped as .gz) there, from data/v1.1.1 of"
                .formatted(folder, split, file)
            + " github.com/Yale-LILY/dart");
  }

  @Override
  List<NlgSample> read(Path file) {
    List<NlgSample> samples = new ArrayList<>();
    int number = 0;
    for (JsonNode entry : json(file)) {
      number++;
      String context = Triple.line(triples(entry, file, number));
      for (JsonNode text : entry.path("annotations")) {
        samples.add(new NlgSample(context, text.path("text").asText(), true));
      }
    }
    return samples;
  }

  private static List<Triple> triples(JsonNode entry, Path file, int number) {
    List<Triple> triples = new ArrayList<>();
    for (JsonNode each : entry.path("tripleset")) {
      if (each.size() != 3) {
        throw wrongEntry(file, number, "triples of subject, relation and object", each);
      }
      triples.add(
          new Triple(
              each.get(0).asText(),
              each.get(1).asText().toLowerCase(Locale.ROOT),
              each.get(2).asText()));
    }
    if (triples.isEmpty() || !entry.has("annotations")) {
      throw wrongEntry(file, number, "tripleset and annotations", entry);
    }
    return triples;
  }
}
