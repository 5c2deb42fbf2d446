// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.AdapterMismatchException;
import org.nola4j.experiments.common.UserException;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.Gpt2;
import org.nola4j.models.Llama;
import org.nola4j.models.checkpoint.CheckpointMismatchException;
import org.nola4j.models.checkpoint.Gpt2Checkpoint;
import org.nola4j.models.checkpoint.Llama2cCheckpoint;
import org.nola4j.models.checkpoint.LlamaCheckpoint;
import org.nola4j.models.checkpoint.LlamaSource;
import org.nola4j.models.text.TextTokenizer;
import org.nola4j.safetensors.TensorType;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;
import org.nola4j.transfer.ParameterReader;
import org.nola4j.transformer.LlamaBlock;
import org.nola4j.transformer.TransformerBlock;

/** The parts of a GPT-2 or LLaMA in files: its weights and, beside them, its tokenizer. */
public final class PretrainedDecoder {
  /** Texts that are too long are refused, not cut off. */
  private static final int UNCUT = 1 << 20;

  /** Vocabularies are often padded to a multiple of 64 or 128, and tokenizers get tokens added. */
  private static final double LEAST_SHARE = 0.9;

  private static final int PADDING = 127;

  private PretrainedDecoder() {}

  /**
   * Opens a model's tokenizer.
   *
   * @param base the file of the model, or its folder
   * @param tokenizer a file or folder; null for the folder of the base
   * @param setting what the user sets it with, for messages
   * @throws UserException if there is none, or it is of another model
   */
  public static TextTokenizer tokenizer(Path base, Path tokenizer, String setting)
      throws IOException {
    int words = words(base);
    Path place = tokenizer == null ? folder(base) : tokenizer;
    TextTokenizer opened;
    try {
      opened = tokenizer(place);
    } catch (NoSuchFileException e) {
      throw new UserException(
          "there is no tokenizer in %s: set %s to a tokenizer.json, tokenizer.model, llama2.c's tokenizer.bin, or a folder with encoder.json and vocab.bpe"
              .formatted(place, setting),
          e);
    } catch (FileFormatException e) {
      throw new UserException(e.getMessage(), e);
    }
    if (!isSameSize(opened.words(), words)) {
      opened.close();
      throw new UserException(
          "the tokenizer in %s has %,d tokens, but the model in %s %,d: set %s to the model's own"
              .formatted(place, opened.words(), base, words, setting));
    }
    return opened;
  }

  private static boolean isSameSize(int tokens, int words) {
    int larger = Math.max(tokens, words);
    int smaller = Math.min(tokens, words);
    return larger - smaller <= PADDING || smaller >= LEAST_SHARE * larger;
  }

  private static TextTokenizer tokenizer(Path place) throws IOException {
    if (Files.isDirectory(place)) {
      return TextTokenizer.in(place, UNCUT);
    }
    return isBinary(place) || place.toString().endsWith(".model")
        ? TextTokenizer.ofSentencePieces(place, UNCUT)
        : TextTokenizer.open(place, UNCUT);
  }

  /** A model's tokens; no weight is read. */
  private static int words(Path base) throws IOException {
    try {
      Optional<LlamaSource> llama = llama(base);
      if (llama.isPresent()) {
        try (LlamaSource source = llama.get()) {
          return source.dimensions().vocabularySize();
        }
      }
      try (Gpt2Checkpoint checkpoint = Gpt2Checkpoint.open(base)) {
        return checkpoint.dimensions().vocabularySize();
      }
    } catch (NoSuchFileException e) {
      throw new UserException(
          "no such file: %s; give a model's folder or its safetensors".formatted(e.getFile()), e);
    } catch (FileFormatException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  /** Whether a file, of a model or a tokenizer, is one of llama2.c. */
  private static boolean isBinary(Path file) {
    return file.toString().endsWith(".bin");
  }

  /**
   * Opens a LLaMA of Hugging Face's names or, in a {@code .bin}, of llama2.c; empty for another
   * model of Hugging Face's names.
   *
   * @throws NoSuchFileException if there is no such file
   * @throws FileFormatException if it is damaged
   */
  public static Optional<LlamaSource> llama(Path base) throws IOException {
    if (isBinary(base)) {
      return Optional.of(Llama2cCheckpoint.open(base));
    }
    return LlamaCheckpoint.isLlama(base)
        ? Optional.of(LlamaCheckpoint.open(base))
        : Optional.empty();
  }

  /**
   * Reads a model as {@link #read(Path)} does, with an adapter or in fewer bits: a LLaMA goes into
   * these as it is read.
   *
   * @param adapter null for none; it says the bits of its base
   * @param bits of the weights where there is no adapter, 8 or 16; 0 for float32
   * @throws UserException if a file is not what it should be, or they do not fit
   */
  public static ComputationGraph read(Path base, Path adapter, int bits) throws IOException {
    try {
      if (adapter != null) {
        return adapted(base, Adapter.read(adapter));
      }
      return bits == 0 ? read(base) : compact(base, bits);
    } catch (FileFormatException | CheckpointMismatchException | AdapterMismatchException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  private static ComputationGraph compact(Path base, int bits) throws IOException {
    AdapterPlan plan = AdapterPlan.builder().trainNothing().frozenBits(bits).build();
    return wrapped(
            base,
            (conf, reader) -> Adapters.read(conf, reader, plan),
            network -> Adapters.wrap(network, plan))
        .network();
  }

  private static ComputationGraph adapted(Path base, Adapter adapter) throws IOException {
    requireArchitecture(base, adapter);
    return replacesAll(adapter) ? replaced(base, adapter) : wrapped(base, adapter).network();
  }

  /**
   * Reads a model and adds an adapter to its weights, which are then float32 and dense, without
   * changing its outputs up to rounding.
   *
   * @throws UserException if a file is not what it should be, or they do not fit
   * @throws IllegalStateException if the adapter inserted layers, which cannot be merged
   */
  public static ComputationGraph merged(Path base, Path adapter) throws IOException {
    try {
      Adapter task = Adapter.read(adapter);
      requireArchitecture(base, task);
      return replacesAll(task) ? replaced(base, task) : wrapped(base, task).merge();
    } catch (FileFormatException | CheckpointMismatchException | AdapterMismatchException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  /**
   * Writes a model of dense weights with Hugging Face's names, and its {@code config.json} beside
   * it.
   */
  public static void write(ComputationGraph network, Path file, TensorType type)
      throws IOException {
    if (network.getLayer(Llama.block(0)).conf().getLayer() instanceof LlamaBlock) {
      LlamaCheckpoint.write(network, file, type);
    } else {
      Gpt2Checkpoint.write(network, file, type);
    }
  }

  /** Fails for an adapter over the blocks of the other architecture. */
  private static void requireArchitecture(Path base, Adapter adapter) throws IOException {
    boolean llama = isBinary(base) || LlamaCheckpoint.isLlama(base);
    String other = (llama ? TransformerBlock.class : LlamaBlock.class).getSimpleName();
    if (adapter.layers().stream().anyMatch(layer -> layer.type().endsWith(other))) {
      throw new UserException(
          "the adapter is of a %s, but %s is a %s: pass the model over which it was trained"
              .formatted(llama ? "GPT-2" : "LLaMA", base, llama ? "LLaMA" : "GPT-2"));
    }
  }

  /** Whether an adapter has all weights of a network, as after training them all. */
  private static boolean replacesAll(Adapter adapter) {
    return adapter.layers().stream().anyMatch(layer -> layer.name().equals(Gpt2.EMBEDDING));
  }

  private static ComputationGraph replaced(Path base, Adapter adapter) throws IOException {
    ComputationGraph network = read(base);
    adapter.applyTo(network);
    return network;
  }

  private static Adapters<ComputationGraph> wrapped(Path base, Adapter adapter) throws IOException {
    return wrapped(
        base,
        (conf, reader) -> Adapters.read(conf, reader, adapter),
        network -> Adapters.wrap(network, adapter));
  }

  /**
   * Wraps a model: a LLaMA as it is read, another one afterwards.
   *
   * @param reading wraps one of a configuration and its weights
   * @param wrapping wraps one in memory
   */
  private static Adapters<ComputationGraph> wrapped(
      Path base,
      BiFunction<ComputationGraphConfiguration, ParameterReader, Adapters<ComputationGraph>>
          reading,
      Function<ComputationGraph, Adapters<ComputationGraph>> wrapping)
      throws IOException {
    Optional<LlamaSource> llama = llama(base);
    if (llama.isEmpty()) {
      return wrapping.apply(read(base));
    }
    try (LlamaSource source = llama.get()) {
      return reading.apply(build(source.model(), base).conf(), source.parameters());
    }
  }

  /**
   * Reads a model: a GPT-2 or LLaMA of Hugging Face's names, or a LLaMA of llama2.c ({@code .bin}).
   *
   * @throws UserException if the number of heads is unknown
   * @throws FileFormatException if it is neither
   */
  public static ComputationGraph read(Path base) throws IOException {
    Optional<LlamaSource> llama = llama(base);
    if (llama.isPresent()) {
      try (LlamaSource source = llama.get()) {
        ComputationGraph network = build(source.model(), base).init();
        source.readInto(network);
        return network;
      }
    }
    try (Gpt2Checkpoint checkpoint = Gpt2Checkpoint.open(base)) {
      ComputationGraph network = build(checkpoint.model(), base).init();
      checkpoint.readInto(network);
      return network;
    }
  }

  private static Path folder(Path base) {
    return Files.isDirectory(base) ? base : base.toAbsolutePath().getParent();
  }

  /**
   * Builds the model of a file.
   *
   * @throws UserException if the number of heads is unknown
   */
  public static Gpt2 build(Gpt2.Builder model, Path base) {
    try {
      return model.build();
    } catch (IllegalStateException e) {
      throw noHeads(base, "n_head", e);
    }
  }

  /** As {@link #build(Gpt2.Builder, Path)}. */
  public static Llama build(Llama.Builder model, Path base) {
    try {
      return model.build();
    } catch (IllegalStateException e) {
      throw noHeads(base, "num_attention_heads", e);
    }
  }

  private static UserException noHeads(Path base, String key, IllegalStateException cause) {
    return new UserException(
        base
            + " does not say how many heads its attention has: put the model's config.json, with \""
            + key
            + "\", beside it",
        cause);
  }
}
