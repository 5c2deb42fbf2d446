// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.source.DataSource;

class TextCorporaTest {
  @TempDir Path folder;

  private List<String> read(String name) {
    return TextCorpora.read(name, DataSource.startingAt(folder));
  }

  private void write(String file, String text) throws IOException {
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  @Test
  void textsOfE2eInDartAreLeftOut() throws IOException {
    write(
        "nlg/dart/dart-v1.1.1-full-dev.json",
        """
        [{"tripleset": [["a", "b", "c"]], "annotations": [
           {"source": "e2e", "text": "A pub."}, {"source": "webnlg", "text": "A town. "}]}]
        """);
    assertEquals(List.of("A town."), read("dart"));
  }

  @Test
  void partsOfATextAreJoinedAndEqualTextsAreOne() throws IOException {
    write(
        "alpaca/alpaca_5000.json",
        """
        [{"instruction": "Add.", "input": "1, 2", "output": "3"},
         {"instruction": "Sing.", "input": "", "output": "La."},
         {"instruction": "Sing.", "input": "", "output": "La."}]
        """);
    write("mmlu/zero_shot_mmlu_dev.json", "{\"input\": \"1+1? Answer:\", \"output\": \"B\"}\n");
    write("mmlu/zero_shot_mmlu_val.json", "{\"input\": \"Why? Answer:\", \"output\": \"A\"}\n");
    write("mmlu/zero_shot_mmlu_test.json", "{\"input\": \"How? Answer:\", \"output\": \"C\"}\n");
    assertEquals(
        List.of(
            "1+1? Answer: B", "Why? Answer: A", "How? Answer: C", "Add.\n1, 2\n3", "Sing.\nLa."),
        read("mmlu+alpaca"));
  }

  @Test
  void errorsNameWhatIsWrong() throws IOException {
    assertEquals(
        "unknown corpus 'pile'; available: alpaca, dart, mmlu, webnlg, or several with + between"
            + " them",
        assertThrows(DataSetException.class, () -> read("webnlg+pile")).getMessage());
    write("alpaca/alpaca_5000.json", "[{\"instruction\": ");
    String message = assertThrows(DataSetException.class, () -> read("alpaca")).getMessage();
    assertTrue(message.contains("alpaca_5000.json"), message);
    write("alpaca/alpaca_5000.json", "[{\"question\": \"Why?\"}]");
    message = assertThrows(DataSetException.class, () -> read("alpaca")).getMessage();
    assertTrue(message.contains("none"), message);
  }

  /** The counts were made by a program in another language. */
  @Test
  void published() {
    List<String> texts;
    try {
      texts = TextCorpora.read("webnlg+dart+alpaca+mmlu", DataSource.standard());
    } catch (DataSetException e) {
      assumeTrue(false, "needs the files of all corpora: " + e.getMessage());
      throw e;
    }
    assertEquals(41_469, texts.size());
  }
}
