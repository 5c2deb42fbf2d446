// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.activations.Activation;
import org.nola4j.layers.AddReluVertex;
import org.nola4j.layers.Bias;
import org.nola4j.layers.FusedBatchNorm;
import org.nola4j.layers.GlobalAverageVertex;
import org.nola4j.layers.KernelView;
import org.nola4j.layers.NolaConv;

/**
 * Base class of residual networks (He et al., <i>Deep Residual Learning for Image Recognition</i>,
 * CVPR 2016): basic blocks of two 3 x 3 convolutions with batch normalization, global average
 * pooling, one fully connected layer, and softmax cross-entropy.
 *
 * <p>Input: [batch, height, width, 3] (NHWC). Labels: one-hot, [batch, classes]. Convolutions are
 * named {@code stem}, {@code stage1.block1.conv1}, ..., and the last layer {@code classifier}; a
 * {@link ReparameterizationPlan} refers to these names. Convolutions have no bias.
 */
public abstract class ResNet extends ImageModel {
  private final KernelView kernelView;
  private final Bias bias;

  ResNet(Builder<?, ?> builder) {
    super(builder);
    this.kernelView = builder.kernelView;
    this.bias = builder.bias;
  }

  /** Adds everything from the input "input" to the last block and returns that block's name. */
  abstract String addBlocks(GraphBuilder graph);

  @Override
  public final ComputationGraphConfiguration conf() {
    GraphBuilder graph = graph("input");
    String last = addBlocks(graph);
    ComputationGraphConfiguration conf =
        graph
            .addVertex("average", new GlobalAverageVertex(), last)
            .layer("classifier", logits("classifier", classes).bias(bias).build(), "average")
            .layer(LOSS, loss(), "classifier")
            .setOutputs(LOSS)
            .setInputTypes(InputType.convolutional(height(), width(), 3, CNN2DFormat.NHWC))
            .build();
    return settled(conf);
  }

  /**
   * Adds a convolution, padded so that stride 1 keeps the size, with batch normalization.
   *
   * @return the name of the normalization
   */
  final String convolution(
      GraphBuilder graph,
      String name,
      String input,
      int kernelSize,
      int stride,
      int nOut,
      boolean relu) {
    NolaConv convolution =
        new NolaConv.Builder(kernelSize)
            .name(name)
            .nOut(nOut)
            .stride(stride)
            .padding(kernelSize / 2)
            .hasBias(false)
            .kernelView(kernelView)
            .reparameterization(plan.method(name))
            .tiedTo(plan.tiedTo(name))
            .coefficientBits(plan.coefficientBits(name))
            .activation(Activation.IDENTITY)
            .inputGradient(!input.equals("input"))
            .build();
    String norm = name + ".norm";
    graph.layer(name, convolution, input);
    graph.layer(norm, new FusedBatchNorm.Builder().name(norm).relu(relu).build(), name);
    return norm;
  }

  /** Adds the two convolutions of a block and their sum with a shortcut. */
  final String block(
      GraphBuilder graph, String name, String input, int stride, int nOut, String shortcut) {
    String first = convolution(graph, name + ".conv1", input, 3, stride, nOut, true);
    String second = convolution(graph, name + ".conv2", first, 3, 1, nOut, false);
    graph.addVertex(name, new AddReluVertex(), second, shortcut);
    return name;
  }

  /** Common settings. */
  public abstract static class Builder<M extends ResNet, B extends Builder<M, B>>
      extends ImageModel.Builder<B> {
    private KernelView kernelView = KernelView.OUT_BY_IN;
    private Bias bias = Bias.FREE;

    Builder(int classes, int imageSize) {
      super(classes, imageSize);
    }

    /** Builds the model; its {@code init()} creates the network. */
    public abstract M build();

    /** The matrix view of a kernel; {@link KernelView#OUT_BY_IN} by default. */
    public B kernelView(KernelView kernelView) {
      this.kernelView = kernelView;
      return self();
    }

    /** How the classifier's bias is trained; free by default. */
    public B bias(Bias bias) {
      this.bias = bias;
      return self();
    }
  }
}
