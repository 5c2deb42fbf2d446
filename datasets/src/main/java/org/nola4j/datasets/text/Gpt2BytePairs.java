// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.text;

import java.nio.file.Path;
import java.util.List;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.source.DataFile;
import org.nola4j.datasets.source.DataSource;
import org.nola4j.datasets.source.FetchedByHand;

/**
 * The files of GPT-2's vocabulary.
 *
 * @param vocabulary tokens with their numbers
 * @param merges pairs of tokens
 */
public record Gpt2BytePairs(Path vocabulary, Path merges) {
  private static final String VOCABULARY = "encoder.json";
  private static final String MERGES = "vocab.bpe";

  /**
   * Finds them in the folder {@code gpt2-bpe}.
   *
   * @throws DataSetException if they are not there
   */
  public static Gpt2BytePairs locate(DataSource source) {
    Path folder =
        source.locate(
            new FetchedByHand(
                "gpt2-bpe",
                "GPT-2's byte pairs",
                List.of(VOCABULARY, MERGES),
                "a trained model with a tokenizer of its own"));
    return new Gpt2BytePairs(DataFile.find(folder, VOCABULARY), DataFile.find(folder, MERGES));
  }
}
