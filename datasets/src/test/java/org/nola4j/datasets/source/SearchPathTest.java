// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.source;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SearchPathTest {
  @TempDir private Path folder;

  @Test
  void foldersComeInTheDocumentedOrder() {
    SearchPath path =
        new SearchPath(
            Optional.of(folder.resolve("named")),
            Optional.of(folder.resolve("variable")),
            folder.resolve("home"));
    assertEquals(
        List.of(
            folder.resolve("named/mnist"),
            folder.resolve("named"),
            folder.resolve("variable/mnist"),
            folder.resolve("home/.nola4j/data/mnist")),
        path.folders("mnist"));
  }

  @Test
  void noFolderComesTwice() {
    SearchPath path =
        new SearchPath(
            Optional.empty(),
            Optional.of(folder.resolve("home/.nola4j/data")),
            folder.resolve("home"));
    assertEquals(List.of(folder.resolve("home/.nola4j/data/mnist")), path.folders("mnist"));
  }
}
