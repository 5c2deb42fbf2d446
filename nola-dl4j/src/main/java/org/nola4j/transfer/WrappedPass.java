// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import org.nola4j.internal.runtime.DirectComputation;

/** The passes of a layer that has DL4J's own runtime inside. */
interface WrappedPass extends DirectComputation {
  /** DL4J's runtime, which has the input already when a pass begins. */
  BaseRuntime base();

  /** Brings the weights inside up to date; for calls other than passes. */
  default void prepare(Arrays arrays) {}

  /** Whether adapters get another input in training than at inference. */
  default boolean dropsInput() {
    return false;
  }

  /** Whether the base runs training passes too; otherwise it always runs in test mode. */
  default boolean trains() {
    return true;
  }
}
