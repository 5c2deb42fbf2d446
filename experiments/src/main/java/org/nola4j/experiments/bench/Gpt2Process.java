// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import java.util.List;
import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.experiments.network.GraphNetwork;
import org.nola4j.models.generation.Decoding;
import org.nola4j.models.generation.Generator;

/** Measures training and generation of a language model in a separate process. */
final class Gpt2Process {
  private static final int BEAMS = 10;

  private Gpt2Process() {}

  /** Measures in a new process with the flags of this one. */
  static Gpt2Times measure(Gpt2Task task) {
    return MeasuringProcess.run(
        Gpt2Process.class, task.arguments(), task.method(), Gpt2Times.class);
  }

  /** Measures, and prints the result as one line. */
  public static void main(String[] arguments) {
    MeasuringProcess.print(time(Gpt2Task.parse(arguments)));
  }

  private static Gpt2Times time(Gpt2Task task) {
    GraphNetwork network = task.network();
    Random random = new Random(1);
    DataSet batch = new DataSet(numbers(task, random), numbers(task, random), null, null);
    Stopwatch.Times step = Stopwatch.time(task.seconds(), () -> network.fit(batch));
    Generator generator = Generator.of(network.graph());
    List<int[]> prompt =
        List.of(random.ints(task.generated(), 0, task.model().ownVocabulary()).toArray());
    return new Gpt2Times(
        network.count().trained(),
        step.median(),
        step.min(),
        tokensASecond(generator, prompt, Decoding.greedy(task.generated()), task),
        tokensASecond(generator, prompt, Decoding.beam(task.generated(), BEAMS), task),
        PeakMemory.bytesOrNull());
  }

  private static INDArray numbers(Gpt2Task task, Random random) {
    int[] numbers =
        random.ints((long) task.batch() * task.tokens(), 0, task.model().ownVocabulary()).toArray();
    return Nd4j.createFromArray(numbers)
        .castTo(DataType.FLOAT)
        .reshape(task.batch(), task.tokens());
  }

  private static double tokensASecond(
      Generator generator, List<int[]> prompt, Decoding decoding, Gpt2Task task) {
    Stopwatch.Times times =
        Stopwatch.time(task.seconds(), () -> generator.generate(prompt, decoding));
    return 1e3 * task.generated() / times.median();
  }
}
