// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.nola4j.datasets.nlg.Alpaca;
import org.nola4j.datasets.nlg.NlgSample;
import org.nola4j.datasets.nlg.NlgSplit;
import org.nola4j.datasets.source.DataSource;
import org.nola4j.datasets.text.Mmlu;
import org.nola4j.datasets.text.MmluQuestion;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.EvaluationConfig;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.ModelConfig;
import org.nola4j.experiments.network.CompletionTask;
import org.nola4j.experiments.network.GraphNetwork;
import org.nola4j.experiments.network.Network;
import org.nola4j.experiments.text.MmluEvaluation;
import org.nola4j.models.text.CompletionTokens;
import org.nola4j.models.text.TextTokenizer;

/** Alpaca's instructions with their answers; the model is asked the questions of MMLU too. */
final class Instructions implements CompletionTask {
  private static final String NAME = "alpaca";

  /** LLaMA's token that ends texts. */
  private static final int END = 2;

  private final Alpaca alpaca;
  private final TextTokenizer tokenizer;
  private final ModelConfig.Llama limits;
  private final int words;
  private final List<MmluQuestion> questions;

  /**
   * Opens the sets.
   *
   * @param tokenizer is closed with this
   * @param positions the most tokens that the model reads
   * @param words the model's number of tokens
   * @throws UserException if the configuration does not fit
   */
  Instructions(
      ExperimentConfig config,
      DataSource source,
      TextTokenizer tokenizer,
      int positions,
      int words) {
    if (!config.dataset().name().equals(NAME)) {
      throw new UserException(
          "dataset.name must be %s, was %s".formatted(NAME, config.dataset().name()));
    }
    this.limits = config.model().as(ModelConfig.Llama.class);
    if (limits.maxPrompt() + limits.maxAnswer() > positions + 1) {
      throw new UserException(
          "model.maxPrompt + model.maxAnswer must be at most %d, since the model has %d positions, was %d + %d"
              .formatted(positions + 1, positions, limits.maxPrompt(), limits.maxAnswer()));
    }
    this.alpaca = Alpaca.open(source);
    this.tokenizer = tokenizer;
    this.words = words;
    this.questions = questions(config.measurements().mmlu(), source);
  }

  private static List<MmluQuestion> questions(
      EvaluationConfig.Questions wanted, DataSource source) {
    if (wanted == null) {
      return List.of();
    }
    List<MmluQuestion> all = Mmlu.open(source).test(wanted.shots());
    return wanted.questions() == null ? all : MmluQuestion.first(wanted.questions(), all);
  }

  @Override
  public NlgSplit train() {
    return alpaca.train();
  }

  @Override
  public NlgSplit validation() {
    return alpaca.heldOut();
  }

  @Override
  public List<CompletionTokens> tokens(NlgSplit split) {
    List<CompletionTokens> encoded =
        CompletionTokens.instruct(
            tokenizer,
            split.samples().stream().map(NlgSample::context).toList(),
            split.samples().stream().map(NlgSample::completion).toList(),
            END,
            limits.maxPrompt(),
            limits.maxAnswer());
    int most = encoded.stream().flatMapToInt(each -> Arrays.stream(each.tokens())).max().orElse(0);
    if (most >= words) {
      throw new UserException(
          "the tokenizer has a token %d, but the model's are 0 to %d: use the model's own tokenizer"
              .formatted(most, words - 1));
    }
    return encoded;
  }

  @Override
  public Optional<Double> mmlu(Network network) {
    if (questions.isEmpty() || !(network instanceof GraphNetwork model)) {
      return Optional.empty();
    }
    MmluEvaluation evaluation = new MmluEvaluation(model.graph(), tokenizer);
    return Optional.of(MmluEvaluation.mean(evaluation.ask(questions)));
  }

  @Override
  public void addTo(MessageDigest digest) {
    questions.forEach(
        question -> digest.update((question.prompt() + '\n').getBytes(StandardCharsets.UTF_8)));
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
