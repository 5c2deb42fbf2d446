// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.text;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.source.Contents;
import org.nola4j.datasets.source.DataFile;

/**
 * The texts of WebNLG 2017 (Gardent et al.) by category, from LoRA's JSON. Of the test texts those
 * of the five categories that nothing was trained on are left out.
 */
final class WebNlgCategories extends TextSet {
  private static final String TRAIN = "train.json";
  private static final String TEST = "test.json";

  WebNlgCategories() {
    super(
        "nlg/webnlg_challenge_2017",
        "webnlg-categories",
        "WebNLG 2017 as LoRA has it",
        List.of(TRAIN, TEST),
        10);
  }

  @Override
  TextSplits open(Path folder) {
    Texts train = new Texts();
    train.read(DataFile.find(folder, TRAIN), null);
    List<String> classes = LabeledTexts.classesOf(train.categories);
    Texts test = new Texts();
    test.read(DataFile.find(folder, TEST), Set.copyOf(classes));
    return new TextSplits(
        LabeledTexts.of(setName() + " train", classes, train.texts, train.categories),
        LabeledTexts.of(setName() + " test", classes, test.texts, test.categories));
  }

  private static final class Texts {
    private final List<String> categories = new ArrayList<>();
    private final List<String> texts = new ArrayList<>();

    /** Those of some categories; null for all. */
    void read(Path file, Set<String> wanted) {
      JsonNode root;
      try (InputStream in = Contents.open(file)) {
        root = new ObjectMapper().readTree(in);
      } catch (IOException e) {
        throw new DataSetException("%s: cannot be read: %s".formatted(file, e.getMessage()), e);
      }
      for (JsonNode numbered : root.path("entries")) {
        for (JsonNode entry : numbered) {
          String category = entry.path("category").asText();
          if (wanted == null || wanted.contains(category)) {
            add(category, entry.path("lexicalisations"));
          }
        }
      }
      if (texts.isEmpty()) {
        throw DataSetException.malformed(
            file, "entries with category and lexicalisations", "none", "fetch the file again");
      }
    }

    private void add(String category, JsonNode lexicalisations) {
      for (JsonNode each : lexicalisations) {
        categories.add(category);
        texts.add(each.path("lex").asText());
      }
    }
  }
}
