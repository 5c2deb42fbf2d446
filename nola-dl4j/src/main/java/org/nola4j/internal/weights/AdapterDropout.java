// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.weights;

import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.random.impl.DropOutInverted;
import org.nd4j.linalg.api.rng.Random;
import org.nd4j.linalg.factory.Nd4j;

/**
 * LoRA's dropout, on the input of an adapter. Keeps a seed between the passes instead of a mask,
 * and draws it from ND4J's generator.
 */
public final class AdapterDropout {
  private final double rate;
  private final Random random = Nd4j.getRandomFactory().getNewRandomInstance(0);
  private long seed;

  /**
   * @param rate the probability that a number is dropped
   */
  public AdapterDropout(double rate) {
    this.rate = rate;
  }

  /** Chooses other numbers to drop. */
  public void draw() {
    seed = Nd4j.getRandom().nextLong();
  }

  /**
   * A row-major copy with zeros for the numbers that are dropped and the others divided by 1 -
   * rate: the same ones, by their places, until the next {@link #draw}. It outlives all workspaces;
   * close it after use.
   */
  @SuppressWarnings("try") // of no use but to be closed
  public INDArray apply(INDArray x) {
    try (MemoryWorkspace ignored = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
      INDArray result = x.dup('c');
      random.setSeed(seed);
      return Nd4j.getExecutioner().exec(new DropOutInverted(result, result, 1 - rate), random);
    }
  }
}
