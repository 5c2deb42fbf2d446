// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import org.nola4j.internal.runtime.DirectComputation;

/** The passes of a layer that has DL4J's own runtime inside. */
interface WrappedPass extends DirectComputation {
  /** DL4J's runtime, which has the input already when a pass begins. */
  BaseRuntime base();

  /** Brings the weights inside up to date; for calls that are no passes. */
  default void prepare(Arrays arrays) {}

  /** Whether training passes are the base's too; otherwise it always works in test mode. */
  default boolean trains() {
    return true;
  }
}
