// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.experiments.network.Network;

/** Measures one method in a separate process. */
final class StepProcess {
  private StepProcess() {}

  /** Measures in a new process with the flags of this one. */
  static StepTimes measure(StepTask task) {
    return MeasuringProcess.run(StepProcess.class, task.arguments(), task.label(), StepTimes.class);
  }

  /** Measures, and prints the result as one line. */
  public static void main(String[] arguments) {
    MeasuringProcess.print(time(StepTask.parse(arguments)));
  }

  private static StepTimes time(StepTask task) {
    ExampleShape shape = task.model().shape(task.imageSize());
    Network network = task.model().experiment().network(task.config(), shape);
    INDArray features = Nd4j.rand(task.model().batchOf(task.batch(), task.imageSize()));
    DataSet batch = new DataSet(features, labels(shape.classes(), task.batch()));
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
        PeakMemory.bytesOrNull());
  }

  /** Every class in turn, one-hot. */
  static INDArray labels(int classes, int batch) {
    INDArray labels = Nd4j.zeros(batch, classes);
    for (int i = 0; i < batch; i++) {
      labels.putScalar(i, i % classes, 1);
    }
    return labels;
  }
}
