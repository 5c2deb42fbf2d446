// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
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
      "Continues texts with a GPT-2 or a LLaMA, with an adapter or without, and prints what it"
          + " writes after each prompt.",
      "The likeliest token at each step is taken unless --beams or --temperature is set."
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
      description = "The text to continue; may be repeated. Default: the lines of standard input.")
  private List<String> prompts = List.of();

  @Option(
      names = "--data-to-text",
      description =
          "As adapters for data-to-text generation are trained and the paper decodes: the prompt is"
              + " followed by the token that ends texts, and unless set there are 10 beams, length"
              + " penalty 0.8 and no 4 tokens twice. Default: off.")
  private boolean dataToText;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      defaultValue = "64",
      description = "Write at most N tokens. Default: ${DEFAULT-VALUE}.")
  private int maxTokens;

  @Option(
      names = "--beams",
      paramLabel = "N",
      description = "Follow the N best hypotheses. Default: 1.")
  private Integer beams;

  @Option(
      names = "--length-penalty",
      paramLabel = "X",
      description =
          "A hypothesis scores its logarithm of probability, divided by length^X. Default: 1.")
  private Double lengthPenalty;

  @Option(
      names = "--no-repeat-ngram",
      paramLabel = "N",
      description = "Write no N tokens twice; 0 for no such rule. Default: 0.")
  private Integer noRepeatNgram;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "Draw tokens at random, with logits divided by T. Default: none are drawn.")
  private Double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "With --temperature: draw from the N likeliest tokens; 0 for all. Default:"
              + " ${DEFAULT-VALUE}.")
  private int topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      defaultValue = "1",
      description =
          "With --temperature: draw from the likeliest tokens that together reach probability P."
              + " Default: ${DEFAULT-VALUE}.")
  private double topP;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "With --temperature: of the random numbers. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Decoding decoding = decoding();
    PrintWriter out = spec.commandLine().getOut();
    try (TextGenerator generator =
        TextGenerator.read(model.base(), model.adapter(), model.tokenizer())) {
      if (!prompts.isEmpty()) {
        generator.write(prompts, dataToText, decoding).forEach(out::println);
        out.flush();
        return ExitCode.OK;
      }
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.isBlank()) {
          generator.write(List.of(line), dataToText, decoding).forEach(out::println);
          out.flush();
        }
      }
    } catch (NoSuchFileException e) {
      throw new UserException("no such file: " + e.getFile(), e);
    }
    return ExitCode.OK;
  }

  private Decoding decoding() {
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
          drawn ? new Sampling(temperature, topK, topP, seed) : null);
    } catch (IllegalArgumentException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  private static <T> T given(T value, T otherwise) {
    return value == null ? otherwise : value;
  }
}
