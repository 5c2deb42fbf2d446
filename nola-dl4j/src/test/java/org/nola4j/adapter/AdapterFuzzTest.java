// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.internal.arrays.FloatArrays;
import org.nola4j.io.FileFormatException;
import org.nola4j.layers.Methods;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;

/**
 * Randomly damaged files give a {@link FileFormatException} or the adapter that was written, in
 * little time and memory. Half of them get a right digest, so that the checks behind it are
 * reached; what these then hold is finite at least.
 */
@Tag("slow")
class AdapterFuzzTest {
  private static final int FILES = 100_000;
  private static final long SEED = 20240507;

  /** A header tree takes some 50 times its text; the rest is what any call costs. */
  private static final long BYTES_PER_BYTE = 100;

  private static final long BYTES_PER_CALL = 1 << 20;
  private static final long MOST_SECONDS = 30;
  private static final long MOST_NANOS = 2_000_000_000L;
  private final com.sun.management.ThreadMXBean threads =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final Random random = new Random(SEED);
  private int inRecipe;
  @TempDir private Path folder;

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Original(Adapter adapter, byte[] bytes) {}

  @Test
  void damagedFilesNeverCrash() throws IOException {
    List<Original> originals = originals();
    originals.forEach(original -> read(original.bytes(), -1));
    List<byte[]> others = originals.stream().map(Original::bytes).toList();
    Mutator mutator = new Mutator(random);
    long cpuNanos = threads.getCurrentThreadCpuTime();
    int refused = 0;
    int read = 0;
    for (int i = 0; i < FILES; i++) {
      Original original = originals.get(random.nextInt(originals.size()));
      byte[] mutant = mutator.mutant(original.bytes(), others);
      boolean sealed = random.nextBoolean();
      Adapter adapter = read(sealed ? FileEdit.seal(mutant) : mutant, i);
      if (adapter == null) {
        refused++;
      } else {
        read++;
        if (!sealed) {
          checkUnharmed(adapter, mutant, originals, i);
        }
        checkFinite(adapter, i);
      }
    }
    long seconds = (threads.getCurrentThreadCpuTime() - cpuNanos) / 1_000_000_000;
    assertTrue(seconds < MOST_SECONDS, () -> seconds + " s of processor time");
    assertEquals(FILES, refused + read);
    String depth = read + " read, " + refused + " refused, " + inRecipe + " of them for the recipe";
    // Without such figures the files would only scratch the outermost check.
    assertTrue(read > FILES / 50 && refused > FILES / 2 && inRecipe > FILES / 50, depth);
  }

  private List<Original> originals() throws IOException {
    List<Adapter> adapters = new ArrayList<>();
    for (Reparameterization method : Methods.all().toList()) {
      adapters.add(Adapter.of(Networks.perturb(Networks.small(method), 1)));
    }
    adapters.add(Adapter.of(Networks.perturb(Networks.graph(false), 1)));
    adapters.add(Adapter.of(Networks.perturb(Networks.twoWeights(Nola.release2023(2, 3, 4)), 1)));
    adapters.add(Adapter.of(Networks.perturb(Networks.tied(Pranc.scratch(5)), 1)));
    adapters.add(CompactAdapterTest.deep());
    for (int i = adapters.size() - 1; i >= 0; i -= 2) {
      adapters.add(adapters.get(i).quantized(2 + i % 7));
    }
    List<Original> originals = new ArrayList<>();
    for (Adapter adapter : adapters) {
      byte[] half = FileEdit.bytes(adapter, Precision.F16, folder);
      originals.add(new Original(adapter, FileEdit.bytes(adapter, Precision.F32, folder)));
      originals.add(new Original(Adapter.read(ByteBuffer.wrap(half), "half"), half));
    }
    return originals;
  }

  /** The adapter, or null if it was refused correctly. */
  private Adapter read(byte[] file, int index) {
    long bytes = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    long nanos = System.nanoTime();
    Adapter adapter = null;
    try {
      adapter = Adapter.read(ByteBuffer.wrap(file), "mutant");
    } catch (FileFormatException e) {
      assertTrue(e.getMessage().startsWith("mutant: expected "), e.getMessage());
      if (e.getMessage().contains("recipe") || e.getMessage().contains("layer ")) {
        inRecipe++;
      }
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      fail("file " + index + " of seed " + SEED + " let " + e + " through", e);
    }
    long took = System.nanoTime() - nanos;
    long allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - bytes;
    assertTrue(
        allocated <= BYTES_PER_CALL + BYTES_PER_BYTE * file.length,
        () -> "file " + index + " of " + file.length + " bytes took " + allocated);
    assertTrue(index < 0 || took < MOST_NANOS, () -> "file " + index + " took " + took + " ns");
    return adapter;
  }

  /** Changes may cancel out, and splices may give the whole of another file. */
  private static void checkUnharmed(
      Adapter adapter, byte[] file, List<Original> originals, int index) {
    Original same =
        originals.stream()
            .filter(original -> Arrays.equals(original.bytes(), file))
            .findFirst()
            .orElseGet(() -> fail("file " + index + " of seed " + SEED + " was altered unnoticed"));
    assertEquals(same.adapter(), adapter);
  }

  private static void checkFinite(Adapter adapter, int index) {
    for (AdapterLayer layer : adapter.layers()) {
      for (String parameter : layer.shapes().keySet()) {
        int bad = FloatArrays.firstNotFinite(adapter.values(layer.name(), parameter));
        assertEquals(-1, bad, () -> "file " + index + " has a number that is not finite");
      }
    }
  }
}
