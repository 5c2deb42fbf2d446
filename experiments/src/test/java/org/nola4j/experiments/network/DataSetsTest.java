// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.experiments.Contexts;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.spi.RunContext;

class DataSetsTest {
  @TempDir private Path folder;

  @Test
  void runsThatSayTheSamePlaceShareASet() {
    ImageSplits<?> first = open(Contexts.withData(folder));
    assertSame(first, open(Contexts.withData(folder)));
    assertNotSame(first, open(Contexts.withData(folder.resolve("other"))));
    assertNotSame(first, open(Contexts.in(folder)));
  }

  @Test
  void whatIsWrongWithASetIsTheUsersError() {
    assertTrue(
        assertThrows(
                UserException.class,
                () -> DataSets.images(Contexts.in(folder), "minst", images -> images))
            .getMessage()
            .contains("unknown data set 'minst'"));
    assertThrows(
        UserException.class,
        () ->
            DataSets.images(
                Contexts.in(folder),
                "synthetic-shapes",
                images -> images.train().shots(1_000_000, 0)));
  }

  private static ImageSplits<?> open(RunContext context) {
    return DataSets.images(context, "synthetic-shapes", images -> images);
  }
}
