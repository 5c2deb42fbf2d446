package org.nola4j.models;

import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.zoo.ModelMetaData;
import org.deeplearning4j.zoo.PretrainedType;
import org.deeplearning4j.zoo.ZooModel;
import org.deeplearning4j.zoo.ZooType;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nola4j.layers.AddReluVertex;
import org.nola4j.layers.Bias;
import org.nola4j.layers.FusedBatchNorm;
import org.nola4j.layers.GlobalAverageVertex;
import org.nola4j.layers.KernelView;
import org.nola4j.layers.NolaConv;
import org.nola4j.layers.NolaDense;

/**
 * What the residual networks have in common (He et al., <i>Deep Residual Learning for Image
 * Recognition</i>, CVPR 2016): basic blocks of two 3 x 3 convolutions with batch normalization, a
 * mean over the image, one fully connected layer and softmax cross-entropy.
 *
 * <p>Input [batch, height, width, 3] (NHWC), labels one-hot [batch, classes]. Convolutions are
 * called {@code stem}, {@code stage1.block1.conv1}, ..., the last layer {@code classifier}: by
 * these names a {@link ReparameterizationPlan} gives them methods. Convolutions have no bias.
 */
abstract class ResNet extends ZooModel<ComputationGraph> {
  private final ReparameterizationPlan plan;
  private final KernelView kernelView;
  private final Bias bias;
  private final int classes;
  private final IUpdater updater;
  private final long seed;
  private int height;
  private int width;

  ResNet(Builder<?, ?> builder) {
    this.plan = builder.plan;
    this.kernelView = builder.kernelView;
    this.bias = builder.bias;
    this.classes = builder.classes;
    this.updater = builder.updater;
    this.seed = builder.seed;
    this.height = builder.imageSize;
    this.width = builder.imageSize;
  }

  /** Adds everything from the input called "input" to the last block; returns that block's name. */
  abstract String addBlocks(GraphBuilder graph);

  /** The network's configuration. */
  public final ComputationGraphConfiguration conf() {
    GraphBuilder graph =
        new NeuralNetConfiguration.Builder()
            .dataType(DataType.FLOAT)
            .seed(seed)
            .updater(updater)
            .graphBuilder()
            .addInputs("input");
    String last = addBlocks(graph);
    ComputationGraphConfiguration conf =
        graph
            .addVertex("average", new GlobalAverageVertex(), last)
            .layer(
                "classifier",
                new NolaDense.Builder()
                    .name("classifier")
                    .nOut(classes)
                    .bias(bias)
                    .reparameterization(plan.method("classifier"))
                    .coefficientsOf(plan.coefficientsOf("classifier"))
                    .coefficientBits(plan.coefficientBits("classifier"))
                    .activation(Activation.IDENTITY)
                    .build(),
                "average")
            .layer(
                "loss",
                new LossLayer.Builder(LossFunction.MCXENT)
                    .name("loss")
                    .activation(Activation.SOFTMAX)
                    .build(),
                "classifier")
            .setOutputs("loss")
            .setInputTypes(InputType.convolutional(height, width, 3, CNN2DFormat.NHWC))
            .build();
    plan.seed(layers(conf), seed);
    return conf;
  }

  private static Stream<Layer> layers(ComputationGraphConfiguration conf) {
    return conf.getVertices().values().stream()
        .filter(LayerVertex.class::isInstance)
        .map(vertex -> ((LayerVertex) vertex).getLayerConf().getLayer());
  }

  /**
   * A convolution, padded so that stride 1 keeps the size, with batch normalization.
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
            .coefficientsOf(plan.coefficientsOf(name))
            .coefficientBits(plan.coefficientBits(name))
            .activation(Activation.IDENTITY)
            .inputGradient(!input.equals("input"))
            .build();
    String norm = name + ".norm";
    graph.layer(name, convolution, input);
    graph.layer(norm, new FusedBatchNorm.Builder().name(norm).relu(relu).build(), name);
    return norm;
  }

  /** A block's two convolutions, and their sum with a shortcut. */
  final String block(
      GraphBuilder graph, String name, String input, int stride, int nOut, String shortcut) {
    String first = convolution(graph, name + ".conv1", input, 3, stride, nOut, true);
    String second = convolution(graph, name + ".conv2", first, 3, 1, nOut, false);
    graph.addVertex(name, new AddReluVertex(), second, shortcut);
    return name;
  }

  @Override
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  public final <M extends Model> M init() {
    ComputationGraph graph = new ComputationGraph(conf());
    graph.init();
    return (M) graph;
  }

  /** One input, [3, height, width]. */
  @Override
  public final void setInputShape(int[][] inputShape) {
    if (inputShape.length != 1 || inputShape[0].length != 3 || inputShape[0][0] != 3) {
      throw new IllegalArgumentException(
          getClass().getSimpleName() + " takes one input of shape [3, height, width]");
    }
    height = inputShape[0][1];
    width = inputShape[0][2];
  }

  @Override
  @SuppressWarnings("deprecation")
  public final ModelMetaData metaData() {
    return new ModelMetaData(new int[][] {{3, height, width}}, 1, ZooType.CNN);
  }

  @Override
  public final Class<? extends Model> modelType() {
    return ComputationGraph.class;
  }

  @Override
  public final String pretrainedUrl(PretrainedType pretrainedType) {
    return null;
  }

  @Override
  public final long pretrainedChecksum(PretrainedType pretrainedType) {
    return 0;
  }

  /** Common settings. */
  public abstract static class Builder<M extends ResNet, B extends Builder<M, B>> {
    private ReparameterizationPlan plan = ReparameterizationPlan.dense();
    private KernelView kernelView = KernelView.OUT_BY_IN;
    private Bias bias = Bias.FREE;
    private int classes;
    private int imageSize;
    private IUpdater updater = new Adam(1e-3);
    private long seed = 1;

    Builder(int classes, int imageSize) {
      this.classes = classes;
      this.imageSize = imageSize;
    }

    abstract B self();

    /** The model; {@code init()} makes a network of it. */
    public abstract M build();

    /** Which layer gets which method; all dense unless set. */
    public B plan(ReparameterizationPlan plan) {
      this.plan = plan;
      return self();
    }

    /** The matrix that a kernel is taken for; {@link KernelView#OUT_BY_IN} unless set. */
    public B kernelView(KernelView kernelView) {
      this.kernelView = kernelView;
      return self();
    }

    /** What is done about the classifier's bias; free unless set. */
    public B bias(Bias bias) {
      this.bias = bias;
      return self();
    }

    /** Classes. */
    public B classes(int classes) {
      if (classes < 2) {
        throw new IllegalArgumentException("classes must be at least 2, but is " + classes);
      }
      this.classes = classes;
      return self();
    }

    /** Height and width of the images. */
    public B imageSize(int imageSize) {
      if (imageSize < 1) {
        throw new IllegalArgumentException("imageSize must be positive, but is " + imageSize);
      }
      this.imageSize = imageSize;
      return self();
    }

    /** DL4J's updater; Adam at 0.001 unless set. */
    public B updater(IUpdater updater) {
      this.updater = updater;
      return self();
    }

    /** What everything random derives from; 1 unless set. */
    public B seed(long seed) {
      this.seed = seed;
      return self();
    }
  }
}
