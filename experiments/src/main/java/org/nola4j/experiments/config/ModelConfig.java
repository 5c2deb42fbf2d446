package org.nola4j.experiments.config;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import org.nola4j.experiments.common.UserException;

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
      names = {"lenet"})
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
      Require.present("hidden", hidden);
      hidden = List.copyOf(hidden);
      if (hidden.isEmpty()) {
        throw new IllegalArgumentException("hidden must have at least 1 layer, was []");
      }
      hidden.forEach(units -> Require.atLeast("hidden", 1, units));
      Require.present("bias", bias);
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
      Require.present("network", network);
      Require.present("kernelView", kernelView);
      Require.present("bias", bias);
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
      Require.present("network", network);
    }

    @Override
    public Bias bias() {
      return Bias.FREE;
    }
  }
}
