// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import java.util.LinkedHashMap;
import java.util.Map;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.ActivationGradient;
import org.nola4j.internal.arrays.HostArrays;
import org.nola4j.internal.arrays.PreActivations;
import org.nola4j.internal.onednn.Convolution;
import org.nola4j.internal.onednn.ConvolutionShape;
import org.nola4j.internal.runtime.DirectComputation;
import org.nola4j.internal.weights.MaterializedWeight;

/**
 * A convolution by oneDNN in NHWC; NCHW arrays are transposed before and after.
 *
 * <p>Keeps the primitives of the last few input shapes: training batches, the last batch of an
 * epoch, and test batches alternate.
 */
final class ConvolutionComputation implements DirectComputation {
  private static final int SHAPES = 4;

  private final ConvolutionGeometry geometry;
  private final CNN2DFormat format;
  private final IActivation activation;
  private final boolean bias;
  private final boolean inputGradient;
  private final boolean separable;
  private final Map<ConvolutionShape, WeightedConvolution> convolutions =
      new LinkedHashMap<>(SHAPES, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(
            Map.Entry<ConvolutionShape, WeightedConvolution> eldest) {
          return size() > SHAPES;
        }
      };

  private final PreActivations preActivations = new PreActivations();
  private final ActivationGradient gradient;

  ConvolutionComputation(
      ConvolutionGeometry geometry,
      CNN2DFormat format,
      IActivation activation,
      boolean bias,
      boolean inputGradient,
      boolean separable) {
    this.geometry = geometry;
    this.format = format;
    this.activation = activation;
    this.gradient = new ActivationGradient(activation);
    this.bias = bias;
    this.inputGradient = inputGradient;
    this.separable = separable;
  }

  @Override
  public INDArray forward(
      INDArray input,
      Arrays arrays,
      INDArray mask,
      boolean training,
      LayerWorkspaceMgr workspaces) {
    INDArray z = convolved(input, arrays, workspaces);
    if (activation instanceof ActivationIdentity) {
      return z;
    }
    preActivations.passed(input, z, training);
    return activation.getActivation(z, training);
  }

  private INDArray convolved(INDArray input, Arrays arrays, LayerWorkspaceMgr workspaces) {
    MaterializedWeight weight = arrays.weights().get(0);
    INDArray x = Nhwc.of(input, format);
    ConvolutionShape shape = shape(x, weight);
    INDArray z =
        format == CNN2DFormat.NHWC
            ? workspaces.createUninitialized(
                ArrayType.ACTIVATIONS, x.dataType(), outputShape(shape), 'c')
            : HostArrays.allocate(x.dataType(), outputShape(shape));
    convolution(shape, weight).forward(x, weight, bias ? arrays.parameters().get("b") : null, z);
    return format == CNN2DFormat.NCHW
        ? workspaces.leverageTo(ArrayType.ACTIVATIONS, Nhwc.to(z, format))
        : z;
  }

  @Override
  public INDArray backward(
      INDArray input,
      INDArray epsilon,
      Arrays arrays,
      INDArray mask,
      LayerWorkspaceMgr workspaces) {
    MaterializedWeight weight = arrays.weights().get(0);
    INDArray delta =
        activation instanceof ActivationIdentity
            ? epsilon
            : gradient.of(preActivations(input, arrays), epsilon);
    INDArray dz = Nhwc.of(delta, format);
    INDArray x = Nhwc.of(input, format);
    INDArray below = inputGradient ? belowLike(x, workspaces) : null;
    convolution(shape(x, weight), weight)
        .backward(x, dz, weight, bias ? arrays.gradients().get("b") : null, below);
    return format == CNN2DFormat.NHWC || below == null
        ? below
        : workspaces.leverageTo(ArrayType.ACTIVATION_GRAD, Nhwc.to(below, format));
  }

  private INDArray preActivations(INDArray input, Arrays arrays) {
    return preActivations.take(
        input, () -> convolved(input, arrays, LayerWorkspaceMgr.noWorkspaces()));
  }

  private INDArray belowLike(INDArray x, LayerWorkspaceMgr workspaces) {
    return format == CNN2DFormat.NHWC
        ? workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, x.dataType(), x.shape(), 'c')
        : HostArrays.allocate(x.dataType(), x.shape());
  }

  private ConvolutionShape shape(INDArray x, MaterializedWeight weight) {
    return geometry.on(
        x.size(0), x.size(3), x.size(1), x.size(2), outChannels(weight, x.size(3)), bias);
  }

  private WeightedConvolution convolution(ConvolutionShape shape, MaterializedWeight weight) {
    return convolutions.computeIfAbsent(shape, key -> convolution(key, weight, separable));
  }

  private long outChannels(MaterializedWeight weight, long inChannels) {
    long window = (long) geometry.kernelSize()[0] * geometry.kernelSize()[1];
    return weight.elements() / (window * inChannels);
  }

  private static long[] outputShape(ConvolutionShape shape) {
    return new long[] {shape.batch(), shape.outHeight(), shape.outWidth(), shape.outChannels()};
  }

  /** Chooses the cheaper implementation for a weight. */
  private static WeightedConvolution convolution(
      ConvolutionShape shape, MaterializedWeight weight, boolean separable) {
    if (separable
        && weight.isLowRank()
        && weight.frozen() == null
        && FactoredConvolution.pays(shape, weight.first().size(1))) {
      return new FactoredConvolution(shape, weight);
    }
    return new WeightedConvolution.Formed(new Convolution(shape));
  }
}
