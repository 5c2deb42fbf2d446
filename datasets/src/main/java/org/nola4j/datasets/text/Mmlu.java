// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.text;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.source.DataFile;
import org.nola4j.datasets.source.DataSource;
import org.nola4j.datasets.source.FetchedByHand;

/**
 * MMLU (Hendrycks et al., ICLR 2021), to ask language models: 57 subjects, 14,042 questions of the
 * test set and 1,531 of the validation set, alone or after examples with their answers, at most
 * five of the same subject.
 */
public final class Mmlu {
  /** Examples that each subject has. */
  public static final int MOST_SHOTS = 5;

  /** Possible answers, in the order of the options. */
  public static final List<String> ANSWERS = List.of("A", "B", "C", "D");

  static final String FOLDER = "mmlu";
  static final String ORIGIN = "MMLU as QLoRA has it";
  static final String DEV = "zero_shot_mmlu_dev.json";
  static final String VALIDATION = "zero_shot_mmlu_val.json";
  static final String TEST = "zero_shot_mmlu_test.json";

  private final Path folder;

  private Mmlu(Path folder) {
    this.folder = folder;
  }

  /**
   * Finds the files in the folder {@code mmlu}.
   *
   * @throws DataSetException if they are not there
   */
  public static Mmlu open(DataSource source) {
    FetchedByHand files =
        new FetchedByHand(
            FOLDER, ORIGIN, List.of(DEV, VALIDATION, TEST), "a folder with them, by --data");
    return new Mmlu(source.locate(files));
  }

  /**
   * The questions of the test set in the order of the file.
   *
   * @param shots examples before each, from 0 to 5
   * @throws DataSetException if a file is wrong or a subject has fewer examples
   */
  public List<MmluQuestion> test(int shots) {
    return questions(TEST, shots);
  }

  /** As {@link #test}, of the validation set. */
  public List<MmluQuestion> validation(int shots) {
    return questions(VALIDATION, shots);
  }

  private List<MmluQuestion> questions(String name, int shots) {
    List<MmluQuestion> questions = read(name);
    if (shots == 0) {
      return questions;
    }
    Map<String, List<MmluQuestion>> examples =
        read(DEV).stream().collect(Collectors.groupingBy(MmluQuestion::subject));
    return questions.stream()
        .map(
            question ->
                after(examples.getOrDefault(question.subject(), List.of()), shots, question))
        .toList();
  }

  /** The examples stand between the heading and the question, each with its answer. */
  private static MmluQuestion after(List<MmluQuestion> examples, int shots, MmluQuestion question) {
    if (shots < 0 || shots > examples.size()) {
      throw new DataSetException(
          "MMLU has %d examples of %s, but %d were asked for"
              .formatted(examples.size(), question.subject(), shots));
    }
    String solved =
        examples.subList(0, shots).stream()
            .map(example -> example.question() + " " + example.answer() + "\n\n")
            .collect(Collectors.joining());
    return new MmluQuestion(
        question.subject(), question.heading() + solved + question.question(), question.answer());
  }

  private List<MmluQuestion> read(String name) {
    Path file = DataFile.find(folder, name);
    List<MmluQuestion> questions = MmluQuestion.read(file);
    for (MmluQuestion question : questions) {
      if (!ANSWERS.contains(question.answer())) {
        throw DataSetException.malformed(
            file,
            "an output A, B, C or D of every question",
            question.answer(),
            "fetch the file again");
      }
    }
    return questions;
  }
}
