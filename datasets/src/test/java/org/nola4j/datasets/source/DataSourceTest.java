// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.LogCapture;
import org.nola4j.datasets.format.IdxWriter;
import org.nola4j.datasets.sets.IdxSet;
import org.nola4j.datasets.sets.PublishedSet;
import org.nola4j.datasets.sets.SmallSet;

class DataSourceTest {
  private static final PublishedSet SMALL = SmallSet.at(URI.create("http://mirror.invalid/small/"));
  private static final Downloader OFFLINE =
      address -> {
        throw new IOException("no network");
      };

  @TempDir private Path folder;
  private Path named;
  private Path variable;
  private Path home;

  @BeforeEach
  void makePlaces() {
    named = folder.resolve("named");
    variable = folder.resolve("variable");
    home = folder.resolve("home");
  }

  @Test
  void earlierPlacesComeFirst() {
    List<Path> lastToFirst =
        List.of(
            home.resolve(".nola4j/data/small"),
            variable.resolve("small"),
            named,
            named.resolve("small"));
    for (Path place : lastToFirst) {
      SmallSet.putInto(place);
      assertEquals(place, source(OFFLINE).locate(new IdxSet(SMALL)));
    }
  }

  @Test
  void filesAreFoundInTheSamePlacesOrByTheirWholePath() throws IOException {
    Path file = Path.of("models", "vit.safetensors");
    DataSetException error =
        assertThrows(DataSetException.class, () -> source(OFFLINE).file(file.toString()));
    assertTrue(
        error.getMessage().startsWith("file " + file + " was not found; looked for "),
        error.getMessage());
    for (Path place : List.of(variable, named)) {
      Path expected = place.resolve(file);
      assertTrue(error.getMessage().contains(expected.toString()), error.getMessage());
      Files.createDirectories(expected.getParent());
      Files.createFile(expected);
      assertEquals(expected, source(OFFLINE).file(file.toString()));
      assertEquals(expected, source(OFFLINE).file(expected.toString()));
    }
  }

  @Test
  void incompleteFoldersArePassedOver() throws IOException {
    Files.delete(SmallSet.putInto(named).resolve(SmallSet.TEST_LABELS + ".gz"));
    Path complete = SmallSet.putInto(variable.resolve("small"));
    assertEquals(complete, source(OFFLINE).locate(new IdxSet(SMALL)));
  }

  @Test
  void plainAndGzippedFilesMayBeMixed() throws IOException {
    Files.delete(SmallSet.putInto(named).resolve(SmallSet.TEST_LABELS + ".gz"));
    SmallSet.put(named, SmallSet.TEST_LABELS, SmallSet.CONTENTS.get(SmallSet.TEST_LABELS));
    assertEquals(named, source(OFFLINE).locate(new IdxSet(SMALL)));
  }

  @Test
  void usingAnotherFolderThanTheNamedOneIsSaid() {
    Path used = SmallSet.putInto(variable.resolve("small"));
    try (LogCapture log = new LogCapture(DataSource.class)) {
      source(OFFLINE).locate(new IdxSet(SMALL));
      assertEquals(
          List.of(named + " does not have all files of small: using " + used), log.warnings());
    }
  }

  @Test
  void whatIsNowhereIsDownloadedToTheHomeFolder() {
    Downloader copier =
        address -> {
          String name = Path.of(address.getPath()).getFileName().toString().replace(".gz", "");
          return new ByteArrayInputStream(IdxWriter.gzip(SmallSet.CONTENTS.get(name)));
        };
    Path downloads = home.resolve(".nola4j/data/small");
    assertEquals(downloads, source(copier).locate(new IdxSet(SMALL)));
    assertEquals(downloads, source(OFFLINE).locate(new IdxSet(SMALL)));
  }

  @Test
  void failureListsEveryPlaceAndTheRemedies() {
    SmallSet.put(named, SmallSet.TRAIN_IMAGES, new byte[0]);
    String message =
        assertThrows(DataSetException.class, () -> source(OFFLINE).locate(new IdxSet(SMALL)))
            .getMessage();
    String expected =
        """
        data set small was not found. Looked in
          %1$s/named/small: no such folder
          %1$s/named: missing train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte
          %1$s/variable/small: no such folder
          %1$s/home/.nola4j/data/small: no such folder
        and could not download it:
          http://mirror.invalid/small/train-images-idx3-ubyte.gz: no network
        Put these files, gzipped or plain,
          train-images-idx3-ubyte.gz
          train-labels-idx1-ubyte.gz
          t10k-images-idx3-ubyte.gz
          t10k-labels-idx1-ubyte.gz
        into %1$s/home/.nola4j/data/small, or into a folder small in the directory given by \
        --data or by the environment variable NOLA_DATA; or use the generated data set \
        synthetic-digits, which needs no files.\
        """
            .formatted(folder);
    assertEquals(expected, message);
  }

  @Test
  void unwritableHomeIsAnErrorWithTheRemedies() throws IOException {
    Files.createFile(home); // a file where a folder would have to be made
    String message =
        assertThrows(DataSetException.class, () -> source(OFFLINE).locate(new IdxSet(SMALL)))
            .getMessage();
    assertTrue(message.contains("synthetic-digits"), message);
  }

  private DataSource source(Downloader downloader) {
    return new DataSource(
        new SearchPath(Optional.of(named), Optional.of(variable), home), downloader);
  }
}
