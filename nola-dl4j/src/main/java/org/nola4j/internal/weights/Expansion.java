// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.weights;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A linear map between one factor's arrays of ND4J's: its trained vector and its elements, and
 * their gradients.
 */
interface Expansion {
  /** Reads the vector; returns whether it differs from the one expanded last. */
  boolean changed(INDArray parameter);

  /** Notes that the elements match the current vector. */
  void taken(INDArray parameter);

  /** Expands the vectors that these expansions, all of this class, have read. */
  void expand(List<Expansion> all);

  void writeElements(INDArray elements);

  void readGradient(INDArray gradient);

  /** Pulls back the gradients that these expansions, all of this class, have read. */
  void pullBack(List<Expansion> all);

  void writeGradient(INDArray parameterGradient);
}
