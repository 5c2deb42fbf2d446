// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PositionResamplingTest {
  static Stream<String> golden() throws IOException {
    try (var in =
        PositionResamplingTest.class.getResourceAsStream("/positions/bicubic_antialias.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII).lines();
    }
  }

  /** Behind two tokens that must not change. The file's script says what the numbers are. */
  @ParameterizedTest
  @MethodSource("golden")
  void resizesAsPyTorch(String line) {
    String[] fields = line.split(" ");
    int[] sizes = Arrays.stream(fields, 0, 5).mapToInt(Integer::parseInt).toArray();
    PositionGrid from = new PositionGrid(sizes[0], sizes[1]);
    PositionGrid to = new PositionGrid(sizes[2], sizes[3]);
    int width = sizes[4];
    int prefix = 2 * width;
    float[] positions = new float[prefix + from.patches() * width];
    float[] expected = new float[prefix + to.patches() * width];
    for (int i = 0; i < prefix; i++) {
      positions[i] = expected[i] = 100 + i;
    }
    for (int i = prefix; i < positions.length; i++) {
      int e = i - prefix;
      positions[i] = ((31 * e * e + 17 * e) % 97 - 48) / 16f;
    }
    for (int i = prefix; i < expected.length; i++) {
      expected[i] = Float.parseFloat(fields[5 + i - prefix]);
    }
    assertEquals(5 + expected.length - prefix, fields.length);
    assertArrayEquals(expected, PositionResampling.resample(positions, 2, width, from, to), 3e-6f);
  }

  @Test
  void leavesAnEqualGridAlone() {
    PositionGrid grid = new PositionGrid(3, 2);
    float[] positions = new float[7 * 4];
    assertSame(positions, PositionResampling.resample(positions, 1, 4, grid, grid));
  }

  @Test
  void refusesOtherLengths() {
    PositionGrid grid = new PositionGrid(3, 3);
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    PositionResampling.resample(new float[19], 1, 2, grid, new PositionGrid(2, 2)))
            .getMessage();
    assertEquals("19 numbers are not 10 positions of width 2", message);
  }
}
