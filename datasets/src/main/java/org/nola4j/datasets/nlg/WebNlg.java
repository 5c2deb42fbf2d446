// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.nlg;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.nd4j.shade.jackson.databind.JsonNode;

/**
 * WebNLG 2017 in LoRA's JSON. Of its texts those marked "good" are samples. Almost half of the test
 * contexts are of five categories that are not trained on.
 */
final class WebNlg extends NlgFiles {

  private static final Set<String> SEEN =
      Set.of(
          "Airport",
          "Astronaut",
          "Building",
          "City",
          "ComicsCharacter",
          "Food",
          "Monument",
          "SportsTeam",
          "University",
          "WrittenWork");

  WebNlg() {
    super(
        "nlg/webnlg_challenge_2017",
        "webnlg",
        "WebNLG 2017 as LoRA has it",
        List.of("train.json", "dev.json", "test.json"));
  }

  @Override
  List<NlgSample> read(Path file) {
    List<NlgSample> samples = new ArrayList<>();
    int number = 0;
    for (JsonNode numbered : json(file).path("entries")) {
      number++;
      add(samples, numbered.path(String.valueOf(number)), file, number);
    }
    return samples;
  }

  private static void add(List<NlgSample> samples, JsonNode entry, Path file, int number) {
    List<Triple> triples = new ArrayList<>();
    for (JsonNode each : entry.path("modifiedtripleset")) {
      if (!each.has("subject") || !each.has("property") || !each.has("object")) {
        throw wrongEntry(file, number, "triples of subject, property and object", each);
      }
      triples.add(
          new Triple(
              each.get("subject").asText(),
              each.get("property").asText(),
              each.get("object").asText()));
    }
    if (triples.isEmpty() || !entry.has("category") || !entry.has("lexicalisations")) {
      throw wrongEntry(file, number, "category, modifiedtripleset and lexicalisations", entry);
    }
    boolean seen = SEEN.contains(entry.get("category").asText());
    for (JsonNode text : entry.get("lexicalisations")) {
      if (text.path("comment").asText().equals("good")) {
        samples.add(new NlgSample(Triple.line(triples), text.path("lex").asText(), seen));
      }
    }
  }
}
