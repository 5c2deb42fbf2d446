// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import java.util.List;

/** Argument checks shared by all kernels, including those of other packages. */
public final class Checks {
  private Checks() {}

  static void sizes(
      Basis basis, int perVector, int perElement, String vectorsName, String elementsName) {
    if (perVector != basis.count()) {
      throw new IllegalArgumentException(
          vectorsName
              + " must have one number per basis vector, "
              + basis.count()
              + ", but has "
              + perVector);
    }
    if (perElement != basis.length()) {
      throw new IllegalArgumentException(
          elementsName
              + " must have one number per element, "
              + basis.length()
              + ", but has "
              + perElement);
    }
  }

  /**
   * Checks the arrays of one call.
   *
   * @throws IllegalArgumentException if a length or the number of arrays does not match
   */
  public static void sizes(
      Basis basis,
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
      sizes(basis, perVector.get(i).length, perElement.get(i).length, vectorsName, elementsName);
    }
  }
}
