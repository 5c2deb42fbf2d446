// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

import java.util.List;
import java.util.Optional;
import org.nola4j.basis.Basis;
import org.nola4j.basis.BasisKernels;
import org.nola4j.basis.Seeds;
import org.nola4j.internal.basis.Buckets;

/**
 * The fixed linear map from a trained vector to the elements of a factor, with its transpose.
 *
 * <p>Equal maps compute the same function: with records, or classes that define {@code equals},
 * layers that {@linkplain #generatedElements generate} the same elements generate them once.
 */
public interface LinearMap {
  /** Length of the trained vector. */
  int parameters();

  /** Length of the result. */
  int elements();

  /** Computes {@code elements} from {@code parameters}. */
  void expand(float[] parameters, float[] elements);

  /** As {@link #expand(float[], float[])}, in double precision. */
  void expand(double[] parameters, double[] elements);

  /** The transpose: the gradient of the parameters from that of the elements. */
  void pullBack(float[] elementGradient, float[] parameterGradient);

  /** As {@link #pullBack(float[], float[])}, in double precision. */
  void pullBack(double[] elementGradient, double[] parameterGradient);

  /**
   * {@link #expand(float[], float[])} for several vectors: the same bits, with each element
   * generated once.
   */
  default void expand(List<float[]> parameters, List<float[]> elements) {
    for (int i = 0; i < elements.size(); i++) {
      expand(parameters.get(i), elements.get(i));
    }
  }

  /**
   * {@link #pullBack(float[], float[])} for several gradients: the same bits, with each element
   * generated once.
   */
  default void pullBack(List<float[]> elementGradients, List<float[]> parameterGradients) {
    for (int i = 0; i < parameterGradients.size(); i++) {
      pullBack(elementGradients.get(i), parameterGradients.get(i));
    }
  }

  /**
   * Number of seeded elements that each call uses; 0 by default. If it is positive, equal maps in a
   * network's layers share one call.
   */
  default long generatedElements() {
    return 0;
  }

  /**
   * Root mean square of the elements where every parameter is 1 or -1: how far a step of one in
   * each parameter moves an element. The default measures it by expanding random signs.
   */
  default double elementStep() {
    float[] signs = new float[parameters()];
    for (int i = 0; i < signs.length; i++) {
      signs[i] = Seeds.derive(0, i) < 0 ? -1 : 1;
    }
    float[] moved = new float[elements()];
    expand(signs, moved);
    double squares = 0;
    for (float element : moved) {
      squares += (double) element * element;
    }
    return Math.sqrt(squares / moved.length);
  }

  /**
   * The basis that this map combines, if that is all it does, so that a kernel on another device
   * can replace it; empty by default.
   */
  default Optional<Basis> combinedBasis() {
    return Optional.empty();
  }

  /** A combination of seeded random vectors, generated on the fly and never stored. */
  record Combination(Basis basis) implements LinearMap {
    @Override
    public long generatedElements() {
      return basis.elements();
    }

    @Override
    public Optional<Basis> combinedBasis() {
      return Optional.of(basis);
    }

    @Override
    public double elementStep() {
      return Math.sqrt(basis.count() * basis.variance());
    }

    @Override
    public int parameters() {
      return basis.count();
    }

    @Override
    public int elements() {
      return basis.length();
    }

    @Override
    public void expand(float[] parameters, float[] elements) {
      BasisKernels.active().mix(basis, parameters, elements);
    }

    @Override
    public void expand(double[] parameters, double[] elements) {
      BasisKernels.active().mix(basis, parameters, elements);
    }

    @Override
    public void pullBack(float[] elementGradient, float[] parameterGradient) {
      BasisKernels.active().project(basis, elementGradient, parameterGradient);
    }

    @Override
    public void pullBack(double[] elementGradient, double[] parameterGradient) {
      BasisKernels.active().project(basis, elementGradient, parameterGradient);
    }

    @Override
    public void expand(List<float[]> parameters, List<float[]> elements) {
      BasisKernels.active().mix(basis, parameters, elements);
    }

    @Override
    public void pullBack(List<float[]> elementGradients, List<float[]> parameterGradients) {
      BasisKernels.active().project(basis, elementGradients, parameterGradients);
    }
  }

  /** Values shared by hashing. */
  final class Sharing implements LinearMap {
    private final long seed;
    private final int count;
    private final int length;
    private final boolean balanced;

    /** Created lazily: balanced buckets take time and memory for every element. */
    private volatile Buckets buckets;

    /** See {@link Buckets}. */
    Sharing(long seed, int count, int length, boolean balanced) {
      this.seed = seed;
      this.count = count;
      this.length = length;
      this.balanced = balanced;
    }

    private Buckets buckets() {
      Buckets made = buckets;
      if (made == null) {
        made =
            balanced ? Buckets.balanced(seed, count, length) : Buckets.hashed(seed, count, length);
        buckets = made;
      }
      return made;
    }

    @Override
    public int parameters() {
      return count;
    }

    @Override
    public double elementStep() {
      return 1;
    }

    @Override
    public int elements() {
      return length;
    }

    @Override
    public void expand(float[] parameters, float[] elements) {
      buckets().expand(parameters, elements);
    }

    @Override
    public void expand(double[] parameters, double[] elements) {
      buckets().expand(parameters, elements);
    }

    @Override
    public void pullBack(float[] elementGradient, float[] parameterGradient) {
      buckets().pullBack(elementGradient, parameterGradient);
    }

    @Override
    public void pullBack(double[] elementGradient, double[] parameterGradient) {
      buckets().pullBack(elementGradient, parameterGradient);
    }
  }

  /** The elements are the trained numbers themselves. */
  record Identity(int elements) implements LinearMap {
    @Override
    public int parameters() {
      return elements;
    }

    @Override
    public double elementStep() {
      return 1;
    }

    @Override
    public void expand(float[] parameters, float[] elements) {
      System.arraycopy(parameters, 0, elements, 0, this.elements);
    }

    @Override
    public void expand(double[] parameters, double[] elements) {
      System.arraycopy(parameters, 0, elements, 0, this.elements);
    }

    @Override
    public void pullBack(float[] elementGradient, float[] parameterGradient) {
      System.arraycopy(elementGradient, 0, parameterGradient, 0, elements);
    }

    @Override
    public void pullBack(double[] elementGradient, double[] parameterGradient) {
      System.arraycopy(elementGradient, 0, parameterGradient, 0, elements);
    }
  }
}
