// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.nola4j.experiments.common.TextLines;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.text.TextGenerator;
import org.nola4j.models.generation.Decoding;
import org.nola4j.models.generation.Decoding.Sampling;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Continues texts with a GPT-2 or LLaMA and an adapter. */
@Command(
    name = "generate",
    description = {
      "Continues texts with a GPT-2 or LLaMA model, with or without an adapter, and prints each"
          + " continuation.",
      "Takes the likeliest token at each step unless --beams or --temperature is set.",
      "Each line of standard input gives one line: a blank line gives a blank one, and line breaks"
          + " in a continuation are printed as spaces. Continuations of --prompt are printed as they"
          + " are."
    },
    footer = {
      "",
      "Example: nola generate --base gpt2 --adapter e2e.safetensors --data-to-text --prompt 'name :"
          + " Blue Spice | Type : coffee shop'"
    },
    mixinStandardHelpOptions = true)
final class GenerateCommand implements Callable<Integer> {
  /** The settings of {@link Decoding} and the options that set them. */
  private static final Map<String, String> OPTIONS =
      Map.of(
          "maxNewTokens", "--max-tokens",
          "noRepeatNgram", "--no-repeat-ngram",
          "beams", "--beams",
          "lengthPenalty", "--length-penalty",
          "sampling", "--temperature",
          "temperature", "--temperature",
          "topK", "--top-k",
          "topP", "--top-p");

  private static final Pattern SETTING =
      Pattern.compile("(?<![\\w-])(%s)\\b".formatted(String.join("|", OPTIONS.keySet())));

  @Mixin private DecoderOptions model;

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description = "Text to continue; repeatable. Default: the lines of standard input.")
  private List<String> prompts = List.of();

  @Option(
      names = "--data-to-text",
      description =
          "Decode as the paper does for data-to-text generation: put the end-of-text token after"
              + " the prompt, as in training, and use 10 beams, length penalty 0.8, and no repeated"
              + " 4-grams unless set otherwise. Default: off.")
  private boolean dataToText;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      defaultValue = "64",
      description = "Generate at most N tokens. Default: ${DEFAULT-VALUE}.")
  private int maxTokens;

  @Option(
      names = "--beams",
      paramLabel = "N",
      description = "Follow the N best hypotheses. Default: 1.")
  private Integer beams;

  @Option(
      names = "--length-penalty",
      paramLabel = "X",
      description = "Rank hypotheses by log probability divided by length^X. Default: 1.")
  private Double lengthPenalty;

  @Option(
      names = "--no-repeat-ngram",
      paramLabel = "N",
      description = "Never repeat a sequence of N tokens; 0 allows it. Default: 0.")
  private Integer noRepeatNgram;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "Sample tokens, with logits divided by T. Default: no sampling.")
  private Double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "N",
      description =
          "With --temperature: sample from the N likeliest tokens; 0 for all. Default: 0.")
  private Integer topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description =
          "With --temperature: sample from the likeliest tokens that together reach probability P."
              + " Default: 1.")
  private Double topP;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "With --temperature: seed of the samples. Default: 1.")
  private Long seed;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Decoding decoding = decoding();
    PrintWriter out = spec.commandLine().getOut();
    try (TextGenerator generator =
        TextGenerator.read(model.base(), model.adapter(), model.bits(), model.tokenizer())) {
      if (!prompts.isEmpty()) {
        write(generator, prompts, decoding).forEach(out::println);
        out.flush();
        return ExitCode.OK;
      }
      TextLines lines = TextLines.of(System.in, "standard input");
      int number = 0;
      for (String line = lines.next(); line != null; line = lines.next()) {
        number++;
        out.println(line.isBlank() ? "" : continued(generator, line, number, decoding));
        out.flush();
      }
    } catch (NoSuchFileException e) {
      throw new UserException("no such file: " + e.getFile(), e);
    }
    return ExitCode.OK;
  }

  /** On one line, so that the lines of the output are those of the input. */
  private String continued(TextGenerator generator, String line, int number, Decoding decoding) {
    try {
      return write(generator, List.of(line), decoding).get(0).replaceAll("\\s*\\R\\s*", " ");
    } catch (UserException e) {
      throw new UserException("standard input, line %d: %s".formatted(number, e.getMessage()), e);
    }
  }

  private List<String> write(TextGenerator generator, List<String> texts, Decoding decoding) {
    try {
      return generator.write(texts, dataToText, decoding);
    } catch (UserException e) {
      String message = inOptions(e.getMessage());
      throw new UserException(
          texts.size() == 1 ? message.replaceFirst("^prompt 0 ", "the prompt ") : message, e);
    }
  }

  /** Puts options into a message that names the settings of {@link Decoding}. */
  private static String inOptions(String message) {
    return SETTING.matcher(message).replaceAll(found -> OPTIONS.get(found.group()));
  }

  private void requireTemperature(String option, Object value) {
    if (value != null && temperature == null) {
      throw new UserException(
          "%s needs --temperature, without which no tokens are drawn".formatted(option));
    }
  }

  private Decoding decoding() {
    requireTemperature("--top-k", topK);
    requireTemperature("--top-p", topP);
    requireTemperature("--seed", seed);
    boolean drawn = temperature != null;
    boolean asPaper = dataToText && !drawn;
    Decoding paper = Decoding.nola();
    try {
      return new Decoding(
          maxTokens,
          Set.of(),
          given(noRepeatNgram, asPaper ? paper.noRepeatNgram() : 0),
          given(beams, asPaper ? paper.beams() : 1),
          given(lengthPenalty, asPaper ? paper.lengthPenalty() : 1),
          drawn
              ? new Sampling(temperature, given(topK, 0), given(topP, 1.0), given(seed, 1L))
              : null);
    } catch (IllegalArgumentException e) {
      throw new UserException(inOptions(e.getMessage()), e);
    }
  }

  private static <T> T given(T value, T otherwise) {
    return value == null ? otherwise : value;
  }
}
