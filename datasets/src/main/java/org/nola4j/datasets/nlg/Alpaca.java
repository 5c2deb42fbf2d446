// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.nlg;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.random.EpochOrder;
import org.nola4j.datasets.source.DataFile;
import org.nola4j.datasets.source.DataSource;
import org.nola4j.datasets.source.Downloader;
import org.nola4j.datasets.source.PublishedFiles;

/**
 * Stanford Alpaca: instructions, some with an input, and their answers, as QLoRA's prompts. Of all
 * examples 1,024, always the same ones, are held out.
 *
 * <p>Files: {@code alpaca_data.json} with 52,002 examples, or else the subset {@code
 * alpaca_5000.json}.
 */
public final class Alpaca {
  /** Examples that are not trained on. */
  public static final int HELD_OUT = 1024;

  private static final int SEED = 42;
  private static final String WHOLE = "alpaca_data.json";
  private static final String SUBSET = "alpaca_5000.json";

  private final List<NlgSample> samples;
  private final int[] order;

  private Alpaca(List<NlgSample> samples, Path file) {
    if (samples.size() <= HELD_OUT) {
      throw DataSetException.malformed(
          file,
          "more than %d examples".formatted(HELD_OUT),
          String.valueOf(samples.size()),
          NlgFiles.REMEDY);
    }
    this.samples = List.copyOf(samples);
    this.order = EpochOrder.shuffled(samples.size(), SEED).images(0, samples.size());
  }

  /**
   * Reads the examples.
   *
   * @throws DataSetException if there is no file, or it is wrong
   */
  public static Alpaca open(DataSource source) {
    Path folder = source.locate(new Files());
    Path file = Files.find(folder).orElseThrow();
    return new Alpaca(read(file), file);
  }

  private static List<NlgSample> read(Path file) {
    List<NlgSample> samples = new ArrayList<>();
    JsonNode all = NlgFiles.json(file);
    for (JsonNode example : all) {
      if (!example.path("instruction").isTextual() || !example.path("output").isTextual()) {
        throw NlgFiles.wrongEntry(
            file, samples.size() + 1, "an instruction and an output", example);
      }
      samples.add(
          new NlgSample(
              prompt(example.path("instruction").asText(), example.path("input").asText()),
              example.path("output").asText(),
              true));
    }
    return samples;
  }

  /**
   * The prompt of an instruction, word for word as QLoRA has it.
   *
   * @param input empty for none
   */
  public static String prompt(String instruction, String input) {
    return input.isEmpty()
        ? "Below is an instruction that describes a task. Write a response that appropriately"
            + " completes the request.\n\n### Instruction:\n"
            + instruction
            + "\n\n### Response: "
        : "Below is an instruction that describes a task, paired with an input that provides"
            + " further context. Write a response that appropriately completes the request.\n\n"
            + "### Instruction:\n"
            + instruction
            + "\n\n### Input:\n"
            + input
            + "\n\n### Response: ";
  }

  /** Examples to train on. */
  public NlgSplit train() {
    return split("alpaca train", HELD_OUT, samples.size());
  }

  /** Examples to measure. */
  public NlgSplit heldOut() {
    return split("alpaca held out", 0, HELD_OUT);
  }

  private NlgSplit split(String name, int from, int to) {
    return new NlgSplit(
        name, IntStream.range(from, to).map(i -> order[i]).mapToObj(samples::get).toList());
  }

  private static final class Files implements PublishedFiles {
    @Override
    public String name() {
      return "alpaca";
    }

    @Override
    public List<String> lackingIn(Path folder) {
      return find(folder).isPresent() ? List.of() : List.of(WHOLE);
    }

    static Optional<Path> find(Path folder) {
      return Stream.of(WHOLE, SUBSET)
          .flatMap(name -> DataFile.in(folder, name).stream())
          .findFirst();
    }

    @Override
    public String wanted() {
      return "Put Stanford Alpaca's %s, or its subset %s (plain, or gzipped as .gz),"
          .formatted(WHOLE, SUBSET);
    }

    @Override
    public void download(Path folder, Downloader downloader) throws IOException {
      throw new IOException("it has to be fetched by hand");
    }

    @Override
    public String alternative() {
      return "another folder, by --data";
    }
  }
}
