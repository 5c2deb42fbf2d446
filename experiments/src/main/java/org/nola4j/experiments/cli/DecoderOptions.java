// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Options for a language model, its adapter, and its tokenizer. */
final class DecoderOptions {
  @Option(
      names = "--base",
      required = true,
      paramLabel = "FILE",
      description =
          "The GPT-2 or LLaMA: a .safetensors file, model.safetensors.index.json, a folder with"
              + " either, or a LLaMA of llama2.c (.bin). Default: none, it must be given.")
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
          "tokenizer.json, llama2.c's tokenizer.bin, or a folder with one of them or with"
              + " encoder.json and vocab.bpe. Default: the folder of the base.")
  private Path tokenizer;

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
