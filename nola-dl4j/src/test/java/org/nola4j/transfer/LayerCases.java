// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.*;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping1D;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping3D;
import org.deeplearning4j.nn.conf.layers.misc.ElementWiseMultiplicationLayer;
import org.deeplearning4j.nn.conf.layers.misc.RepeatVector;
import org.deeplearning4j.nn.conf.layers.objdetect.Yolo2OutputLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.conf.layers.recurrent.TimeDistributed;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLambdaLayer;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLayer;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffOutputLayer;
import org.deeplearning4j.nn.conf.layers.util.MaskLayer;
import org.deeplearning4j.nn.conf.layers.util.MaskZeroLayer;
import org.deeplearning4j.nn.conf.layers.variational.VariationalAutoencoder;
import org.deeplearning4j.nn.conf.ocnn.OCNNOutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** A small network around each of DL4J's layer types, which is its layer "x". */
final class LayerCases {
  private static final int EXAMPLES = 3;
  private static final int STEPS = 6;
  private static final int CLASSES = 3;

  private static final InputType FEED_FORWARD = InputType.feedForward(4);
  private static final InputType RECURRENT = InputType.recurrent(3, STEPS);
  private static final InputType IMAGES = InputType.convolutional(6, 6, 2);
  private static final InputType VOLUMES =
      InputType.convolutional3D(Convolution3D.DataFormat.NCDHW, 4, 4, 4, 2);
  private static final InputType INDICES = InputType.feedForward(1);
  private static final InputType SEQUENCES = InputType.recurrent(1, STEPS);

  /**
   * A network.
   *
   * @param input of it
   * @param layer type x
   * @param below whether there is a trained layer below
   * @param last whether x is the last layer
   */
  record Case(InputType input, Supplier<Layer> layer, boolean below, boolean last) {
    MultiLayerNetwork network(DataType type) {
      NeuralNetConfiguration.ListBuilder layers = layers(type);
      if (!last) {
        MultiLayerConfiguration headless = layers(type).setInputType(input).build();
        List<InputType> types = headless.getLayerActivationTypes(input);
        head(layers, types.get(types.size() - 1).getType());
      }
      MultiLayerNetwork network = new MultiLayerNetwork(layers.setInputType(input).build());
      network.init();
      Nd4j.getRandom().setSeed(11);
      INDArray values = Nd4j.rand(DataType.FLOAT, network.params().shape()).subi(0.5).muli(0.8);
      network.params().assign(values.castTo(type));
      return network;
    }

    /** All but the head. */
    private NeuralNetConfiguration.ListBuilder layers(DataType type) {
      NeuralNetConfiguration.ListBuilder layers =
          new NeuralNetConfiguration.Builder()
              .seed(7)
              .dataType(type)
              .updater(type == DataType.DOUBLE ? new NoOp() : new Sgd(0.1))
              .convolutionMode(ConvolutionMode.Truncate)
              .activation(Activation.TANH)
              .weightInit(WeightInit.XAVIER)
              .list()
              .overrideNinUponBuild(false);
      if (below) {
        layers.layer(bottom());
      }
      Layer x = layer.get();
      x.setLayerName("x");
      return layers.layer(x);
    }

    private Layer bottom() {
      if (input == FEED_FORWARD) {
        return new DenseLayer.Builder().name("below").nOut(4).build();
      }
      if (input == RECURRENT) {
        return new SimpleRnn.Builder().name("below").nOut(4).build();
      }
      return input == IMAGES
          ? new ConvolutionLayer.Builder(1, 1).name("below").nOut(2).build()
          : new Convolution3D.Builder(1, 1, 1).name("below").nOut(2).build();
    }

    private static void head(NeuralNetConfiguration.ListBuilder layers, InputType.Type below) {
      if (below == InputType.Type.RNN) {
        layers.layer(
            new RnnOutputLayer.Builder()
                .name("head")
                .nOut(CLASSES)
                .activation(Activation.SOFTMAX)
                .build());
        return;
      }
      if (below == InputType.Type.CNN || below == InputType.Type.CNN3D) {
        layers.layer(new GlobalPoolingLayer(PoolingType.AVG));
      }
      layers.layer(
          new OutputLayer.Builder()
              .name("head")
              .nOut(CLASSES)
              .activation(Activation.SOFTMAX)
              .build());
    }

    DataSet data(MultiLayerNetwork network, DataType type) {
      INDArray x = features(type);
      INDArray out = network.output(x);
      INDArray y = Nd4j.zeros(type, out.shape());
      if (network.getOutputLayer().conf().getLayer() instanceof Yolo2OutputLayer) {
        throw new IllegalStateException("has labels of another shape");
      }
      if (out.rank() == 1) {
        return new DataSet(x, Nd4j.ones(type, EXAMPLES, 1));
      }
      long classes = out.size(1);
      for (long i = 0; i < y.length() / classes; i++) {
        y.tensorAlongDimension(i, 1).putScalar(i % classes, 1);
      }
      return new DataSet(x, y);
    }

    INDArray features(DataType type) {
      Nd4j.getRandom().setSeed(3);
      if (input == INDICES) {
        return Nd4j.createFromArray(new double[][] {{0}, {3}, {1}}).castTo(type);
      }
      if (input == SEQUENCES) {
        INDArray words = Nd4j.create(type, EXAMPLES, 1, STEPS);
        for (int i = 0; i < words.length(); i++) {
          words.putScalar(i, i % 5);
        }
        return words;
      }
      long[] shape = input.getShape(true);
      shape[0] = EXAMPLES;
      return Nd4j.randn(DataType.FLOAT, shape).castTo(type);
    }
  }

  private LayerCases() {}

  /** By the simple name of the type of x. */
  static Map<String, Case> adapted() {
    Map<String, Case> cases = new LinkedHashMap<>();
    middle(cases, FEED_FORWARD, () -> new DenseLayer.Builder().nOut(3).build());
    middle(
        cases,
        FEED_FORWARD,
        () -> new DenseLayer.Builder().nOut(3).hasLayerNorm(true).build(),
        "with layer norm");
    middle(cases, IMAGES, () -> new Subclass(new ConvolutionLayer.Builder(2, 2)));
    middle(cases, FEED_FORWARD, () -> new AutoEncoder.Builder().nOut(3).build());
    middle(
        cases,
        FEED_FORWARD,
        () ->
            new VariationalAutoencoder.Builder()
                .encoderLayerSizes(4)
                .decoderLayerSizes(3)
                .pzxActivationFunction(Activation.TANH)
                .nOut(3)
                .build());
    middle(
        cases,
        FEED_FORWARD,
        () -> new ElementWiseMultiplicationLayer.Builder().nIn(4).nOut(4).build());
    first(cases, INDICES, () -> new EmbeddingLayer.Builder().nIn(5).nOut(3).build());
    first(cases, SEQUENCES, () -> new EmbeddingSequenceLayer.Builder().nIn(5).nOut(3).build());
    last(
        cases,
        FEED_FORWARD,
        () -> new OutputLayer.Builder().nOut(CLASSES).activation(Activation.SOFTMAX).build());
    last(
        cases,
        FEED_FORWARD,
        () ->
            new CenterLossOutputLayer.Builder()
                .nOut(CLASSES)
                .activation(Activation.SOFTMAX)
                .gradientCheck(true)
                .build());
    last(
        cases,
        RECURRENT,
        () -> new RnnOutputLayer.Builder().nOut(CLASSES).activation(Activation.SOFTMAX).build());
    last(cases, FEED_FORWARD, () -> new SquaredOutput());
    last(
        cases,
        FEED_FORWARD,
        () ->
            new OCNNOutputLayer.Builder()
                .nIn(4)
                .hiddenLayerSize(3)
                .activation(Activation.TANH)
                .initialRValue(0.1)
                .nu(0.04)
                .build());

    middle(cases, RECURRENT, () -> new LSTM.Builder().nOut(3).build());
    middle(cases, RECURRENT, LayerCases::gravesLstm);
    middle(cases, RECURRENT, LayerCases::gravesBidirectionalLstm);
    middle(cases, RECURRENT, () -> new SimpleRnn.Builder().nOut(3).build());
    middle(cases, RECURRENT, () -> new Bidirectional(new LSTM.Builder().nOut(3).build()));
    middle(cases, RECURRENT, () -> new LastTimeStep(new LSTM.Builder().nOut(3).build()));
    middle(
        cases,
        RECURRENT,
        () ->
            new MaskZeroLayer.Builder()
                .setMaskValue(0)
                .setUnderlying(new LSTM.Builder().nOut(3).build())
                .build());
    middle(cases, RECURRENT, () -> new TimeDistributed(new DenseLayer.Builder().nOut(3).build()));
    middle(cases, RECURRENT, () -> new Convolution1DLayer.Builder(3).nOut(3).build());
    middle(cases, RECURRENT, () -> new LocallyConnected1D.Builder().kernelSize(2).nOut(2).build());
    middle(
        cases,
        RECURRENT,
        () -> new SelfAttentionLayer.Builder().nOut(4).nHeads(2).projectInput(true).build());
    middle(
        cases,
        RECURRENT,
        () ->
            new RecurrentAttentionLayer.Builder()
                .nIn(4)
                .nOut(4)
                .nHeads(1)
                .projectInput(false)
                .build());

    middle(cases, IMAGES, () -> new ConvolutionLayer.Builder(2, 2).nOut(2).build());
    middle(cases, IMAGES, () -> new Deconvolution2D.Builder(2, 2).nOut(3).build());
    middle(
        cases,
        IMAGES,
        () -> new DepthwiseConvolution2D.Builder(2, 2).depthMultiplier(2).nOut(4).build());
    middle(
        cases,
        IMAGES,
        () -> new SeparableConvolution2D.Builder(2, 2).depthMultiplier(2).nOut(3).build());
    middle(
        cases,
        IMAGES,
        () -> new LocallyConnected2D.Builder().kernelSize(3, 3).stride(3, 3).nOut(2).build());
    middle(
        cases,
        IMAGES,
        () -> new PrimaryCapsules.Builder(2, 2).kernelSize(3, 3).stride(3, 3).build());
    middle(cases, VOLUMES, () -> new Convolution3D.Builder(2, 2, 2).nOut(2).build());
    middle(cases, VOLUMES, () -> new Deconvolution3D.Builder().kernelSize(2, 2, 2).nOut(2).build());
    middle(cases, FEED_FORWARD, () -> new Square());
    return cases;
  }

  /** Those that DL4J 1.0.0-M2.1 itself cannot run, by the simple name of the type of x. */
  static Map<String, Case> failing() {
    Map<String, Case> cases = new LinkedHashMap<>();
    middle(
        cases,
        RECURRENT,
        () ->
            new LearnedSelfAttentionLayer.Builder()
                .nOut(4)
                .nHeads(2)
                .nQueries(2)
                .projectInput(true)
                .build());
    middle(cases, RECURRENT, () -> new CapsuleLayer.Builder(2, 2).build());
    return cases;
  }

  /** Those that have nothing to adapt, by the simple name of the type of x. */
  @SuppressWarnings("rawtypes") // of DL4J's builders
  static Map<String, Case> others() {
    Map<String, Case> cases = new LinkedHashMap<>();
    middle(cases, FEED_FORWARD, () -> new ActivationLayer(Activation.TANH));
    middle(cases, FEED_FORWARD, () -> new RepeatVector.Builder(3).build());
    middle(cases, FEED_FORWARD, () -> new BatchNormalization());
    middle(
        cases,
        RECURRENT,
        () -> new TimeDistributed(new BatchNormalization()),
        "of batch normalization");
    middle(
        cases,
        RECURRENT,
        () -> new TimeDistributed(new BatchNormalization.Builder(true).build()),
        "of locked batch normalization");
    middle(cases, FEED_FORWARD, () -> new PReLULayer.Builder().inputShape(4).build());
    middle(cases, FEED_FORWARD, () -> new Twice());
    last(cases, FEED_FORWARD, () -> loss(new LossLayer.Builder(LossFunction.MCXENT)));
    last(
        cases,
        RECURRENT,
        () -> new RnnLossLayer.Builder(LossFunction.MCXENT).activation(Activation.SOFTMAX).build());
    last(
        cases,
        IMAGES,
        () -> new CnnLossLayer.Builder(LossFunction.MCXENT).activation(Activation.SOFTMAX).build());
    last(
        cases,
        VOLUMES,
        () ->
            new Cnn3DLossLayer.Builder(Convolution3D.DataFormat.NCDHW)
                .lossFunction(LossFunction.MCXENT)
                .activation(Activation.SOFTMAX)
                .build());
    middle(cases, RECURRENT, () -> new Subsampling1DLayer.Builder(2).build());
    middle(cases, RECURRENT, () -> new Upsampling1D.Builder(2).build());
    middle(cases, RECURRENT, () -> new ZeroPadding1DLayer.Builder(1).build());
    middle(cases, RECURRENT, () -> new Cropping1D.Builder(1).build());
    middle(cases, RECURRENT, () -> new MaskLayer());
    middle(cases, IMAGES, () -> new GlobalPoolingLayer.Builder(PoolingType.AVG).build());
    middle(cases, RECURRENT, () -> new CapsuleStrengthLayer.Builder().build());
    middle(cases, IMAGES, () -> new SubsamplingLayer.Builder(2, 2).build());
    middle(cases, IMAGES, () -> new Upsampling2D.Builder(2).build());
    middle(cases, IMAGES, () -> new ZeroPaddingLayer.Builder(1, 1).build());
    middle(cases, IMAGES, () -> new Cropping2D.Builder(1, 1).build());
    middle(cases, IMAGES, () -> new SpaceToDepthLayer.Builder(2).build());
    middle(cases, IMAGES, () -> new SpaceToBatchLayer.Builder(new int[] {1, 1}).build());
    middle(cases, IMAGES, () -> new LocalResponseNormalization.Builder().n(1).build());
    middle(cases, VOLUMES, () -> new Subsampling3DLayer.Builder(2, 2, 2).build());
    middle(cases, VOLUMES, () -> new Upsampling3D.Builder(2).build());
    middle(cases, VOLUMES, () -> new ZeroPadding3DLayer.Builder(1).build());
    middle(cases, VOLUMES, () -> new Cropping3D.Builder(1, 1, 1).build());
    return cases;
  }

  private static Layer loss(LossLayer.Builder builder) {
    return builder.activation(Activation.SOFTMAX).build();
  }

  @SuppressWarnings("deprecation")
  private static Layer gravesLstm() {
    return new GravesLSTM.Builder().nOut(3).build();
  }

  @SuppressWarnings("deprecation")
  private static Layer gravesBidirectionalLstm() {
    return new GravesBidirectionalLSTM.Builder().nOut(3).build();
  }

  private static void middle(
      Map<String, Case> cases, InputType input, Supplier<Layer> layer, String... more) {
    put(cases, new Case(input, layer, true, false), more);
  }

  private static void first(Map<String, Case> cases, InputType input, Supplier<Layer> layer) {
    put(cases, new Case(input, layer, false, false));
  }

  private static void last(Map<String, Case> cases, InputType input, Supplier<Layer> layer) {
    put(cases, new Case(input, layer, true, true));
  }

  private static void put(Map<String, Case> cases, Case added, String... more) {
    String type = added.layer().get().getClass().getSimpleName();
    cases.put(
        String.join(
            " ",
            java.util.stream.Stream.concat(
                    java.util.stream.Stream.of(type), java.util.stream.Stream.of(more))
                .toList()),
        added);
  }

  /** A user's subclass. */
  static final class Subclass extends ConvolutionLayer {
    Subclass() {}

    Subclass(Builder builder) {
      super(builder.nOut(2).activation(Activation.TANH));
    }
  }

  /** A user's layer without parameters. */
  static final class Twice extends SameDiffLambdaLayer {
    Twice() {}

    @Override
    public SDVariable defineLayer(SameDiff graph, SDVariable in) {
      return in.mul(2);
    }

    @Override
    public InputType getOutputType(int index, InputType in) {
      return in;
    }
  }

  /** A user's layer. */
  static final class Square extends SameDiffLayer {
    Square() {}

    @Override
    public SDVariable defineLayer(
        SameDiff graph, SDVariable in, Map<String, SDVariable> parameters, SDVariable mask) {
      return graph.math.tanh(in.mmul(parameters.get("W")).add(parameters.get("b")));
    }

    @Override
    public void defineParameters(SDLayerParams parameters) {
      parameters.addWeightParam("W", 4, 4);
      parameters.addBiasParam("b", 1, 4);
    }

    @Override
    public void initializeParameters(Map<String, INDArray> parameters) {}

    @Override
    public InputType getOutputType(int index, InputType in) {
      return in;
    }
  }

  /** A user's output layer. */
  static final class SquaredOutput extends SameDiffOutputLayer {
    SquaredOutput() {}

    @Override
    public SDVariable defineLayer(
        SameDiff graph, SDVariable in, SDVariable labels, Map<String, SDVariable> parameters) {
      SDVariable out = in.mmul(parameters.get("W")).rename("out");
      graph.math.square(out.sub(labels)).mean("loss");
      return graph.getVariable("loss");
    }

    @Override
    public String activationsVertexName() {
      return "out";
    }

    @Override
    public void defineParameters(SDLayerParams parameters) {
      parameters.addWeightParam("W", 4, CLASSES);
    }

    @Override
    public void initializeParameters(Map<String, INDArray> parameters) {}

    @Override
    public InputType getOutputType(int index, InputType in) {
      return InputType.feedForward(CLASSES);
    }
  }
}
