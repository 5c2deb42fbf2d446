// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.text;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.source.DataFile;

/**
 * The questions of MMLU (Hendrycks et al., ICLR 2021) by subject, from QLoRA's JSON lines.
 *
 * <p>A text is the question alone: neither the heading, which names the subject, nor the four
 * options. Trained on are the dev questions, five a subject, and those of val.
 */
final class MmluSubjects extends TextSet {

  MmluSubjects() {
    super(
        Mmlu.FOLDER,
        "mmlu-subjects",
        Mmlu.ORIGIN,
        List.of(Mmlu.DEV, Mmlu.VALIDATION, Mmlu.TEST),
        57);
  }

  @Override
  TextSplits open(Path folder) {
    Questions train = new Questions();
    train.read(DataFile.find(folder, Mmlu.DEV));
    train.read(DataFile.find(folder, Mmlu.VALIDATION));
    Questions test = new Questions();
    test.read(DataFile.find(folder, Mmlu.TEST));
    List<String> classes = LabeledTexts.classesOf(train.subjects);
    return new TextSplits(
        train.labeled(setName() + " train", classes), test.labeled(setName() + " test", classes));
  }

  private static final class Questions {
    private final List<String> subjects = new ArrayList<>();
    private final List<String> texts = new ArrayList<>();

    LabeledTexts labeled(String name, List<String> classes) {
      try {
        return LabeledTexts.of(name, classes, texts, subjects);
      } catch (IllegalArgumentException e) {
        throw new DataSetException(e.getMessage(), e);
      }
    }

    void read(Path file) {
      for (MmluQuestion question : MmluQuestion.read(file)) {
        subjects.add(question.subject());
        texts.add(question.text());
      }
    }
  }
}
