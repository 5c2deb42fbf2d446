// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
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
import org.nola4j.models.text.TextTokenizer;
import org.nola4j.transfer.Adapters;

/** The parts of a GPT-2 or LLaMA in files: its weights and, beside them, its tokenizer. */
public final class PretrainedDecoder {
  /** Texts that are too long are refused, not cut off. */
  private static final int UNCUT = 1 << 20;

  private PretrainedDecoder() {}

  /**
   * Opens a tokenizer.
   *
   * @param base the file of the model, or its folder
   * @param tokenizer a file or folder; null for the folder of the base
   * @throws UserException if there is none
   */
  public static TextTokenizer tokenizer(Path base, Path tokenizer) throws IOException {
    if (!Files.exists(base)) {
      throw new UserException(
          "no such file or folder: " + base + "; --base takes a model's folder or its safetensors");
    }
    Path place = tokenizer == null ? folder(base) : tokenizer;
    try {
      if (Files.isDirectory(place)) {
        return TextTokenizer.in(place, UNCUT);
      }
      return isBinary(place)
          ? TextTokenizer.ofSentencePieces(place, UNCUT)
          : TextTokenizer.open(place, UNCUT);
    } catch (NoSuchFileException e) {
      throw new UserException(
          "there is no tokenizer in "
              + place
              + ": pass --tokenizer with a tokenizer.json, llama2.c's tokenizer.bin, or a folder"
              + " with encoder.json and vocab.bpe",
          e);
    } catch (FileFormatException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  /**
   * Whether a file is one of llama2.c.
   *
   * @param file of a model or a tokenizer
   */
  private static boolean isBinary(Path file) {
    return file.toString().endsWith(".bin");
  }

  /**
   * Reads a model as {@link #read(Path)} does, with an adapter: a LLaMA whose adapter has a base of
   * fewer bits goes into these as it is read.
   *
   * @param adapter null for none
   * @throws UserException if a file is not what it should be, or they do not fit
   */
  public static ComputationGraph read(Path base, Path adapter) throws IOException {
    try {
      return adapter == null ? read(base) : adapted(base, Adapter.read(adapter));
    } catch (FileFormatException | CheckpointMismatchException | AdapterMismatchException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  private static ComputationGraph adapted(Path base, Adapter adapter) throws IOException {
    boolean whole =
        adapter.layers().stream().anyMatch(layer -> layer.name().equals(Gpt2.EMBEDDING));
    if (whole) {
      ComputationGraph network = read(base);
      adapter.applyTo(network);
      return network;
    }
    if (isBinary(base)) {
      Llama2cCheckpoint checkpoint = Llama2cCheckpoint.open(base);
      return Adapters.read(checkpoint.model().build().conf(), checkpoint.parameters(), adapter)
          .network();
    }
    if (LlamaCheckpoint.isLlama(base)) {
      try (LlamaCheckpoint checkpoint = LlamaCheckpoint.open(base)) {
        Llama model = build(checkpoint.model(), base);
        return Adapters.read(model.conf(), checkpoint.parameters(), adapter).network();
      }
    }
    return Adapters.wrap(read(base), adapter).network();
  }

  /**
   * Reads a model: a GPT-2 or LLaMA of Hugging Face's names, or a LLaMA of llama2.c ({@code .bin}).
   *
   * @throws UserException if the number of heads is unknown
   * @throws FileFormatException if it is neither
   */
  public static ComputationGraph read(Path base) throws IOException {
    if (isBinary(base)) {
      Llama2cCheckpoint checkpoint = Llama2cCheckpoint.open(base);
      ComputationGraph network = checkpoint.model().build().init();
      checkpoint.readInto(network);
      return network;
    }
    if (LlamaCheckpoint.isLlama(base)) {
      try (LlamaCheckpoint checkpoint = LlamaCheckpoint.open(base)) {
        ComputationGraph network = build(checkpoint.model(), base).init();
        checkpoint.readInto(network);
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
