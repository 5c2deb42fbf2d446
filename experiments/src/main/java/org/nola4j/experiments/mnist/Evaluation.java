package org.nola4j.experiments.mnist;

import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;

/**
 * A classifier measured over a whole set, in double precision.
 *
 * @param loss mean cross-entropy in nats
 * @param accuracy share of the examples whose largest output is the right one
 */
record Evaluation(double loss, double accuracy) {
  /**
   * Keeps a probability that underflowed from making the mean infinite; DL4J's loss clips there
   * too.
   */
  private static final double SMALLEST = 1e-10;

  static Evaluation of(MultiLayerNetwork network, DataSetIterator examples) {
    double loss = 0;
    long right = 0;
    long count = 0;
    while (examples.hasNext()) {
      DataSet batch = examples.next();
      float[][] outputs = rows(network.output(batch.getFeatures()));
      float[][] labels = rows(batch.getLabels());
      for (int i = 0; i < outputs.length; i++) {
        int label = largest(labels[i]);
        loss -= Math.log(Math.max(SMALLEST, outputs[i][label]));
        right += largest(outputs[i]) == label ? 1 : 0;
        count++;
      }
    }
    return new Evaluation(loss / count, (double) right / count);
  }

  private static float[][] rows(INDArray array) {
    return array.toFloatMatrix();
  }

  private static int largest(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }
}
