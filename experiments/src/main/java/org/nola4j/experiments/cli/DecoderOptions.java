// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.text.PretrainedDecoder;
import picocli.CommandLine.Option;

/** Options for a language model, its adapter, and its tokenizer. */
final class DecoderOptions {
  @Option(
      names = "--base",
      required = true,
      paramLabel = "FILE",
      description =
          "The GPT-2 or LLaMA: a .safetensors file, model.safetensors.index.json, a folder with"
              + " either, or a LLaMA of llama2.c (.bin). Required.")
  private Path base;

  @Option(
      names = "--adapter",
      paramLabel = "FILE",
      description = "Adapter file (.safetensors). Default: none.")
  private Path adapter;

  @Option(
      names = "--tokenizer",
      paramLabel = "FILE",
      description =
          "tokenizer.json, tokenizer.model, llama2.c's tokenizer.bin, or a folder with one of them"
              + " or with encoder.json and vocab.bpe. Default: the folder of the base.")
  private Path tokenizer;

  @Option(
      names = "--bits",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Bits of the weights without an adapter: 8 (integers) or 16 (bfloat16); an adapter has"
              + " those of its base. Default: 0, for float32.")
  private int bits;

  /**
   * The network, with its adapter.
   *
   * @throws UserException if a file is not what it should be, or they do not fit
   */
  ComputationGraph read() throws IOException {
    return PretrainedDecoder.read(base, adapter, bits());
  }

  /** The bits of the weights without an adapter; 0 for float32. */
  int bits() {
    if (bits != 0 && bits != 8 && bits != 16) {
      throw new UserException("--bits must be 8, 16 or 0 for float32, was " + bits);
    }
    if (bits != 0 && adapter != null) {
      throw new UserException("--bits: the adapter says the bits of its base; remove the option");
    }
    return bits;
  }

  Path base() {
    return base;
  }

  /** Null for none. */
  Path adapter() {
    return adapter;
  }

  /** Null for the folder of the base. */
  Path tokenizer() {
    return tokenizer;
  }
}
