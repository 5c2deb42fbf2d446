package org.nola4j.basis;

/** Argument checks shared by the kernels. */
final class Checks {
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
}
