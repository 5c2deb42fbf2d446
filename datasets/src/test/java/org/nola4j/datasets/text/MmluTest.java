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

class MmluTest {
  private static final String LINE =
      "{\"subject\": \"art\", \"input\": \"On art.\\n\\n%s?\\nA. a\\nB. b\\nC. c\\nD."
          + " d\\nAnswer:\", \"output\": \"%s\"}\n";

  @TempDir private Path folder;

  private static Mmlu published() {
    try {
      return Mmlu.open(DataSource.standard());
    } catch (DataSetException e) {
      assumeTrue(false, "needs MMLU: " + e.getMessage());
      throw e;
    }
  }

  @Test
  void thereAreAsManyQuestionsAsPublished() {
    assertEquals(14_042, published().test(0).size());
    List<MmluQuestion> validation = published().validation(5);
    assertEquals(1_531, validation.size());
    assertEquals(57, validation.stream().map(MmluQuestion::subject).distinct().count());
    String prompt = validation.get(0).prompt();
    assertEquals(6, prompt.split("\nAnswer:", -1).length - 1);
    assertTrue(prompt.endsWith("\nAnswer:"), prompt);
  }

  private Mmlu written(String test) throws IOException {
    Path mmlu = Files.createDirectories(folder.resolve("mmlu"));
    Files.writeString(
        mmlu.resolve("zero_shot_mmlu_dev.json"),
        LINE.formatted("1", "A") + LINE.formatted("2", "C"));
    Files.writeString(mmlu.resolve("zero_shot_mmlu_val.json"), test);
    Files.writeString(mmlu.resolve("zero_shot_mmlu_test.json"), test);
    return Mmlu.open(DataSource.startingAt(folder));
  }

  @Test
  void examplesComeBetweenHeadingAndQuestion() throws IOException {
    Mmlu mmlu = written(LINE.formatted("3", "D"));
    String options = "?\nA. a\nB. b\nC. c\nD. d\nAnswer:";
    assertEquals("On art.\n\n3" + options, mmlu.test(0).get(0).prompt());
    assertEquals(
        "On art.\n\n1" + options + " A\n\n2" + options + " C\n\n3" + options,
        mmlu.test(2).get(0).prompt());
    assertEquals("D", mmlu.test(2).get(0).answer());
    assertMessage("has 2 examples of art, but 3 were asked for", () -> mmlu.validation(3));
  }

  @Test
  void wrongFilesAreNamed() throws IOException {
    Mmlu noAnswer = written(LINE.formatted("3", "E"));
    assertMessage("A, B, C or D of every question", () -> noAnswer.test(0));
    Mmlu noJson = written("x");
    assertMessage("in line 1", () -> noJson.test(0));
  }

  private static void assertMessage(String part, Runnable code) {
    String message = assertThrows(DataSetException.class, code::run).getMessage();
    assertTrue(message.contains(part), message);
  }
}
