// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tools/nola_basis.py} gives the bits of the kernels. */
@Tag("slow")
class BasisNumpyTest {
  private static final int CASES = 80;

  /** Writes the mix and the last vector of every case. */
  private static final String SCRIPT =
      """
      import sys
      import numpy as np
      sys.dont_write_bytecode = True
      sys.path.insert(0, sys.argv[1])
      import nola_basis
      for line in open(sys.argv[2] + "/cases").read().splitlines():
          name, seed, distribution, scale, length = line.split()
          seed, scale, length = int(seed), float.fromhex(scale), int(length)
          path = sys.argv[2] + "/" + name
          c = np.fromfile(path + ".coefficients", "<f4")
          mix = nola_basis.mix(seed, distribution, c, length, scale)
          last = nola_basis.vector(seed, distribution, len(c) - 1, length, scale, len(c))
          assert mix.dtype == last.dtype == np.float32
          mix.astype("<f4").tofile(path + ".mix")
          last.astype("<f4").tofile(path + ".last")
      """;

  private static final List<Distribution> DISTRIBUTIONS = List.of(Distribution.values());

  @TempDir private Path folder;

  @Test
  void sameBitsFromNumpyAndFromEveryKernel() throws Exception {
    assumeTrue(
        run("python3", "-c", "import numpy") == 0, "needs python3 with numpy on the search path");
    Random random = new Random(17);
    List<Basis> bases = new ArrayList<>();
    List<float[]> coefficients = new ArrayList<>();
    StringBuilder cases = new StringBuilder();
    for (int i = 0; i < CASES; i++) {
      Basis basis =
          new Basis(
              random.nextLong(),
              DISTRIBUTIONS.get(i % DISTRIBUTIONS.size()),
              (float) random.nextGaussian(),
              1 + random.nextInt(100),
              1 + random.nextInt(5000));
      float[] c = Vectors.gaussians(random, basis.count());
      bases.add(basis);
      coefficients.add(c);
      write(folder.resolve(i + ".coefficients"), c);
      cases.append(
          "%d %d %s %s %d\n"
              .formatted(
                  i,
                  basis.seed(),
                  basis.distribution(),
                  Float.toHexString(basis.scale()),
                  basis.length()));
    }
    Files.writeString(folder.resolve("cases"), cases);
    String tools = SpecificationDocument.root().resolve("tools").toString();
    assertEquals(0, run("python3", "-W", "error", "-c", SCRIPT, tools, folder.toString()));
    for (int i = 0; i < CASES; i++) {
      Basis basis = bases.get(i);
      float[] last = read(folder.resolve(i + ".last"));
      assertArrayEquals(basis.vector(basis.count() - 1), last, "last vector of " + basis);
      float[] mix = read(folder.resolve(i + ".mix"));
      for (BasisKernel kernel : BasisKernels.available()) {
        float[] out = new float[basis.length()];
        kernel.mix(basis, coefficients.get(i), out);
        assertArrayEquals(out, mix, () -> kernel.name() + ", " + basis);
      }
    }
  }

  /** The exit status, -1 when there is no such program. */
  private static int run(String... command) throws InterruptedException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      byte[] output = process.getInputStream().readAllBytes();
      int status = process.waitFor();
      if (status != 0) {
        System.err.println(new String(output, StandardCharsets.UTF_8));
      }
      return status;
    } catch (IOException e) {
      return -1;
    }
  }

  private static void write(Path file, float[] values) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    Files.write(file, bytes.array());
  }

  private static float[] read(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[bytes.remaining() / 4];
    bytes.asFloatBuffer().get(values);
    return values;
  }
}
