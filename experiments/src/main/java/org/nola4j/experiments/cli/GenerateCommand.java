// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
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
      "Takes the likeliest token at each step unless --beams or --temperature is set."
    },
    footer = {
      "",
      "Example: nola generate --base gpt2 --adapter e2e.safetensors --data-to-text --prompt 'name :"
          + " Blue Spice | Type : coffee shop'"
    },
    mixinStandardHelpOptions = true)
final class GenerateCommand implements Callable<Integer> {
  @Mixin private DecoderOptions model;

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description =
          "Text to continue; repeatable. Default: the lines of standard input, each of which gets"
              + " one line: an empty one if it is empty, and with spaces for line breaks.")
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
        generator.write(prompts, dataToText, decoding).forEach(out::println);
        out.flush();
        return ExitCode.OK;
      }
      TextLines lines = TextLines.of(System.in, "standard input");
      for (String line = lines.next(); line != null; line = lines.next()) {
        out.println(line.isBlank() ? "" : inOneLine(generator, line, decoding));
        out.flush();
      }
    } catch (NoSuchFileException e) {
      throw new UserException("no such file: " + e.getFile(), e);
    }
    return ExitCode.OK;
  }

  private String inOneLine(TextGenerator generator, String prompt, Decoding decoding) {
    String text = generator.write(List.of(prompt), dataToText, decoding).get(0);
    return text.replaceAll("\\s*\\R\\s*", " ");
  }

  private Decoding decoding() {
    boolean drawn = temperature != null;
    requireTogether(drawn);
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
      throw new UserException(named(e.getMessage()), e);
    }
  }

  private void requireTogether(boolean drawn) {
    if (prompts.stream().anyMatch(String::isBlank)) {
      throw new UserException("--prompt: expected a text to continue, but it is empty");
    }
    if (drawn && given(beams, 1) > 1) {
      throw new UserException("--temperature draws tokens, --beams ranks texts: leave one out");
    }
    if (!drawn && (topK != null || topP != null || seed != null)) {
      throw new UserException(
          "%s is for drawing tokens: add --temperature, or leave it out"
              .formatted(topK != null ? "--top-k" : topP != null ? "--top-p" : "--seed"));
    }
  }

  /** A message with the option's name instead of that in Java, which it begins with. */
  private static String named(String message) {
    String[] parts = message.split(" ", 2);
    String option = parts[0].equals("maxNewTokens") ? "maxTokens" : parts[0];
    return "--" + option.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT) + " " + parts[1];
  }

  private static <T> T given(T value, T otherwise) {
    return value == null ? otherwise : value;
  }
}
