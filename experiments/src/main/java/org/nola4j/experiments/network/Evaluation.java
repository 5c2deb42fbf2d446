// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.util.function.Function;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nola4j.internal.arrays.HostArrays;

/**
 * The metrics of a classifier over a whole set, in double precision; a language model classifies
 * tokens.
 *
 * @param loss mean cross-entropy in nats, without label smoothing
 * @param accuracy fraction of the examples whose largest output is the correct class
 */
public record Evaluation(double loss, double accuracy) {
  /**
   * Keeps underflowing probabilities from making the mean infinite; DL4J's loss clips at the same
   * value.
   */
  private static final double SMALLEST = 1e-10;

  /** Measures a network on all examples and frees their features. */
  public static Evaluation of(Network network, DataSetIterator examples) {
    return of(network::output, examples);
  }

  /** Measures outputs for batches of all examples and frees their features. */
  static Evaluation of(Function<DataSet, INDArray> network, DataSetIterator examples) {
    double loss = 0;
    long right = 0;
    long count = 0;
    while (examples.hasNext()) {
      DataSet batch = examples.next();
      float[] outputs = values(network.apply(batch));
      // The garbage collector does not see how large they are.
      batch.getFeatures().close();
      float[] labels = values(batch.getLabels());
      int classes = outputs.length / batch.numExamples();
      for (int from = 0; from < outputs.length; from += classes) {
        int label = largest(labels, from, classes);
        loss -= Math.log(Math.max(SMALLEST, outputs[from + label]));
        right += largest(outputs, from, classes) == label ? 1 : 0;
        count++;
      }
    }
    return new Evaluation(loss / count, (double) right / count);
  }

  /**
   * Measures a language model on all labeled tokens and frees their arrays. Memory: logits of one
   * batch, [examples, tokens, vocabulary].
   */
  static Evaluation ofTokens(Network network, DataSetIterator examples) {
    double loss = 0;
    long right = 0;
    long count = 0;
    while (examples.hasNext()) {
      DataSet batch = examples.next();
      float[] labels = values(batch.getLabels());
      float[] mask = values(batch.getLabelsMaskArray());
      INDArray outputs = network.output(batch);
      int words = Math.toIntExact(outputs.size(2));
      int tokens = labels.length / batch.numExamples();
      for (int example = 0; example < batch.numExamples(); example++) {
        float[] logits = values(outputs.slice(example));
        for (int i = 0; i < tokens; i++) {
          if (mask[example * tokens + i] != 0) {
            int label = (int) labels[example * tokens + i];
            loss += logarithmOfSum(logits, i * words, words) - logits[i * words + label];
            right += largest(logits, i * words, words) == label ? 1 : 0;
            count++;
          }
        }
      }
      outputs.close();
      batch.getFeatures().close();
    }
    return new Evaluation(loss / count, (double) right / count);
  }

  /** log of the sum of exp(values), in double precision. */
  private static double logarithmOfSum(float[] values, int from, int count) {
    double most = values[from + largest(values, from, count)];
    double sum = 0;
    for (int i = from; i < from + count; i++) {
      sum += Math.exp(values[i] - most);
    }
    return most + Math.log(sum);
  }

  /** One bulk copy: ND4J's toFloatMatrix takes a thousand times as long. */
  private static float[] values(INDArray array) {
    float[] values = new float[Math.toIntExact(array.length())];
    HostArrays.read(array, values);
    return values;
  }

  private static int largest(float[] values, int from, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      best = values[from + i] > values[from + best] ? i : best;
    }
    return best;
  }
}
