// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.nlg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.source.DataSource;

class AlpacaTest {
  @TempDir private Path folder;

  private static Alpaca published() {
    try {
      return Alpaca.open(DataSource.standard());
    } catch (DataSetException e) {
      assumeTrue(false, "needs Alpaca: " + e.getMessage());
      throw e;
    }
  }

  @Test
  void heldOutExamplesAreNotTrainedOn() {
    Alpaca alpaca = published();
    List<NlgSample> train = alpaca.train().samples();
    List<NlgSample> heldOut = alpaca.heldOut().samples();
    assertEquals(5000 - 1024, train.size());
    assertEquals(1024, heldOut.size());
    Set<NlgSample> both = new HashSet<>(train);
    both.retainAll(new HashSet<>(heldOut));
    assertTrue(both.isEmpty(), both.toString());
    List<NlgSample> all = new ArrayList<>(train);
    all.addAll(heldOut);
    assertEquals(
        1943, all.stream().filter(each -> each.context().contains("\n\n### Input:\n")).count());
    assertEquals(heldOut, published().heldOut().samples());
  }

  @Test
  void promptsAreThoseOfQlora() {
    assertEquals(
        "Below is an instruction that describes a task. Write a response that appropriately"
            + " completes the request.\n\n### Instruction:\nSay hi.\n\n### Response: ",
        Alpaca.prompt("Say hi.", ""));
    assertTrue(
        Alpaca.prompt("Add.", "1, 2")
            .endsWith("### Instruction:\nAdd.\n\n### Input:\n1, 2\n\n### Response: "));
  }

  @Test
  void wrongFilesAreNamed() throws IOException {
    Path file = Files.createDirectory(folder.resolve("alpaca")).resolve("alpaca_data.json");
    Files.writeString(file, "[{\"instruction\": \"a\", \"output\": \"b\"}, {\"output\": \"b\"}]");
    assertMessage("in entry 2 an instruction and an output");
    Files.writeString(file, "[{\"instruction\": \"a\", \"output\": \"b\"}]");
    assertMessage("more than 1024 examples");
  }

  private void assertMessage(String part) {
    String message =
        assertThrows(DataSetException.class, () -> Alpaca.open(DataSource.startingAt(folder)))
            .getMessage();
    assertTrue(message.contains(part), message);
  }
}
