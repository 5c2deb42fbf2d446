// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

import java.util.List;
import java.util.regex.Pattern;
import org.nola4j.basis.Basis;
import org.nola4j.basis.BasisKernels;

/**
 * One factor of a weight: {@code anchor + map(parameter)}, a matrix in row-major order.
 *
 * @param parameter name of the trained vector, letters and digits: {@code alpha}, {@code beta},
 *     {@code A}, {@code B}, {@code w}, {@code W}
 * @param parameterShape its shape as Deeplearning4j shows it
 * @param rows rows of the factor
 * @param columns columns of the factor
 * @param map from the trained vector to the factor's elements
 * @param anchor a basis whose only vector is added, or null
 * @param initial where training starts
 */
public record Factor(
    String parameter,
    List<Long> parameterShape,
    int rows,
    int columns,
    LinearMap map,
    Basis anchor,
    Initial initial) {

  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9]+");

  /** Checks the name. */
  public Factor {
    if (!NAME.matcher(parameter).matches()) {
      throw new IllegalArgumentException(
          "a trained vector's name must be of letters and digits, which DL4J's parameter names and"
              + " files can hold, but is \"%s\"".formatted(parameter));
    }
  }

  /** A factor whose parameter is a row vector. */
  public static Factor ofVector(
      String parameter, int rows, int columns, LinearMap map, Basis anchor, Initial initial) {
    return new Factor(
        parameter, List.of(1L, (long) map.parameters()), rows, columns, map, anchor, initial);
  }

  /** A factor whose elements are the parameter. */
  public static Factor ofMatrix(String parameter, int rows, int columns, Initial initial) {
    LinearMap map = new LinearMap.Identity(Math.multiplyExact(rows, columns));
    return new Factor(
        parameter, List.of((long) rows, (long) columns), rows, columns, map, null, initial);
  }

  /** rows * columns. */
  public int elements() {
    return map.elements();
  }

  /** Whether the factor's elements are the trained numbers themselves. */
  public boolean isParameter() {
    return map instanceof LinearMap.Identity && anchor == null;
  }

  /** Root mean square of the initial elements, from their variances. */
  double initialSize() {
    int count = map.parameters();
    double squares = 0;
    for (int i = 0; i < count; i++) {
      squares += initial.at(i) * initial.at(i);
    }
    double mapped = map.elementStep() * Math.sqrt(squares / count);
    return anchor == null ? mapped : Math.hypot(mapped, Math.sqrt(anchor.variance()));
  }

  /** Computes the factor's elements: {@code anchor + map(parameters)}. */
  public void expand(float[] parameters, float[] elements) {
    map.expand(parameters, elements);
    addAnchor(elements);
  }

  /** Adds the anchor, if there is one, to the result of {@link #map}. */
  public void addAnchor(float[] elements) {
    if (anchor != null) {
      float[] fixed = anchorElements();
      for (int e = 0; e < elements.length; e++) {
        elements[e] = fixed[e] + elements[e];
      }
    }
  }

  /** As {@link #expand(float[], float[])}, in double precision. */
  public void expand(double[] parameters, double[] elements) {
    map.expand(parameters, elements);
    if (anchor != null) {
      float[] fixed = anchorElements();
      for (int e = 0; e < elements.length; e++) {
        elements[e] += fixed[e];
      }
    }
  }

  private float[] anchorElements() {
    return BasisKernels.active().vector(anchor, 0);
  }
}
