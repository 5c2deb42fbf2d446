// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.nola4j.experiments.common.UserException;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.Gpt2;
import org.nola4j.models.text.TextTokenizer;

/** The parts of a GPT-2 in files: its weights and, beside them, its tokenizer. */
public final class PretrainedDecoder {
  /** Texts that are too long are refused, not cut off. */
  private static final int UNCUT = 1 << 20;

  private PretrainedDecoder() {}

  /**
   * Opens a tokenizer.
   *
   * @param base the file of the GPT-2, or its folder
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
      return Files.isDirectory(place)
          ? TextTokenizer.in(place, UNCUT)
          : TextTokenizer.open(place, UNCUT);
    } catch (NoSuchFileException e) {
      throw new UserException(
          "there is no tokenizer in "
              + place
              + ": pass --tokenizer with a tokenizer.json, or a folder with encoder.json and"
              + " vocab.bpe",
          e);
    } catch (FileFormatException e) {
      throw new UserException(e.getMessage(), e);
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
      throw new UserException(
          base
              + " does not say how many heads its attention has: put the model's config.json, with"
              + " \"n_head\", beside it",
          e);
    }
  }
}
