// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.nola4j.basis.VirtualMachine.VECTOR_MODULE;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Selection of the kernel and number of threads, each in a virtual machine with its own flags. */
@Tag("slow")
class BasisKernelsTest {
  private static final String DIGEST = KernelProbe.digest(BasisKernels.available().get(0));

  @Test
  void thePlainKernelIsAlwaysThereAndFirst() {
    assertEquals("plain", BasisKernels.available().get(0).name());
    assertSame(BasisKernels.active(), BasisKernels.active());
  }

  @Test
  void noThreadsAreRefused() {
    assertEquals(
        "threads must be at least 1, but is 0",
        assertThrows(IllegalArgumentException.class, () -> BasisKernels.available(0)).getMessage());
  }

  @Test
  void theVectorKernelIsChosenWhereItsModuleIs() throws Exception {
    String vector = vectorKernel();
    assertProbe(
        List.of(
            "kernel " + vector,
            "INFO basis kernel " + vector + ", 1 threads",
            "threads 1",
            "digest " + DIGEST),
        VECTOR_MODULE,
        "-Dnola4j.threads=1");
  }

  @Test
  void thePlainKernelIsChosenWithoutTheModuleAndTheLogSaysWhatIsMissed() throws Exception {
    assertProbe(
        List.of(
            "kernel plain",
            "INFO basis kernel plain, 3 threads"
                + " (--add-modules jdk.incubator.vector would be several times faster)",
            "threads 3",
            "digest " + DIGEST),
        "-Dnola4j.threads=3");
  }

  @Test
  void aPropertyChoosesThePlainKernel() throws Exception {
    assertProbe(
        List.of(
            "kernel plain",
            "INFO basis kernel plain, as -Dnola4j.kernel=plain asks",
            "threads 2",
            "digest " + DIGEST),
        VECTOR_MODULE,
        "-Dnola4j.threads=2",
        "-Dnola4j.kernel=plain");
  }

  @Test
  void aPropertyChoosesTheVectorKernel() throws Exception {
    String vector = vectorKernel();
    assertProbe(
        List.of(
            "kernel " + vector,
            "INFO basis kernel " + vector + ", as -Dnola4j.kernel=vector asks",
            "threads 7",
            "digest " + DIGEST),
        VECTOR_MODULE,
        "-Dnola4j.threads=7",
        "-Dnola4j.kernel=vector");
  }

  @Test
  void anUnknownKernelIsWarnedAboutAndReplaced() throws Exception {
    assertProbe(
        List.of(
            "kernel plain",
            "WARN -Dnola4j.kernel=vector is not available: this machine has only [plain]; using"
                + " plain",
            "threads 1",
            "digest " + DIGEST),
        "-Dnola4j.threads=0",
        "-Dnola4j.kernel=vector");
  }

  @Test
  void theNarrowestVectorsGiveTheSameBits() throws Exception {
    vectorKernel();
    assertProbe(
        List.of(
            "kernel vector-128",
            "INFO basis kernel vector-128, 5 threads",
            "threads 5",
            "digest " + DIGEST),
        VECTOR_MODULE,
        "-XX:MaxVectorSize=16",
        "-Dnola4j.threads=5");
  }

  private static String vectorKernel() {
    List<BasisKernel> available = BasisKernels.available();
    assumeTrue(available.size() > 1, "needs jdk.incubator.vector and vectors of 128 bits or more");
    return available.get(1).name();
  }

  private static void assertProbe(List<String> expected, String... flags) throws Exception {
    String output = VirtualMachine.run(KernelProbe.class, List.of(flags));
    List<String> lines = output.lines().toList();
    assertTrue(lines.containsAll(expected), () -> "expected " + expected + " in\n" + output);
    assertEquals(1, lines.stream().filter(line -> line.matches("(INFO|WARN) .*")).count(), output);
  }
}
