// SPDX-License-Identifier: Apache-2.0
package org.nola4j.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A few lines of numpy, written from the package's description alone, give the same bytes. */
@Tag("slow")
class QuantizerNumpyTest {
  private static final int CASES = 60;
  private static final int LENGTH = 501;

  private static final String SCRIPT =
      """
      import sys
      import numpy as np
      for line, x in enumerate(np.fromfile(sys.argv[1], "<f4").reshape(-1, %d)):
          bits = 2 + line %% 7
          top, most = 2 ** (bits - 1) - 1, np.abs(x).max().astype(np.float64)
          codes = np.rint(x.astype(np.float64) * top / most).astype(np.int64)
          packed = np.packbits(codes[:, None] >> np.arange(bits) & 1, bitorder="little")
          values = (codes / top * most).astype("<f4") + np.float32(0)
          print(packed.tobytes().hex(), values.tobytes().hex())
      """
          .formatted(LENGTH);

  @TempDir private Path folder;

  @Test
  void sameBytesFromNumpy() throws Exception {
    assumeTrue(
        !run("import numpy; print(1)").isEmpty(), "needs python3 with numpy on the search path");
    Random random = new Random(5);
    ByteBuffer file = ByteBuffer.allocate(4 * CASES * LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    StringBuilder expected = new StringBuilder();
    for (int i = 0; i < CASES; i++) {
      float[] values = new float[LENGTH];
      for (int j = 0; j < LENGTH; j++) {
        // Whole and half numbers hit ties, and every seventh vector is subnormal.
        double value = random.nextBoolean() ? random.nextGaussian() : random.nextInt(30) / 2.0 - 7;
        values[j] = (float) (value * (i % 7 == 6 ? 1e-43 : 1));
        file.putFloat(values[j]);
      }
      QuantizedVector vector = new Quantizer(2 + i % 7).quantize(values);
      expected.append(hex(vector.packed())).append(' ').append(hex(vector.dequantize()));
      expected.append('\n');
    }
    Path input = Files.write(folder.resolve("vectors"), file.array());
    assertEquals(expected.toString(), run(SCRIPT, input.toString()));
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static String hex(float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return hex(bytes.array());
  }

  /** The script's output; empty if there is no Python or it fails. */
  private static String run(String script, String... arguments) throws InterruptedException {
    List<String> command = new ArrayList<>(List.of("python3", "-W", "error", "-c", script));
    command.addAll(List.of(arguments));
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0 ? text.lines().collect(Collectors.joining("\n", "", "\n")) : "";
    } catch (IOException e) {
      return "";
    }
  }
}
