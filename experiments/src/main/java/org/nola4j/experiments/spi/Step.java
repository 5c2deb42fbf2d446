// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.spi;

/** What a run counts as a step. */
public enum Step {
  /** The network is trained on one batch. */
  BATCH("batch", "batches"),
  /** Copies of the network are trained on some batches each, and averaged. */
  ROUND("round", "rounds");

  private final String one;
  private final String many;

  Step(String one, String many) {
    this.one = one;
    this.many = many;
  }

  /** In the singular. */
  public String one() {
    return one;
  }

  /** In the plural. */
  public String many() {
    return many;
  }
}
