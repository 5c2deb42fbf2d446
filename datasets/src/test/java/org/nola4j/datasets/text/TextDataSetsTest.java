// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.source.DataSource;

class TextDataSetsTest {
  @TempDir Path folder;

  private TextSplits published(String name) {
    try {
      return TextDataSets.open(name, DataSource.standard());
    } catch (DataSetException e) {
      assumeTrue(false, "needs the files of " + name + ": " + e.getMessage());
      throw e;
    }
  }

  private static long count(LabeledTexts texts, String name) {
    int label = texts.classes().indexOf(name);
    return IntStream.of(texts.labels()).filter(each -> each == label).count();
  }

  @Test
  void mmlu() {
    TextSplits mmlu = published("mmlu-subjects");
    assertEquals(285 + 1_531, mmlu.train().size());
    assertEquals(14_042, mmlu.test().size());
    assertEquals(57, mmlu.train().classes().size());
    assertEquals(57, TextDataSets.classes("mmlu-subjects", DataSource.standard()));
    assertEquals("abstract_algebra", mmlu.train().classes().get(0));
    assertEquals(
        "Find all c in Z_3 such that Z_3[x]/(x^2 + c) is a field.", mmlu.train().texts().get(0));
    assertEquals(100, count(mmlu.test(), "abstract_algebra"));
    for (String text : mmlu.test().texts()) {
      assertFalse(text.startsWith("The following are multiple choice questions"), text);
      assertFalse(text.contains("\nD. ") && text.contains("\nAnswer:"), text);
    }
  }

  @Test
  void shotsAreOfEveryClassAndSeedsDiffer() {
    LabeledTexts train = published("mmlu-subjects").train();
    LabeledTexts shots = train.shots(5, 1);
    assertEquals(5 * 57, shots.size());
    train.classes().forEach(name -> assertEquals(5, count(shots, name)));
    assertEquals(shots.texts(), train.shots(5, 1).texts());
    assertFalse(shots.texts().equals(train.shots(5, 2).texts()));
    Set<String> held = new HashSet<>(train.heldOut(300).texts());
    held.retainAll(train.withoutHeldOut(300).texts());
    assertTrue(held.size() < 10, "only texts that occur twice: " + held);
    assertEquals(1_816 - 300, train.withoutHeldOut(300).size());
  }

  /** Counted by a program in another language. */
  @Test
  void webNlg() {
    TextSplits webNlg = published("webnlg-categories");
    assertEquals(18_102, webNlg.train().size());
    assertEquals(2_495, webNlg.test().size());
    assertEquals(10, webNlg.train().classes().size());
    assertEquals(10, TextDataSets.classes("webnlg-categories", DataSource.standard()));
    assertEquals(3_646, count(webNlg.train(), "Food"));
    assertEquals(88, count(webNlg.test(), "ComicsCharacter"));
  }

  @Test
  void aFileOfOnesOwn() throws IOException {
    Path file = folder.resolve("tickets.csv");
    Files.writeString(file, "b,one\na,two\n");
    TextSplits splits = TextDataSets.open(file.toString(), DataSource.standard());
    assertEquals(List.of("a", "b"), splits.train().classes());
    assertEquals(2, splits.train().size());
    assertEquals(0, splits.test().size());
    assertEquals(2, TextDataSets.classes(file.toString(), DataSource.standard()));
  }

  @Test
  void mistakes() throws IOException {
    assertMessage(
        "unknown set of texts 'mmlu'; available: mmlu-subjects, webnlg-categories, or a file,"
            + " FILE.csv or FILE.tsv",
        "mmlu");
    assertMessage("file none.csv was not found; looked for ", "none.csv");
    for (String name : List.of("dev", "val", "test")) {
      Files.writeString(folder.resolve("zero_shot_mmlu_" + name + ".json"), "{\"subject\": 1}\n");
    }
    assertMessage(
        folder.resolve("zero_shot_mmlu_dev.json")
            + ": expected in line 1 a subject and an input with heading, question and options,"
            + " found {\"subject\": 1}; fetch the file again",
        "mmlu-subjects");
    Path dev = folder.resolve("zero_shot_mmlu_dev.json");
    Files.writeString(dev, "{\"subject\": \"law\", \"input\": \"No question.\\n\\nA. a\"}\n");
    assertMessage(dev + ": expected in line 1 a subject and an input with", "mmlu-subjects");
  }

  private void assertMessage(String begin, String name) {
    String message =
        assertThrows(
                DataSetException.class,
                () -> TextDataSets.open(name, DataSource.startingAt(folder)))
            .getMessage();
    assertTrue(message.startsWith(begin), message);
  }

  @Test
  void labelsMustBeKnown() {
    assertEquals(
        "set: text 2 has the label \"c\", which is none of the classes [a, b]",
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    LabeledTexts.of("set", List.of("a", "b"), List.of("x", "y"), List.of("a", "c")))
            .getMessage());
  }
}
