// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import org.nola4j.experiments.common.UserException;
import org.nola4j.transformer.TransformerBlock;

/**
 * The network's free choices, chosen by {@code network}; without it they are a perceptron's, which
 * was there first.
 */
@JsonTypeInfo(
    use = JsonTypeInfo.Id.NAME,
    include = JsonTypeInfo.As.EXISTING_PROPERTY,
    property = "network",
    visible = true,
    defaultImpl = ModelConfig.Mlp.class)
@JsonSubTypes({
  @JsonSubTypes.Type(
      value = ModelConfig.ResNet.class,
      names = {"resnet20", "resnet18"}),
  @JsonSubTypes.Type(
      value = ModelConfig.LeNet.class,
      names = {"lenet"}),
  @JsonSubTypes.Type(
      value = ModelConfig.Vit.class,
      names = {"vit-tiny", "vit-small", "vit-base", "vit-large"}),
  @JsonSubTypes.Type(
      value = ModelConfig.Bert.class,
      names = {"bert-encoder"})
})
public sealed interface ModelConfig {
  /** What the biases are. */
  Bias bias();

  /**
   * This, if it is of the network that an experiment trains.
   *
   * @throws UserException if it is of another one
   */
  default <T extends ModelConfig> T as(Class<T> wanted) {
    if (!wanted.isInstance(this)) {
      throw new UserException("model: this experiment trains another network than " + this);
    }
    return wanted.cast(this);
  }

  /** What the biases are. */
  enum Bias {
    /** Trained directly, whatever the method does to the weights. */
    @JsonProperty("free")
    FREE,
    /** One more row of the reparameterized weight matrix. */
    @JsonProperty("folded")
    FOLDED,
    /** There are none. */
    @JsonProperty("none")
    NONE
  }

  /** The matrix that a kernel is reshaped to. */
  enum KernelView {
    /** (outputs x height) by (inputs x width), as in loralib. */
    @JsonProperty("out-by-in")
    OUT_BY_IN,
    /** The two factors of the element count that are nearest to each other. */
    @JsonProperty("nearest-square")
    NEAREST_SQUARE
  }

  /**
   * A multilayer perceptron.
   *
   * @param hidden units in each hidden layer; a single number for one layer
   * @param bias what the biases are
   */
  record Mlp(
      @JsonFormat(
              with = {
                JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY,
                JsonFormat.Feature.WRITE_SINGLE_ELEM_ARRAYS_UNWRAPPED
              })
          List<Integer> hidden,
      Bias bias)
      implements ModelConfig {
    /** Checks the ranges. */
    public Mlp {
      ConfigChecks.present("hidden", hidden);
      hidden = List.copyOf(hidden);
      if (hidden.isEmpty()) {
        throw new IllegalArgumentException("hidden must have at least 1 layer, was []");
      }
      hidden.forEach(units -> ConfigChecks.atLeast("hidden", 1, units));
      ConfigChecks.present("bias", bias);
    }
  }

  /**
   * A residual network, whose convolutions have no biases.
   *
   * @param network which one
   * @param kernelView the matrix that a kernel is reshaped to
   * @param bias what the classifier's biases are
   */
  record ResNet(Network network, KernelView kernelView, Bias bias) implements ModelConfig {

    /** Which one. */
    public enum Network {
      /** 20 layers, for small images. */
      @JsonProperty("resnet20")
      RESNET20,
      /** 18 layers, for large images. */
      @JsonProperty("resnet18")
      RESNET18
    }

    /** Checks that all are there. */
    public ResNet {
      ConfigChecks.present("network", network);
      ConfigChecks.present("kernelView", kernelView);
      ConfigChecks.present("bias", bias);
    }
  }

  /**
   * A small convolutional network of Deeplearning4j's own layers.
   *
   * @param network which one
   */
  record LeNet(Network network) implements ModelConfig {

    /** Which one. */
    public enum Network {
      /** LeNet-5. */
      @JsonProperty("lenet")
      LENET
    }

    /** Checks that it is there. */
    public LeNet {
      ConfigChecks.present("network", network);
    }

    @Override
    public Bias bias() {
      return Bias.FREE;
    }
  }

  /**
   * A vision transformer. Sizes that are left out are those of the network that is named, or follow
   * from the others.
   *
   * @param network which one
   * @param width numbers a token
   * @param depth blocks
   * @param heads attention heads a block; if left out, one for 64 numbers of the width
   * @param mlpWidth hidden numbers of a block's perceptron; if left out 4 times the width
   * @param patchSize height and width of a patch; 16 if left out
   * @param adapted where a trained network is adapted, the weights of each block that are; {@code
   *     null} where none is
   */
  record Vit(
      Network network,
      Integer width,
      Integer depth,
      Integer heads,
      Integer mlpWidth,
      Integer patchSize,
      @JsonInclude(JsonInclude.Include.NON_NULL) List<String> adapted)
      implements ModelConfig {
    private static final int HEAD_WIDTH = 64;

    /** Which one, without the size of its patches. */
    public enum Network {
      /** 12 blocks of width 192. */
      @JsonProperty("vit-tiny")
      TINY(192, 12),
      /** 12 blocks of width 384. */
      @JsonProperty("vit-small")
      SMALL(384, 12),
      /** 12 blocks of width 768. */
      @JsonProperty("vit-base")
      BASE(768, 12),
      /** 24 blocks of width 1,024. */
      @JsonProperty("vit-large")
      LARGE(1024, 24);

      private final int width;
      private final int depth;

      Network(int width, int depth) {
        this.width = width;
        this.depth = depth;
      }
    }

    /** Checks the ranges and completes the sizes. */
    public Vit {
      ConfigChecks.present("network", network);
      width = width == null ? network.width : width;
      depth = depth == null ? network.depth : depth;
      heads = heads == null ? Math.max(1, width / HEAD_WIDTH) : heads;
      mlpWidth = mlpWidth == null ? 4 * width : mlpWidth;
      patchSize = patchSize == null ? 16 : patchSize;
      ConfigChecks.atLeast("width", 1, width);
      ConfigChecks.atLeast("depth", 1, depth);
      ConfigChecks.atLeast("heads", 1, heads);
      ConfigChecks.atLeast("mlpWidth", 1, mlpWidth);
      ConfigChecks.atLeast("patchSize", 1, patchSize);
      if (width % heads != 0) {
        throw new IllegalArgumentException(
            "width must be a multiple of heads, was %d with %d heads".formatted(width, heads));
      }
      adapted = checkedWeights(adapted);
    }

    @Override
    public Bias bias() {
      return Bias.FREE;
    }
  }

  /**
   * A text encoder, whose sizes are those of the trained network that is adapted.
   *
   * @param network which one
   * @param maxTokens where texts are cut off; 128 if left out
   * @param adapted the weights of each block that get an adapter; {@code null} where none does
   */
  record Bert(
      Network network,
      Integer maxTokens,
      @JsonInclude(JsonInclude.Include.NON_NULL) List<String> adapted)
      implements ModelConfig {
    private static final int USUAL_TOKENS = 128;

    /** Which one. */
    public enum Network {
      /** A BERT with a new head. */
      @JsonProperty("bert-encoder")
      BERT_ENCODER
    }

    /** Checks the ranges. */
    public Bert {
      ConfigChecks.present("network", network);
      maxTokens = maxTokens == null ? USUAL_TOKENS : maxTokens;
      ConfigChecks.atLeast("maxTokens", 3, maxTokens);
      adapted = checkedWeights(adapted);
    }

    @Override
    public Bias bias() {
      return Bias.FREE;
    }
  }

  private static List<String> checkedWeights(List<String> adapted) {
    List<String> weights = TransformerBlock.WEIGHTS;
    if (adapted != null && (adapted.isEmpty() || !weights.containsAll(adapted))) {
      throw new IllegalArgumentException(
          "adapted must be some of %s, was %s".formatted(weights, adapted));
    }
    return adapted == null ? null : List.copyOf(adapted);
  }
}
