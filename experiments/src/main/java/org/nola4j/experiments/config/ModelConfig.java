// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import org.nola4j.experiments.common.UserException;
import org.nola4j.models.BertEncoder;
import org.nola4j.transformer.Insertion;
import org.nola4j.transformer.LlamaBlock;
import org.nola4j.transformer.TransformerBlock;

/**
 * The options of the network, chosen by {@code network}. Without it the network is a perceptron;
 * older configurations have none.
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
      names = {"bert-encoder"}),
  @JsonSubTypes.Type(
      value = ModelConfig.Gpt2.class,
      names = {"gpt2-small", "gpt2-medium", "gpt2-large"}),
  @JsonSubTypes.Type(
      value = ModelConfig.Llama.class,
      names = {"llama-7b", "llama-13b", "llama-70b"})
})
public sealed interface ModelConfig {
  /** How biases are trained. */
  Bias bias();

  /** Whether it is a language model, which is measured on texts held out of its training set. */
  default boolean completesTexts() {
    return false;
  }

  /**
   * Casts this to the options of the network that an experiment trains.
   *
   * @throws UserException if it is of another kind
   */
  default <T extends ModelConfig> T as(Class<T> wanted) {
    if (!wanted.isInstance(this)) {
      throw new UserException("model: this experiment does not train the network " + this);
    }
    return wanted.cast(this);
  }

  /** How biases are trained. */
  enum Bias {
    /** Trained directly, independent of the method for the weights. */
    @JsonProperty("free")
    FREE,
    /** One more row of the reparameterized weight matrix. */
    @JsonProperty("folded")
    FOLDED,
    /** No biases. */
    @JsonProperty("none")
    NONE
  }

  /** The matrix view of a kernel. */
  enum KernelView {
    /** (outputs x height) by (inputs x width), as in loralib. */
    @JsonProperty("out-by-in")
    OUT_BY_IN,
    /** The two factors of the element count that are closest to each other. */
    @JsonProperty("nearest-square")
    NEAREST_SQUARE
  }

  /**
   * A multilayer perceptron.
   *
   * @param hidden units of each hidden layer; may be a single number
   * @param bias how biases are trained
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
   * A residual network. Convolutions have no biases.
   *
   * @param network the network
   * @param kernelView the matrix view of a kernel
   * @param bias how the classifier's biases are trained
   */
  record ResNet(Network network, KernelView kernelView, Bias bias) implements ModelConfig {

    /** The network. */
    public enum Network {
      /** 20 layers, for small images. */
      @JsonProperty("resnet20")
      RESNET20,
      /** 18 layers, for large images. */
      @JsonProperty("resnet18")
      RESNET18
    }

    /** Checks that no part is missing. */
    public ResNet {
      ConfigChecks.present("network", network);
      ConfigChecks.present("kernelView", kernelView);
      ConfigChecks.present("bias", bias);
    }
  }

  /**
   * A small convolutional network made of Deeplearning4j's own layers.
   *
   * @param network the network
   */
  record LeNet(Network network) implements ModelConfig {

    /** The network. */
    public enum Network {
      /** LeNet-5. */
      @JsonProperty("lenet")
      LENET
    }

    /** Checks that it is present. */
    public LeNet {
      ConfigChecks.present("network", network);
    }

    @Override
    public Bias bias() {
      return Bias.FREE;
    }
  }

  /**
   * A vision transformer. Absent sizes are those of the named network or follow from the others.
   *
   * @param network the network
   * @param width embedding width
   * @param depth number of blocks
   * @param heads attention heads per block; if absent, the width divided by 64
   * @param mlpWidth hidden width of a block's MLP; if absent, 4 times the width
   * @param patchSize height and width of a patch; 16 if absent
   * @param adapted the weights of each block that get adapters when a trained network is adapted;
   *     {@code null} otherwise
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

    /** The network, without its patch size. */
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

    /** Checks the ranges and fills in the sizes. */
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
   * @param network the network
   * @param maxTokens where texts are cut off; 128 if left out
   * @param classes outputs of the head, at least the data's classes, so that adapters of data with
   *     different classes fit one bank; {@code null} for the data's
   * @param pooling how the encoder pools tokens; {@code null} for as its files say, if they do, or
   *     else as usual
   * @param head the head before training; {@code null} for random
   * @param adapted the weights of each block that get an adapter; {@code null} where none does
   */
  record Bert(
      Network network,
      Integer maxTokens,
      @JsonInclude(JsonInclude.Include.NON_NULL) Integer classes,
      @JsonInclude(JsonInclude.Include.NON_NULL) BertEncoder.Pooling pooling,
      @JsonInclude(JsonInclude.Include.NON_NULL) Head head,
      @JsonInclude(JsonInclude.Include.NON_NULL) List<String> adapted)
      implements ModelConfig {
    private static final int USUAL_TOKENS = 128;

    /** The network. */
    public enum Network {
      /** A BERT with a new head. */
      @JsonProperty("bert-encoder")
      BERT_ENCODER
    }

    /** A head before training. */
    public enum Head {
      /** Random weights. */
      @JsonProperty("random")
      RANDOM,
      /** It answers with the class whose texts' mean embedding is nearest by cosine. */
      @JsonProperty("class-means")
      CLASS_MEANS
    }

    /** Checks the ranges. */
    public Bert {
      ConfigChecks.present("network", network);
      maxTokens = maxTokens == null ? USUAL_TOKENS : maxTokens;
      ConfigChecks.atLeast("maxTokens", 3, maxTokens);
      ConfigChecks.atLeast("classes", 2, classes);
      adapted = checkedWeights(adapted);
    }

    /** The same with a pooling. */
    public Bert withPooling(BertEncoder.Pooling other) {
      return new Bert(network, maxTokens, classes, other, head, adapted);
    }

    @Override
    public Bias bias() {
      return Bias.FREE;
    }
  }

  /**
   * A language model. A run that adapts a trained network has its sizes; one that trains a network
   * from scratch, and a plan, have those of the named network.
   *
   * @param network the network
   * @param width embedding width; that of the named network if left out
   * @param blocks number of blocks; that of the named network if left out
   * @param vocabulary number of GPT-2's tokens, the first ones, of a network trained from scratch;
   *     all if left out
   * @param maxTokens where a sample is cut off; of a network trained from scratch, how many tokens
   *     it reads; 512 if left out
   * @param adapted the weights of each block that get an adapter; {@code null} where none does
   * @param lastBlocks how many of the last blocks are trained themselves; {@code null} for none
   * @param insertion what each block gets beside its weights; {@code null} for nothing
   * @param insertionSize hidden width of inserted adapters, or number of a prefix' tokens
   */
  record Gpt2(
      Network network,
      @JsonInclude(JsonInclude.Include.NON_NULL) Integer width,
      @JsonInclude(JsonInclude.Include.NON_NULL) Integer blocks,
      @JsonInclude(JsonInclude.Include.NON_NULL) Integer vocabulary,
      Integer maxTokens,
      @JsonInclude(JsonInclude.Include.NON_NULL) List<String> adapted,
      @JsonInclude(JsonInclude.Include.NON_NULL) Integer lastBlocks,
      @JsonInclude(JsonInclude.Include.NON_NULL) InsertionKind insertion,
      @JsonInclude(JsonInclude.Include.NON_NULL) Integer insertionSize)
      implements ModelConfig {
    private static final int USUAL_TOKENS = 512;

    /** All bytes and the end of a text. */
    private static final int FEWEST_TOKENS = 257;

    /** GPT-2's tokens. */
    private static final int ALL_TOKENS = 50_257;

    /** What is inserted into blocks. */
    public enum InsertionKind {
      /** Lin's adapters, one after the MLP. */
      @JsonProperty("lin")
      LIN,
      /** Houlsby's adapters, after attention and after the MLP. */
      @JsonProperty("houlsby")
      HOULSBY,
      /** Keys and values before those of the text. */
      @JsonProperty("prefix")
      PREFIX
    }

    /** The network. */
    public enum Network {
      /** 12 blocks of width 768. */
      @JsonProperty("gpt2-small")
      SMALL(768, 12),
      /** 24 blocks of width 1,024. */
      @JsonProperty("gpt2-medium")
      MEDIUM(1024, 24),
      /** 36 blocks of width 1,280. */
      @JsonProperty("gpt2-large")
      LARGE(1280, 36);

      private final int width;
      private final int blocks;

      Network(int width, int blocks) {
        this.width = width;
        this.blocks = blocks;
      }
    }

    /** Checks the ranges. */
    public Gpt2 {
      ConfigChecks.present("network", network);
      maxTokens = maxTokens == null ? USUAL_TOKENS : maxTokens;
      ConfigChecks.atLeast("width", 1, width);
      ConfigChecks.atLeast("blocks", 1, blocks);
      ConfigChecks.atLeast("vocabulary", FEWEST_TOKENS, vocabulary);
      ConfigChecks.atLeast("maxTokens", 2, maxTokens);
      ConfigChecks.atLeast("lastBlocks", 1, lastBlocks);
      ConfigChecks.atLeast("insertionSize", 1, insertionSize);
      if ((insertion == null) != (insertionSize == null)) {
        throw new IllegalArgumentException(
            "insertion and insertionSize go together: set both or none");
      }
      adapted = checkedWeights(adapted);
    }

    /** What each block gets beside its weights; null for nothing. */
    public Insertion inserted() {
      return insertion == null
          ? null
          : new Insertion(Insertion.Kind.valueOf(insertion.name()), insertionSize);
    }

    /** The width of a network that is not from a file. */
    public int ownWidth() {
      return width == null ? network.width : width;
    }

    /** The number of blocks of a network that is not from a file. */
    public int ownBlocks() {
      return blocks == null ? network.blocks : blocks;
    }

    @Override
    public boolean completesTexts() {
      return true;
    }

    /** The number of tokens that a network that is not from a file knows. */
    public int ownVocabulary() {
      return vocabulary == null ? ALL_TOKENS : Math.min(vocabulary, ALL_TOKENS);
    }

    @Override
    public Bias bias() {
      return Bias.FREE;
    }
  }

  /**
   * A LLaMA that is adapted. A run has the sizes of its file; a plan without a file has those of
   * the named network.
   *
   * @param network the network
   * @param maxPrompt tokens where a prompt is cut off; 384 if left out
   * @param maxAnswer tokens where an answer is cut off; 512 if left out
   * @param adapted the weights of each block that get an adapter; {@code null} where none does
   */
  record Llama(
      Network network,
      Integer maxPrompt,
      Integer maxAnswer,
      @JsonInclude(JsonInclude.Include.NON_NULL) List<String> adapted)
      implements ModelConfig {
    private static final int USUAL_PROMPT = 384;
    private static final int USUAL_ANSWER = 512;

    /** The network. */
    public enum Network {
      /** LLaMA-2 7B. */
      @JsonProperty("llama-7b")
      OF_7B,
      /** LLaMA-2 13B. */
      @JsonProperty("llama-13b")
      OF_13B,
      /** LLaMA-2 70B. */
      @JsonProperty("llama-70b")
      OF_70B
    }

    /** Checks the ranges. */
    public Llama {
      ConfigChecks.present("network", network);
      maxPrompt = maxPrompt == null ? USUAL_PROMPT : maxPrompt;
      maxAnswer = maxAnswer == null ? USUAL_ANSWER : maxAnswer;
      ConfigChecks.atLeast("maxPrompt", 1, maxPrompt);
      ConfigChecks.atLeast("maxAnswer", 1, maxAnswer);
      adapted = checkedWeights(adapted, LlamaBlock.WEIGHTS);
    }

    @Override
    public boolean completesTexts() {
      return true;
    }

    @Override
    public Bias bias() {
      return Bias.NONE;
    }
  }

  private static List<String> checkedWeights(List<String> adapted) {
    return checkedWeights(adapted, TransformerBlock.WEIGHTS);
  }

  private static List<String> checkedWeights(List<String> adapted, List<String> weights) {
    if (adapted != null && (adapted.isEmpty() || !weights.containsAll(adapted))) {
      throw new IllegalArgumentException(
          "adapted must be a subset of %s, was %s".formatted(weights, adapted));
    }
    return adapted == null ? null : List.copyOf(adapted);
  }
}
