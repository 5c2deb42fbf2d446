// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.Mutator;
import org.nola4j.adapter.Networks;
import org.nola4j.internal.arrays.FloatArrays;
import org.nola4j.io.FileFormatException;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;

/**
 * Randomly damaged PEFT files, configuration or numbers, are refused with a {@link
 * FileFormatException} or give modules of finite numbers, in little time and memory.
 */
@Tag("slow")
class PeftFuzzTest {
  private static final int FILES = 100_000;
  private static final long SEED = 20240508;

  /** A tree of JSON takes some 50 times its text; the rest is what any call costs. */
  private static final long BYTES_PER_BYTE = 100;

  private static final long BYTES_PER_CALL = 1 << 20;
  private static final long MOST_NANOS = 2_000_000_000L;

  private final com.sun.management.ThreadMXBean threads =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final Random random = new Random(SEED);
  private final Mutator mutator = new Mutator(random);
  private int inConfiguration;
  private int inModules;
  @TempDir private Path folder;

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Original(String json, byte[] tensors) {}

  @Test
  void damagedFilesNeverCrash() throws IOException {
    List<Original> originals = originals();
    originals.forEach(original -> assertTrue(read(original.json(), original.tensors(), -1)));
    List<String> configs = originals.stream().map(Original::json).toList();
    List<byte[]> files = originals.stream().map(Original::tensors).toList();
    int refused = 0;
    int read = 0;
    for (int i = 0; i < FILES; i++) {
      Original original = originals.get(random.nextInt(originals.size()));
      boolean config = random.nextBoolean();
      String json = config ? mutator.mutant(original.json(), configs) : original.json();
      byte[] tensors = config ? original.tensors() : mutator.mutant(original.tensors(), files);
      if (read(json, tensors, i)) {
        read++;
      } else {
        refused++;
      }
    }
    assertEquals(FILES, refused + read);
    String depth =
        "%d read, %d refused, %d for the configuration, %d for modules"
            .formatted(read, refused, inConfiguration, inModules);
    // Without such figures the files would only scratch the outermost check.
    assertTrue(read > FILES / 50 && refused > FILES / 2, depth);
    assertTrue(inConfiguration > FILES / 10 && inModules > FILES / 100, depth);
  }

  private List<Original> originals() throws IOException {
    List<PeftAdapter> adapters = new ArrayList<>();
    adapters.add(PeftAdapter.of(Adapter.of(Networks.small(Nola.scratch(2, 4, 3)))));
    adapters.add(
        PeftAdapter.of(
            Adapter.of(Networks.graph(true)), Map.of("first", "encoder.0.q"), Set.of("norm")));
    adapters.add(
        PeftAdapter.of(
            List.of(
                new PeftModule.LowRank("a.q", 2, 8, true, new float[6], new float[8], null),
                new PeftModule.LowRank("a.v", 1, 4, false, new float[3], new float[5], null))));
    adapters.add(
        PeftAdapter.of(Adapter.of(Networks.twoWeights(Lora.on(FrozenWeight.seeded(), 2)))));
    List<Original> originals = new ArrayList<>();
    for (PeftAdapter adapter : adapters) {
      adapter.write(folder);
      originals.add(
          new Original(
              Files.readString(folder.resolve(PeftAdapter.CONFIG)),
              Files.readAllBytes(folder.resolve(PeftAdapter.TENSORS))));
    }
    return originals;
  }

  /** Whether the files were accepted rather than refused correctly. */
  private boolean read(String json, byte[] tensors, int index) {
    long bytes = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    long nanos = threads.getCurrentThreadCpuTime();
    boolean accepted = false;
    try {
      ByteBuffer text = ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8));
      checkFinite(PeftAdapter.read(text, ByteBuffer.wrap(tensors), "mutant"), index);
      accepted = true;
    } catch (FileFormatException e) {
      assertTrue(e.getMessage().startsWith("mutant: expected "), e.getMessage());
      inConfiguration += e.getMessage().contains("the PEFT configuration") ? 1 : 0;
      inModules += e.getMessage().contains("MODULE") || e.getMessage().contains("module ") ? 1 : 0;
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      fail("file " + index + " of seed " + SEED + " let " + e + " through", e);
    }
    long took = threads.getCurrentThreadCpuTime() - nanos;
    long allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - bytes;
    long size = (long) json.length() + tensors.length;
    assertTrue(
        allocated <= BYTES_PER_CALL + BYTES_PER_BYTE * size,
        () -> "file " + index + " of " + size + " bytes took " + allocated);
    assertTrue(index < 0 || took < MOST_NANOS, () -> "file " + index + " took " + took + " ns");
    return accepted;
  }

  private static void checkFinite(PeftAdapter adapter, int index) {
    for (PeftModule module : adapter.modules()) {
      List<float[]> arrays = new ArrayList<>();
      if (module instanceof PeftModule.LowRank lowRank) {
        arrays.addAll(List.of(lowRank.loraA(), lowRank.loraB()));
        assertTrue(Double.isFinite(lowRank.c()) && lowRank.c() > 0);
      } else if (module instanceof PeftModule.Whole whole) {
        arrays.add(whole.weight());
      }
      for (float[] numbers : arrays) {
        int bad = FloatArrays.firstNotFinite(numbers);
        assertEquals(-1, bad, () -> "file " + index + " has a number that is not finite");
      }
    }
  }
}
