// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.reparameterization.Dense;
import org.nola4j.transformer.LanguageModelHead;
import org.nola4j.transformer.LlamaBlock;
import org.nola4j.transformer.NormPosition;
import org.nola4j.transformer.PatchEmbedding;
import org.nola4j.transformer.TokenEmbedding;
import org.nola4j.transformer.TokenNorm;
import org.nola4j.transformer.TokenPooling;
import org.nola4j.transformer.TransformerBlock;

/** A small graph around each of this library's layer types, which is its layer "x". */
public final class OwnLayers {
  private static final int EXAMPLES = 3;
  private static final int TOKENS = 5;
  private static final int WIDTH = 8;
  private static final int WORDS = 7;

  private static final InputType VECTORS = InputType.feedForward(WIDTH);
  private static final InputType IMAGES = InputType.convolutional(4, 6, 2, CNN2DFormat.NCHW);
  private static final InputType LAST = InputType.convolutional(4, 6, 2, CNN2DFormat.NHWC);
  private static final InputType SEQUENCES = InputType.recurrent(WIDTH, TOKENS, RNNFormat.NWC);
  private static final InputType IDS = InputType.feedForward(TOKENS);

  /** What is below, and above. */
  private enum Place {
    VECTORS(OwnLayers.VECTORS),
    IMAGES(OwnLayers.IMAGES),
    IMAGES_LAST(OwnLayers.LAST),
    TO_TOKENS(OwnLayers.IMAGES),
    TOKENS(SEQUENCES),
    TO_VECTORS(SEQUENCES),
    OUTPUT(SEQUENCES),
    INPUT(IDS);

    @SuppressWarnings("ImmutableEnumChecker") // never changed
    private final InputType type;

    Place(InputType type) {
      this.type = type;
    }
  }

  /** A layer type and its surroundings. */
  public record Case(String name, Place place, Supplier<FeedForwardLayer.Builder<?>> builder) {
    /** The layer with what a test sets, dense and with biases where it can. */
    public Layer layer(Consumer<FeedForwardLayer.Builder<?>> settings) {
      FeedForwardLayer.Builder<?> layer = builder.get();
      layer.name("x");
      settings.accept(layer);
      return layer.build();
    }

    /** A graph with parameters none of which is where it starts. */
    public ComputationGraph graph(NeuralNetConfiguration.Builder settings, Layer x, DataType type) {
      GraphBuilder graph = settings.seed(12).dataType(type).graphBuilder().addInputs("in");
      String below = below(graph);
      graph.layer("x", x, below);
      graph.setOutputs(above(graph)).setInputTypes(place.type);
      ComputationGraph network = new ComputationGraph(graph.build());
      network.init();
      network.params().addi(Normals.of(type, 5, network.params().shape()).muli(0.3));
      return network;
    }

    private String below(GraphBuilder graph) {
      Layer below =
          switch (place) {
            case VECTORS -> dense().nOut(WIDTH).build();
            case IMAGES, TO_TOKENS -> pixels().build();
            case IMAGES_LAST -> pixels().dataFormat(CNN2DFormat.NHWC).build();
            case TOKENS, TO_VECTORS, OUTPUT -> new TokenNorm.Builder().build();
            case INPUT -> null;
          };
      if (below == null) {
        return "in";
      }
      graph.layer("below", below, "in");
      return "below";
    }

    private String above(GraphBuilder graph) {
      if (place == Place.OUTPUT) {
        return "x";
      }
      String from = "x";
      if (place == Place.TOKENS || place == Place.TO_TOKENS || place == Place.INPUT) {
        graph.layer(
            "pool",
            new TokenPooling.Builder().kind(TokenPooling.Kind.MEAN).classToken(false).build(),
            "x");
        from = "pool";
      }
      graph.layer(
          "out", new OutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build(), from);
      return "out";
    }

    /** Examples with labels. */
    public MultiDataSet data(DataType type) {
      return new MultiDataSet(features(type), labels(type));
    }

    /** Whether the layer has a text's tokens below or above it. */
    public boolean takesTokens() {
      return place == Place.TOKENS
          || place == Place.TO_VECTORS
          || place == Place.OUTPUT
          || place == Place.INPUT;
    }

    /** With the last token of each text masked. */
    public MultiDataSet maskedData(DataType type) {
      INDArray mask = Nd4j.ones(type, EXAMPLES, TOKENS);
      mask.getColumn(TOKENS - 1).assign(0);
      return new MultiDataSet(
          new INDArray[] {features(type)},
          new INDArray[] {labels(type)},
          new INDArray[] {mask},
          null);
    }

    /** The same but for the tokens that are masked. */
    public MultiDataSet otherMaskedData(DataType type) {
      MultiDataSet data = maskedData(type);
      for (INDArray tokens :
          place == Place.OUTPUT
              ? List.of(data.getFeatures(0), data.getLabels(0))
              : List.of(data.getFeatures(0))) {
        for (int i = 0; i < EXAMPLES; i++) {
          tokens.slice(i).slice(TOKENS - 1).assign(1);
        }
      }
      return data;
    }

    private INDArray features(DataType type) {
      if (place == Place.INPUT) {
        return words(type);
      }
      long[] shape = place.type.getShape(true);
      shape[0] = EXAMPLES;
      return Normals.of(type, 3, shape);
    }

    private INDArray labels(DataType type) {
      return place == Place.OUTPUT ? words(type) : Nd4j.eye(EXAMPLES).castTo(type);
    }

    private static INDArray words(DataType type) {
      return Nd4j.arange(EXAMPLES * TOKENS).fmod(WORDS).castTo(type).reshape(EXAMPLES, TOKENS);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private OwnLayers() {}

  /** By name. */
  public static Map<String, Case> all() {
    Map<String, Case> all = new LinkedHashMap<>();
    put(all, "NolaDense", Place.VECTORS, () -> dense());
    put(all, "NolaConv", Place.IMAGES, () -> conv());
    put(all, "NolaConv in NHWC", Place.IMAGES_LAST, () -> conv().dataFormat(CNN2DFormat.NHWC));
    put(all, "PatchEmbedding", Place.TO_TOKENS, () -> patches());
    put(all, "TokenEmbedding", Place.INPUT, () -> embedding());
    put(all, "TransformerBlock", Place.TOKENS, () -> block());
    put(
        all,
        "TransformerBlock, post-norm and causal",
        Place.TOKENS,
        () -> block().normPosition(NormPosition.POST).causal(true));
    put(all, "LlamaBlock", Place.TOKENS, () -> llama());
    put(all, "TokenNorm", Place.TOKENS, TokenNorm.Builder::new);
    put(
        all,
        "TokenPooling",
        Place.TO_VECTORS,
        () -> new TokenPooling.Builder().kind(TokenPooling.Kind.MEAN).classToken(false));
    put(all, "LanguageModelHead", Place.OUTPUT, () -> new LanguageModelHead.Builder().nOut(WORDS));
    return all;
  }

  private static void put(
      Map<String, Case> all,
      String name,
      Place place,
      Supplier<FeedForwardLayer.Builder<?>> builder) {
    all.put(name, new Case(name, place, builder));
  }

  private static NolaDense.Builder dense() {
    return new NolaDense.Builder()
        .nOut(6)
        .activation(Activation.TANH)
        .reparameterization(new Dense());
  }

  /** Of each pixel. */
  private static NolaConv.Builder pixels() {
    return new NolaConv.Builder(1).nOut(2).reparameterization(new Dense());
  }

  private static NolaConv.Builder conv() {
    return new NolaConv.Builder(3)
        .nOut(4)
        .hasBias(true)
        .activation(Activation.TANH)
        .reparameterization(new Dense());
  }

  private static PatchEmbedding.Builder patches() {
    return new PatchEmbedding.Builder().nOut(WIDTH).patchSize(2).reparameterization(new Dense());
  }

  private static TokenEmbedding.Builder embedding() {
    return new TokenEmbedding.Builder().nIn(WORDS).nOut(WIDTH).maxPositions(TOKENS);
  }

  private static TransformerBlock.Builder block() {
    return new TransformerBlock.Builder().heads(2).mlpWidth(6).reparameterization(new Dense());
  }

  private static LlamaBlock.Builder llama() {
    return new LlamaBlock.Builder().heads(2).mlpWidth(6).reparameterization(new Dense());
  }
}
