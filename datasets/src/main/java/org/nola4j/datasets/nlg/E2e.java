// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.nlg;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.source.Contents;

/** E2E in LoRA's format: {@code context||completion} in each line. */
final class E2e extends NlgFiles {
  private static final String BETWEEN = "||";

  E2e() {
    super("nlg/e2e", "e2e", "E2E as LoRA has it", List.of("train.txt", "valid.txt", "test.txt"));
  }

  @Override
  List<NlgSample> read(Path file) {
    List<String> lines;
    try {
      lines = new String(Contents.readAll(file), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw unreadable(file, e);
    }
    List<NlgSample> samples = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      samples.add(sample(lines.get(i), file, i + 1));
    }
    return samples;
  }

  private static NlgSample sample(String line, Path file, int number) {
    int bar = line.indexOf(BETWEEN);
    String context = bar < 0 ? "" : line.substring(0, bar).strip();
    String completion = bar < 0 ? "" : line.substring(bar + BETWEEN.length()).strip();
    if (context.isEmpty() || completion.isEmpty() || completion.contains(BETWEEN)) {
      throw DataSetException.malformed(
          file, "in line " + number + " CONTEXT||COMPLETION", line, REMEDY);
    }
    return new NlgSample(context, completion, true);
  }
}
