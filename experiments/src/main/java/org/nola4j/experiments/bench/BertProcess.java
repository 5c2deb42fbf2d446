// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import java.util.Random;
import java.util.function.Function;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.experiments.network.GraphNetwork;
import org.nola4j.experiments.network.Network.LastLayer;

/** Measures training of a text encoder, and embedding with it, in a separate process. */
final class BertProcess {
  /** Texts that are embedded at once. */
  static final int MANY = 32;

  private BertProcess() {}

  /** Measures in a new process with the flags of this one. */
  static BertTimes measure(BertTask task) {
    return MeasuringProcess.run(
        BertProcess.class, task.arguments(), task.method(), BertTimes.class);
  }

  /** Measures, and prints the result as one line. */
  public static void main(String[] arguments) {
    MeasuringProcess.print(time(BertTask.parse(arguments)));
  }

  private static BertTimes time(BertTask task) {
    GraphNetwork network = task.network();
    DataSet batch = texts(task.batch(), task);
    Stopwatch.Times step = Stopwatch.time(task.seconds(), () -> network.fit(batch));
    return new BertTimes(
        network.count().trained(),
        step.median(),
        step.min(),
        embedding(network, 1, task),
        embedding(network, MANY, task),
        PeakMemory.bytesOrNull());
  }

  private static double embedding(GraphNetwork network, int count, BertTask task) {
    Function<DataSet, LastLayer> lastLayer = network.lastLayer().orElseThrow();
    DataSet texts = texts(count, task);
    return Stopwatch.time(
            task.seconds(),
            () -> {
              LastLayer seen = lastLayer.apply(texts); // the head costs next to nothing
              seen.features().close();
              seen.output().close();
            })
        .median();
  }

  private static DataSet texts(int count, BertTask task) {
    int tokens = task.tokens();
    int[] numbers = new Random(1).ints((long) count * tokens, 0, task.vocabulary()).toArray();
    INDArray ids = Nd4j.createFromArray(numbers).castTo(DataType.FLOAT).reshape(count, tokens);
    INDArray labels = StepProcess.labels(BertTask.CLASSES, count);
    return new DataSet(ids, labels, Nd4j.ones(DataType.FLOAT, count, tokens), null);
  }
}
