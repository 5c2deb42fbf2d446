// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.io.IOException;
import java.util.SplittableRandom;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.experiments.results.DatasetSummary;

/** A few random examples whose class is the channel that is bright, other ones each batch. */
final class RandomImages implements TrainingData {
  static final int BATCHES = 4;
  private static final int BATCH = 8;

  private final ExampleShape shape;

  RandomImages(ExampleShape shape) {
    this.shape = shape;
  }

  @Override
  public DatasetSummary summary() {
    return new DatasetSummary("random", BATCHES * BATCH, BATCH, true);
  }

  @Override
  public ExampleShape shape() {
    return shape;
  }

  @Override
  public int batchesPerEpoch() {
    return BATCHES;
  }

  @Override
  public void steps(int epoch, int from, int to, Step step) throws IOException {
    for (int batch = from; batch < to; batch++) {
      step.on(examples(1000L * epoch + batch));
    }
  }

  @Override
  public DataSetIterator trainingSet() {
    return testSet();
  }

  @Override
  public DataSetIterator testSet() {
    return new ListDataSetIterator<>(examples(0).asList(), BATCH);
  }

  private DataSet examples(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    INDArray labels = Nd4j.zeros(BATCH, shape.classes());
    INDArray features = Nd4j.zeros(shape.batchOf(BATCH));
    float[] values = new float[(int) features.length()];
    int each = values.length / BATCH;
    for (int i = 0; i < BATCH; i++) {
      int label = random.nextInt(3);
      labels.putScalar(i, label, 1);
      for (int j = 0; j < each; j++) {
        values[i * each + j] = (float) (random.nextDouble() + (j % 3 == label ? 1 : 0));
      }
    }
    return new DataSet(Nd4j.createFromArray(values).reshape(features.shape()), labels);
  }
}
