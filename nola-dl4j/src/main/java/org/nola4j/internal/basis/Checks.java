// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.basis;

import java.util.List;

/** Argument checks shared by all kernels, including those of other packages. */
public final class Checks {
  private Checks() {}

  /**
   * Checks the arrays of one call for one vector.
   *
   * @throws IllegalArgumentException if a length does not match
   */
  public static void sizes(
      int count,
      int length,
      int perVector,
      int perElement,
      String vectorsName,
      String elementsName) {
    if (perVector != count) {
      throw new IllegalArgumentException(
          vectorsName
              + " must have one number per basis vector, "
              + count
              + ", but has "
              + perVector);
    }
    if (perElement != length) {
      throw new IllegalArgumentException(
          elementsName
              + " must have one number per element, "
              + length
              + ", but has "
              + perElement);
    }
  }

  /**
   * Checks the arrays of one call for several vectors.
   *
   * @param count vectors of the basis
   * @param length elements of each
   * @throws IllegalArgumentException if a length or the number of arrays does not match
   */
  public static void sizes(
      int count,
      int length,
      List<float[]> perVector,
      List<float[]> perElement,
      String vectorsName,
      String elementsName) {
    if (perVector.size() != perElement.size()) {
      throw new IllegalArgumentException(
          "there must be as many arrays of "
              + vectorsName
              + " as of "
              + elementsName
              + ", but there are "
              + perVector.size()
              + " and "
              + perElement.size());
    }
    for (int i = 0; i < perVector.size(); i++) {
      sizes(
          count,
          length,
          perVector.get(i).length,
          perElement.get(i).length,
          vectorsName,
          elementsName);
    }
  }
}
