// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.nlg;

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

/** The counts were made by a program in another language. */
class NlgDataSetsTest {
  @TempDir Path folder;

  private static NlgSet published(String name) {
    try {
      return NlgDataSets.open(name, DataSource.standard());
    } catch (DataSetException e) {
      assumeTrue(false, "needs the files of " + name + ": " + e.getMessage());
      throw e;
    }
  }

  private static void assertCounts(int samples, int contexts, NlgSplit split) {
    assertEquals(samples, split.samples().size());
    assertEquals(contexts, split.groups().size());
    assertEquals(
        samples, split.groups().stream().mapToInt(group -> group.references().size()).sum());
  }

  @Test
  void e2e() {
    NlgSet e2e = published("e2e");
    assertCounts(42_061, 4_862, e2e.train());
    assertCounts(4_672, 547, e2e.validation());
    NlgSplit test = e2e.test();
    assertCounts(4_693, 630, test);
    assertEquals(
        new NlgSample(
            "name : Blue Spice | Type : coffee shop | area : city centre",
            "A coffee shop in the city centre area called Blue Spice .",
            true),
        test.samples().get(0));
    assertEquals("e2e test: 4693 samples", test.toString());
  }

  @Test
  void webNlg() {
    NlgSet webNlg = published("webnlg");
    assertCounts(18_025, 6_888, webNlg.train());
    assertCounts(2_258, 870, webNlg.validation());
    NlgSplit test = webNlg.test();
    assertCounts(4_928, 1_862, test);
    assertEquals(971, test.groups().stream().filter(NlgGroup::seen).count());
    assertEquals(2_495, test.samples().stream().filter(NlgSample::seen).count());
    assertEquals(
        "Abilene_Regional_Airport : cityServed : Abilene,_Texas", test.groups().get(0).context());
    assertTrue(webNlg.train().samples().stream().allMatch(NlgSample::seen));
  }

  @Test
  void dart() {
    NlgSet dart = published("dart");
    assertCounts(6_980, 2_721, dart.validation());
    assertCounts(12_552, 4_159, dart.test());
    assertEquals(
        "Hawaii Five-O : notes : Episode: The Flight of the Jewels"
            + " | [TABLECONTEXT] : [title] : Jeff Daniels | [TABLECONTEXT] : title : Hawaii Five-O",
        dart.test().samples().get(0).context());
    String message = assertThrows(DataSetException.class, dart::train).getMessage();
    assertTrue(
        message.contains("has no training set of DART: put dart-v1.1.1-full-train.json"), message);
  }

  @Test
  void groupsKeepTheOrderOfContextsAndTexts() {
    NlgSplit split =
        new NlgSplit(
            "set",
            List.of(
                new NlgSample("b", "1", true),
                new NlgSample("a", "2", false),
                new NlgSample("b", "3", true)));
    assertEquals(
        List.of(new NlgGroup("b", List.of("1", "3"), true), new NlgGroup("a", List.of("2"), false)),
        split.groups());
  }

  @Test
  void mistakesAreNamedByFileAndPlace() throws IOException {
    assertEquals(
        "unknown set of data and texts 'e3e'; available: e2e, webnlg, dart",
        assertThrows(DataSetException.class, () -> NlgDataSets.open("e3e", DataSource.standard()))
            .getMessage());
    Path e2e = write("train.txt", "a : b||c\na : b|c\n");
    assertMessage(new E2e(), e2e, "in line 2 CONTEXT||COMPLETION, found a : b|c;");
    Path dart = write("dart.json", "[{\"tripleset\": [[\"a\", \"b\"]], \"annotations\": []}]");
    assertMessage(
        new Dart(),
        dart,
        "in entry 1 triples of subject, relation and object, found [\"a\",\"b\"]");
    Path webNlg = write("web.json", "{\"entries\": [{\"1\": {\"category\": \"Food\"}}]}");
    assertMessage(new WebNlg(), webNlg, "in entry 1 category, modifiedtripleset and lexical");
    Path none = write("none.json", "[]");
    assertEquals(List.of(), new Dart().read(none));
    assertTrue(
        assertThrows(DataSetException.class, () -> new Dart().read(write("cut.json", "[{")))
            .getMessage()
            .contains("cut.json: cannot be read"));
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private static void assertMessage(NlgFiles files, Path file, String expected) {
    String message = assertThrows(DataSetException.class, () -> files.read(file)).getMessage();
    assertTrue(message.startsWith(file + ": expected "), message);
    assertTrue(message.contains(expected), message);
  }
}
