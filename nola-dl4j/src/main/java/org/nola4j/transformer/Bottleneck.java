// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.Products;
import org.nola4j.internal.runtime.DirectComputation.Arrays;
import org.nola4j.internal.runtime.DirectParameter;

/**
 * An adapter {@code x + relu(norm(x) down + b) up + c} of tokens as matrix rows, with or without
 * the norm. Keeps x between the passes and recomputes the rest.
 */
final class Bottleneck {
  static final String NORM = ".norm.";
  private static final double DEVIATION = 0.02;

  private final String down;
  private final String downBias;
  private final String up;
  private final String upBias;
  private final String norm;
  private final int size;
  private final Normalization normalization;
  private final NonLinearity activation = new NonLinearity(MlpActivation.RELU);
  private INDArray kept;

  /**
   * @param name of its parameters
   * @param size hidden width
   * @param normalization with parameters of that name, or null
   */
  Bottleneck(String name, int size, Normalization normalization) {
    this.down = name + ".down";
    this.downBias = down + ".b";
    this.up = name + ".up";
    this.upBias = up + ".b";
    this.norm = name + NORM;
    this.size = size;
    this.normalization = normalization;
  }

  Map<String, DirectParameter> parameters(long width) {
    Map<String, DirectParameter> parameters = new LinkedHashMap<>();
    parameters.put(down, DirectParameter.truncatedNormal(DEVIATION, width, size));
    parameters.put(downBias, DirectParameter.zeros(1, size));
    parameters.put(up, DirectParameter.zeros(size, width));
    parameters.put(upBias, DirectParameter.zeros(1, width));
    if (normalization != null) {
      parameters.put(norm + "gamma", DirectParameter.ones(1, width));
      parameters.put(norm + "beta", DirectParameter.zeros(1, width));
    }
    return parameters;
  }

  /** An array for x, which {@link #forward} keeps if a backward pass is to follow. */
  INDArray input(boolean keep, Scratch scratch, long... shape) {
    return scratch.array(keep, kept, shape);
  }

  /**
   * @param x as {@link #input} gave it
   * @param keep whether a backward pass is to follow
   */
  void forward(INDArray x, Arrays arrays, boolean keep, INDArray result, Scratch scratch) {
    INDArray hidden = hidden(normal(x, arrays, scratch), arrays, scratch);
    INDArray active = scratch.array(hidden.shape());
    activation.forward(hidden, active);
    result.assign(x);
    Products.multiply(active, false, arrays.parameters().get(up), false, result, 1, 1);
    result.addiRowVector(arrays.parameters().get(upBias));
    kept = keep ? x : kept;
  }

  private INDArray normal(INDArray x, Arrays arrays, Scratch scratch) {
    if (normalization == null) {
      return x;
    }
    INDArray normal = scratch.array(x.shape());
    normalization.forward(x, arrays, normal);
    return normal;
  }

  private INDArray hidden(INDArray normal, Arrays arrays, Scratch scratch) {
    INDArray hidden = scratch.array(normal.size(0), size);
    Products.multiply(normal, false, arrays.parameters().get(down), false, hidden, 1, 0);
    return hidden.addiRowVector(arrays.parameters().get(downBias));
  }

  /**
   * The gradient of x, after {@link #forward}. Writes those of the parameters, where they are
   * trained.
   */
  INDArray backward(INDArray delta, Arrays arrays, Scratch scratch) {
    INDArray normal = normal(kept, arrays, scratch);
    INDArray hidden = hidden(normal, arrays, scratch);
    INDArray active = scratch.array(hidden.shape());
    activation.forward(hidden, active);
    gradient(active, delta, up, arrays);
    INDArray dHidden = scratch.array(hidden.shape());
    Products.multiply(delta, false, arrays.parameters().get(up), true, dHidden, 1, 0);
    activation.backward(hidden, dHidden);
    gradient(normal, dHidden, down, arrays);
    INDArray below = scratch.array(kept.shape());
    Products.multiply(dHidden, false, arrays.parameters().get(down), true, below, 1, 0);
    if (normalization != null) {
      INDArray dNormal = below;
      below = scratch.array(kept.shape());
      normalization.backward(kept, dNormal, arrays, below, scratch);
    }
    return below.addi(delta);
  }

  private static void gradient(INDArray x, INDArray delta, String matrix, Arrays arrays) {
    INDArray gradient = arrays.gradients().get(matrix);
    if (gradient != null) {
      Products.multiply(x, true, delta, false, gradient, 1, 0);
      Products.sumRows(delta, arrays.gradients().get(matrix + ".b"));
    }
  }

  /** The same in a layer's graph. */
  SDVariable define(
      TokenGraph graph,
      SDVariable x,
      long width,
      double epsilon,
      Map<String, SDVariable> variables) {
    SDVariable normal =
        normalization == null
            ? x
            : graph.normalize(
                x, width, variables.get(norm + "gamma"), variables.get(norm + "beta"), epsilon);
    SDVariable hidden = normal.mmul(variables.get(down)).add(variables.get(downBias));
    SDVariable active = graph.activate(hidden, MlpActivation.RELU);
    return x.add(active.mmul(variables.get(up))).add(variables.get(upBias));
  }
}
