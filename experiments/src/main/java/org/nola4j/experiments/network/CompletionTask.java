// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.io.Closeable;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import org.nola4j.datasets.nlg.NlgSplit;
import org.nola4j.models.text.CompletionTokens;

/** Contexts that a language model completes, their tokens, and what else it is measured by. */
public interface CompletionTask extends Closeable {
  /** Samples to train on. */
  NlgSplit train();

  /** Samples whose loss is measured. */
  NlgSplit validation();

  /** The tokens of samples. */
  List<CompletionTokens> tokens(NlgSplit split);

  /** Inputs for which the model writes texts; empty for none. */
  default Optional<TextTask> texts() {
    return Optional.empty();
  }

  /** As {@link TrainingData#mmlu}. */
  default Optional<Double> mmlu(Network network) {
    return Optional.empty();
  }

  /** Adds to a digest what is measured beside the samples. */
  default void addTo(MessageDigest digest) {}

  @Override
  void close();
}
