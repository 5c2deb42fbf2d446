// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.cuda;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.nola4j.basis.Basis;
import org.nola4j.basis.BasisKernel;
import org.nola4j.basis.BasisKernels;
import org.nola4j.basis.Distribution;

/**
 * Compares the kernel {@code cuda} with the plain one, bit by bit: run by {@link CudaKernelTest}
 * where the libraries of a stand-in are, and by anybody on a machine with a GPU.
 */
final class CudaProbe {
  private static final int[] LENGTHS = {1, 15, 16, 17, 31, 32, 33, 2047, 2048, 2049, 4101};
  private static final int[] COUNTS = {1, 2, 7, 26, 27, 28, 55, 255, 256, 257, 433};

  private static final List<Distribution> DISTRIBUTIONS = List.of(Distribution.values());

  private static final BasisKernel PLAIN = BasisKernels.available(1).get(0);

  private static int shapes;

  private final BasisKernel kernel;

  private CudaProbe(BasisKernel kernel) {
    this.kernel = kernel;
  }

  /** Argument: how many random shapes. */
  public static void main(String[] arguments) throws Exception {
    CudaProbe probe = new CudaProbe(BasisKernels.named("cuda"));
    System.out.println("kernel " + probe.kernel.name());
    probe.edges();
    probe.random(Integer.parseInt(arguments[0]));
    probe.largeBlocks();
    probe.extremes();
    probe.differentSeeds();
    CudaDevice device = CudaDevice.open(0, PtxCompiler.ofUser());
    CudaProbe small = new CudaProbe(new CudaKernel(device, 100));
    small.partByPart();
    small.largeBlockByBlock();
    System.out.println(shapes + " shapes have the same bits");
  }

  private void edges() {
    for (Distribution distribution : Distribution.values()) {
      for (int length : LENGTHS) {
        for (int count : COUNTS) {
          compare(new Basis(length * 31L - count, distribution, 0.07f, count, length), 1);
        }
      }
    }
  }

  /** From a few elements to some that fill a GPU; short vectors and few of them more often. */
  private void random(int tries) {
    Random random = new Random(1);
    for (int i = 0; i < tries; i++) {
      Distribution distribution = DISTRIBUTIONS.get(random.nextInt(DISTRIBUTIONS.size()));
      int count = 1 + (int) Math.pow(600, random.nextDouble());
      int length = 1 + (int) Math.pow(9000, random.nextDouble());
      compare(
          new Basis(random.nextLong(), distribution, random.nextFloat(), count, length),
          1 + random.nextInt(3));
    }
  }

  /** Beyond what one block of threads has, whole, cut and several. */
  private void largeBlocks() {
    for (Distribution distribution :
        new Distribution[] {Distribution.HADAMARD, Distribution.ONE_HOT}) {
      for (int count : new int[] {3000, 5000, 9000}) {
        for (int length : new int[] {100, 4097, 8192, 20_000}) {
          compare(new Basis(length + count, distribution, 0.1f, count, length), 1 + length % 2);
        }
      }
    }
  }

  private void extremes() {
    float[] values = {0f, -0f, Float.MIN_VALUE, -1e-40f, 1e-30f, 1e20f, -3e25f, 1e27f};
    for (Distribution distribution : Distribution.values()) {
      for (int shift = 0; shift < values.length; shift++) {
        Basis basis = new Basis(5, distribution, 1f, 30, 70);
        float[] coefficients = new float[basis.count()];
        float[] gradient = new float[basis.length()];
        for (int i = 0; i < gradient.length; i++) {
          gradient[i] = values[(i + shift) % values.length];
          coefficients[i % coefficients.length] = gradient[i];
        }
        compare(basis, List.of(coefficients), List.of(gradient));
        Arrays.fill(gradient, values[shift] * 1e12f);
        Arrays.fill(coefficients, values[shift]);
        compare(basis, List.of(coefficients), List.of(gradient));
      }
    }
  }

  /** With memory for the partial sums of one or two tiles. */
  private void partByPart() {
    for (Distribution distribution : Distribution.values()) {
      compare(new Basis(8, distribution, 1f, 30, 5 * 2048 + 1), 1);
      compare(new Basis(9, distribution, 1f, 50, 6 * 2048), 2);
      compare(new Basis(10, distribution, 1f, 20, 40_000), 2);
    }
  }

  /** With memory for one large block. */
  private void largeBlockByBlock() {
    compare(new Basis(11, Distribution.HADAMARD, 1f, 5000, 20_000), 2);
  }

  /** Layers of one shape whose seeds differ, in one launch. */
  private void differentSeeds() throws Exception {
    for (Distribution distribution : Distribution.values()) {
      List<Basis> bases = new ArrayList<>();
      for (int seed = 0; seed < 5; seed++) {
        bases.add(new Basis(seed, distribution, 0.5f, 100, 3000));
      }
      CudaKernel cuda = CudaProvider.shared();
      Random random = new Random(2);
      List<float[]> coefficients = gaussians(random, 5, 100);
      List<float[]> gradients = gaussians(random, 5, 3000);
      List<float[]> mixes =
          CudaArrays.compute(coefficients, 3000, (from, to) -> cuda.mix(bases, from, to, stream()));
      List<float[]> projections =
          CudaArrays.compute(gradients, 100, (from, to) -> cuda.project(bases, from, to, stream()));
      for (int seed = 0; seed < 5; seed++) {
        require(
            bases.get(seed),
            "mix",
            plainMix(bases.get(seed), coefficients.get(seed)),
            mixes.get(seed));
        require(
            bases.get(seed),
            "project",
            plainProject(bases.get(seed), gradients.get(seed)),
            projections.get(seed));
      }
      shapes++;
    }
  }

  private static CUstream_st stream() {
    return new CUstream_st();
  }

  private void compare(Basis basis, int results) {
    Random random = new Random(basis.seed());
    compare(
        basis,
        gaussians(random, results, basis.count()),
        gaussians(random, results, basis.length()));
  }

  private void compare(Basis basis, List<float[]> coefficients, List<float[]> gradients) {
    List<float[]> mixes = gaussians(new Random(3), coefficients.size(), basis.length());
    kernel.mix(basis, coefficients, mixes);
    List<float[]> projections = gaussians(new Random(4), gradients.size(), basis.count());
    kernel.project(basis, gradients, projections);
    for (int r = 0; r < coefficients.size(); r++) {
      require(basis, "mix", plainMix(basis, coefficients.get(r)), mixes.get(r));
      require(basis, "project", plainProject(basis, gradients.get(r)), projections.get(r));
    }
    shapes++;
  }

  private static float[] plainMix(Basis basis, float[] coefficients) {
    float[] out = new float[basis.length()];
    PLAIN.mix(basis, coefficients, out);
    return out;
  }

  private static float[] plainProject(Basis basis, float[] gradient) {
    float[] out = new float[basis.count()];
    PLAIN.project(basis, gradient, out);
    return out;
  }

  private static void require(Basis basis, String what, float[] expected, float[] found) {
    for (int i = 0; i < expected.length; i++) {
      if (Float.floatToIntBits(expected[i]) != Float.floatToIntBits(found[i])) {
        throw new AssertionError(
            "%s of %s: number %d is %a, not %a".formatted(what, basis, i, found[i], expected[i]));
      }
    }
  }

  private static List<float[]> gaussians(Random random, int arrays, int length) {
    List<float[]> all = new ArrayList<>(Collections.nCopies(arrays, null));
    all.replaceAll(
        nothing -> {
          float[] values = new float[length];
          for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
          }
          return values;
        });
    return all;
  }
}
