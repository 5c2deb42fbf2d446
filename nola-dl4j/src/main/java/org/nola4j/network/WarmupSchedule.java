// SPDX-License-Identifier: Apache-2.0
package org.nola4j.network;

import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * A learning rate for transformers: linear from zero to its highest in some steps, then linear back
 * to zero at the last. The first step has rate zero, as with Hugging Face's linear schedule.
 *
 * <p>With {@code Adam} this is how LoRA and NOLA train GPT-2. DL4J's {@code Adam} with {@code
 * .regularization(new WeightDecay(decay, true))} is AdamW; its epsilon stands where LoRA's
 * optimizer has it, before the correction of the second moment, where PyTorch's has it after. At
 * rate zero DL4J's {@code Adam} takes epsilon for the rate, so the first step moves weights by a
 * few millionths.
 *
 * <pre>{@code
 * IUpdater adamW =
 *     Adam.builder()
 *         .learningRateSchedule(new WarmupSchedule(0.1, 500, 26_290))
 *         .epsilon(1e-6)
 *         .build();
 * }</pre>
 *
 * @param highest the rate after the last step of the warm-up
 * @param warmup steps of the warm-up, at least 0
 * @param steps of all training, more than those of the warm-up; later ones have rate zero
 */
public record WarmupSchedule(
    @JsonProperty("highest") double highest,
    @JsonProperty("warmup") int warmup,
    @JsonProperty("steps") int steps)
    implements ISchedule {
  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException naming what is out of range
   */
  @JsonCreator
  public WarmupSchedule {
    if (!(highest > 0) || Double.isInfinite(highest)) {
      throw new IllegalArgumentException("the highest rate must be positive, but is " + highest);
    }
    if (warmup < 0 || steps <= warmup) {
      throw new IllegalArgumentException(
          "training needs more steps than its warm-up, but has %d and %d".formatted(steps, warmup));
    }
  }

  @Override
  public double valueAt(int iteration, int epoch) {
    if (iteration < warmup) {
      return highest * iteration / warmup;
    }
    return highest * Math.max(0, steps - iteration) / (steps - warmup);
  }

  @Override
  @SuppressWarnings("MethodDoesntCallSuperMethod")
  public ISchedule clone() {
    return this; // immutable
  }
}
