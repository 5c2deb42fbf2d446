// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter.peft;

import java.util.List;
import java.util.Map;
import org.nola4j.internal.arrays.FloatArrays;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.WeightShape;

/**
 * One module of a {@link PeftAdapter}: what it trained, in PyTorch's orientation [outputs, inputs].
 *
 * <p>Arrays are large, so they are not copied; do not modify them.
 */
public sealed interface PeftModule {
  /** The module's path in the base model, for instance {@code model.layers.0.self_attn.q_proj}. */
  String name();

  /** Inputs of the module's weight. */
  int inputs();

  /** Outputs of the module's weight. */
  int outputs();

  /** The bias, one number per output; null where it is not trained. */
  float[] bias();

  /**
   * A low-rank change of a frozen weight: {@code delta = (c / rank) B A}.
   *
   * @param rank r
   * @param c numerator of the scale: PEFT's lora_alpha, times sqrt(r) for rank-stabilized LoRA
   * @param kernel [height, width] of a two-dimensional convolution, whose factors are kernels too;
   *     empty for a linear module
   * @param loraA A, row-major [rank, inputs], or [rank, inputs, height, width]
   * @param loraB B, row-major [outputs, rank], or [outputs, rank, 1, 1]
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by identity, which is documented
  record LowRank(
      String name,
      int rank,
      double c,
      List<Integer> kernel,
      float[] loraA,
      float[] loraB,
      float[] bias)
      implements PeftModule {
    /** Checks that the sizes agree and all numbers are finite. */
    public LowRank {
      kernel = List.copyOf(kernel);
      if (!kernel.isEmpty() && (kernel.size() != 2 || kernel.get(0) < 1 || kernel.get(1) < 1)) {
        throw new IllegalArgumentException(
            "module \"%s\": a kernel is [height, width], but is %s".formatted(name, kernel));
      }
      if (rank < 1 || loraA.length % (rank * elements(kernel)) != 0 || loraB.length % rank != 0) {
        throw new IllegalArgumentException(
            "module \"%s\": rank %d%s does not divide its factors of %d and %d numbers"
                .formatted(
                    name,
                    rank,
                    kernel.isEmpty() ? "" : " and kernel " + kernel,
                    loraA.length,
                    loraB.length));
      }
      PeftModule.checkBias(name, bias, loraB.length / rank);
      PeftModule.checkFinite(name, "lora_A", loraA);
      PeftModule.checkFinite(name, "lora_B", loraB);
    }

    /**
     * A linear module, or a convolution with a kernel of 1 x 1.
     *
     * @param convolution whether it is a convolution
     */
    public LowRank(
        String name,
        int rank,
        double c,
        boolean convolution,
        float[] loraA,
        float[] loraB,
        float[] bias) {
      this(name, rank, c, convolution ? List.of(1, 1) : List.of(), loraA, loraB, bias);
    }

    private static long elements(List<Integer> kernel) {
      return kernel.isEmpty() ? 1 : (long) kernel.get(0) * kernel.get(1);
    }

    /** Whether the module is a convolution. */
    public boolean convolution() {
      return !kernel.isEmpty();
    }

    /** inputs * height * width: the number of terms in one output. */
    int fanIn() {
      return loraA.length / rank;
    }

    @Override
    public int inputs() {
      return (int) (fanIn() / elements(kernel));
    }

    @Override
    public int outputs() {
      return loraB.length / rank;
    }

    /** The method, with its rank and scale, of a layer that can hold this module. */
    public Lora method(FrozenWeight w0) {
      return new Lora(rank, c, 1, w0);
    }

    /**
     * What PEFT adds to the module's weight, row-major [outputs, inputs], or [outputs, inputs,
     * height, width]: 4 bytes and rank multiplications per element, float32 sums in order of the
     * rank.
     *
     * @throws ArithmeticException if it would have NaN or infinity
     */
    public float[] delta() {
      WeightShape shape = new WeightShape(outputs(), fanIn(), fanIn());
      return FloatArrays.requireFinite(
          method(FrozenWeight.none()).factorize(shape, 0).weight(Map.of("A", loraB, "B", loraA)),
          () -> "module \"" + name + "\": its delta");
    }
  }

  /**
   * A module that is trained and stored whole, such as a classifier: one of PEFT's modules_to_save.
   *
   * @param weight row-major [outputs, inputs]
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by identity, which is documented
  record Whole(String name, int inputs, float[] weight, float[] bias) implements PeftModule {
    /** Checks that the sizes agree and all numbers are finite. */
    public Whole {
      if (inputs < 1 || weight.length % inputs != 0) {
        throw new IllegalArgumentException(
            "module \"%s\": %d inputs do not divide a weight of %d numbers"
                .formatted(name, inputs, weight.length));
      }
      PeftModule.checkBias(name, bias, weight.length / inputs);
      PeftModule.checkFinite(name, "weight", weight);
    }

    @Override
    public int outputs() {
      return weight.length / inputs;
    }
  }

  private static void checkBias(String name, float[] bias, int outputs) {
    if (bias != null && bias.length != outputs) {
      throw new IllegalArgumentException(
          "module \"%s\": %d outputs, but a bias of %d numbers"
              .formatted(name, outputs, bias.length));
    }
    if (bias != null) {
      checkFinite(name, "bias", bias);
    }
  }

  private static void checkFinite(String name, String part, float[] numbers) {
    int bad = FloatArrays.firstNotFinite(numbers);
    if (bad >= 0) {
      throw new IllegalArgumentException(
          "module \"%s\": %s must have finite numbers, but has %s at %d"
              .formatted(name, part, numbers[bad], bad));
    }
  }
}
