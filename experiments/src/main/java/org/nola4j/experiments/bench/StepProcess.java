// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.experiments.network.Network;

/**
 * Measures one method in a separate process. The peak memory of a process never decreases, and a
 * method must not inherit another one's memory and compiled code.
 */
final class StepProcess {
  private StepProcess() {}

  /** Measures in a new process with the flags of this one. */
  static StepTimes measure(StepTask task) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(StepProcess.class.getName());
    command.addAll(task.arguments());
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int status = process.waitFor();
      if (status != 0) {
        throw new IllegalStateException(
            "the process that measured %s ended with status %d".formatted(task.label(), status));
      }
      return read(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** The result is the last line; Deeplearning4j prints others before it. */
  private static StepTimes read(String output) throws JsonProcessingException {
    String last = output.lines().reduce((before, line) -> line).orElse("");
    return Json.STRICT.readValue(last, StepTimes.class);
  }

  /** Measures, and prints the result as one line. */
  public static void main(String[] arguments) {
    System.out.println(Json.tree(time(StepTask.parse(arguments))));
  }

  private static StepTimes time(StepTask task) {
    ExampleShape shape = task.model().shape(task.imageSize());
    Network network = task.model().experiment().network(task.config(), shape);
    INDArray features = Nd4j.rand(task.model().batchOf(task.batch(), task.imageSize()));
    DataSet batch = new DataSet(features, labels(shape, task.batch()));
    Runnable pass =
        switch (task.pass()) {
          case TRAINING -> () -> network.fit(batch);
          case INFERENCE -> () -> network.output(features);
        };
    Stopwatch.Times times = Stopwatch.time(task.seconds(), pass);
    return new StepTimes(
        task.pass() == StepTask.Pass.TRAINING ? network.count().trained() : 0,
        times.median(),
        times.min(),
        PeakMemory.bytes().isPresent() ? PeakMemory.bytes().getAsLong() : null);
  }

  private static INDArray labels(ExampleShape shape, int batch) {
    INDArray labels = Nd4j.zeros(batch, shape.classes());
    for (int i = 0; i < batch; i++) {
      labels.putScalar(i, i % shape.classes(), 1);
    }
    return labels;
  }
}
