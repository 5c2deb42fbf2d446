// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * Settings that apply to the whole network, whatever the method.
 *
 * @param shared whether all weights of the network share one set of trained numbers; false if
 *     absent
 * @param rankTimesKernel whether the rank of a convolution is the method's rank times the kernel
 *     size, as in loralib; false if absent
 * @param capRank whether the rank of each weight is at most the smaller of its sizes where a
 *     network is trained from scratch, as it always is over a trained network; false if absent, so
 *     that a rank above both sizes is an error
 * @param coefficientBits the number of bits, 2 to 8, that trained numbers are rounded to in every
 *     pass (quantization-aware training, the paper's section 3.2); not rounded if absent
 * @param dropout the probability that an input of an adapter over a trained network is dropped in
 *     training, as in LoRA; 0 if absent
 * @param bases whether layers of the same shape share their random bases; separate if absent
 */
record MethodOptions(
    Boolean shared,
    Boolean rankTimesKernel,
    Boolean capRank,
    Integer coefficientBits,
    Double dropout,
    Bases bases) {
  /** Whether layers share their random bases. */
  enum Bases {
    /** Every layer has its own. */
    @JsonProperty("separate")
    SEPARATE,
    /** Layers of the same shape have the same bases, from equal seeds. */
    @JsonProperty("shared")
    SHARED
  }

  MethodOptions {
    ConfigChecks.bits("coefficientBits", coefficientBits);
    if (dropout != null && !(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("dropout must be from 0 to below 1, was " + dropout);
    }
    if (Boolean.TRUE.equals(shared) && bases == Bases.SHARED) {
      throw new IllegalArgumentException(
          "bases cannot be shared where shared is true: with equal coefficients as well, all"
              + " weights of the same shape would be equal");
    }
  }

  boolean sharesCoefficients() {
    return Boolean.TRUE.equals(shared);
  }

  boolean capsRank() {
    return Boolean.TRUE.equals(capRank);
  }

  boolean sharesBases() {
    return bases == Bases.SHARED;
  }
}
