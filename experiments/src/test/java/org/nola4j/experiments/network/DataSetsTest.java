package org.nola4j.experiments.network;

import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.spi.RunContext;

class DataSetsTest {
  @TempDir private Path folder;

  @Test
  void runsThatSayTheSamePlaceShareASet() {
    ImageSplits first = open(Optional.of(folder));
    assertSame(first, open(Optional.of(folder)));
    assertNotSame(first, open(Optional.of(folder.resolve("other"))));
    assertNotSame(first, open(Optional.empty()));
  }

  @Test
  void whatIsWrongWithASetIsTheUsersError() {
    assertTrue(
        assertThrows(
                UserException.class,
                () -> DataSets.images(context(Optional.empty()), "minst", images -> images))
            .getMessage()
            .contains("'minst' is not known"));
    assertThrows(
        UserException.class,
        () ->
            DataSets.images(
                context(Optional.empty()),
                "synthetic-shapes",
                images -> images.train().shots(1_000_000, 0)));
  }

  private ImageSplits open(Optional<Path> directory) {
    return DataSets.images(context(directory), "synthetic-shapes", images -> images);
  }

  private RunContext context(Optional<Path> directory) {
    return new RunContext(directory, List.of(), new ResultStore(folder), note -> {});
  }
}
