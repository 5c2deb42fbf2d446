// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import java.util.List;

/** Argument checks shared by the kernels, also by those of other packages. */
public final class Checks {
  private Checks() {}

  static void sizes(
      Basis basis, int perVector, int perElement, String vectorsName, String elementsName) {
    if (perVector != basis.count()) {
      throw new IllegalArgumentException(
          vectorsName
              + " must have one number a basis vector, "
              + basis.count()
              + ", but has "
              + perVector);
    }
    if (perElement != basis.length()) {
      throw new IllegalArgumentException(
          elementsName
              + " must have one number an element, "
              + basis.length()
              + ", but has "
              + perElement);
    }
  }

  /**
   * Checks the arrays of one call.
   *
   * @throws IllegalArgumentException if a length or the numbers of arrays do not match
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
