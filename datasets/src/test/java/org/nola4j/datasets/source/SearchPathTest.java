package org.nola4j.datasets.source;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SearchPathTest {
  @TempDir private Path folder;

  @Test
  void foldersComeInTheDocumentedOrder() throws IOException {
    Path module = Files.createDirectories(folder.resolve("checkout/experiments/configs"));
    Files.createFile(folder.resolve("checkout/mvnw"));
    SearchPath path =
        new SearchPath(
            Optional.of(folder.resolve("named")),
            Optional.of(folder.resolve("variable")),
            folder.resolve("home"),
            module);
    assertEquals(
        List.of(
            folder.resolve("named/mnist"),
            folder.resolve("named"),
            folder.resolve("variable/mnist"),
            folder.resolve("home/.nola4j/data/mnist"),
            folder.resolve("checkout/experiments/shared/data/mnist"),
            folder.resolve("shared/data/mnist")),
        path.folders("mnist"));
  }

  @Test
  void noFolderComesTwice() throws IOException {
    Path checkout = Files.createDirectories(folder.resolve("checkout"));
    Files.createFile(checkout.resolve("mvnw"));
    SearchPath path =
        new SearchPath(Optional.empty(), Optional.empty(), folder.resolve("home"), checkout);
    assertEquals(
        List.of(folder.resolve("home/.nola4j/data/mnist"), folder.resolve("shared/data/mnist")),
        path.folders("mnist"));
  }

  @Test
  void workingDirectoryMayBeTheRoot() {
    Path root = folder.getRoot();
    SearchPath path =
        new SearchPath(Optional.empty(), Optional.empty(), folder.resolve("home"), root);
    assertEquals(List.of(folder.resolve("home/.nola4j/data/mnist")), path.folders("mnist"));
  }
}
