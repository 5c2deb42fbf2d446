// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nola4j.experiments.common.UserException;

/**
 * Steps by the mean of several batches' gradients. Each batch's loss is a mean of its own (over
 * examples, or over labeled tokens), so with batches of equal size a step equals that of one large
 * batch. Clipping, the updater and weight decay see the mean only: Deeplearning4j does the step,
 * with the gradients of earlier batches added before it looks at its own. One more array of the
 * trained numbers' size is kept.
 */
final class GradientAccumulation extends BaseTrainingListener {
  private final Network network;

  /** Infinite for no limit. */
  private final double maxNorm;

  /** Of the batches' own mean gradients; null before the first of several. */
  private INDArray sum;

  private int batches;
  private int examples;
  private double losses;

  /** Of the batch that ends a step; 0 between steps. */
  private int lastExamples;

  private double loss;
  private int stepExamples;

  private GradientAccumulation(Network network, double maxNorm) {
    this.network = network;
    this.maxNorm = maxNorm;
  }

  /**
   * For a network in training.
   *
   * @param most norm of a step's gradient; null for any
   * @throws UserException if the network has batch normalization, whose statistics are among the
   *     gradients and would be those of each batch, and several batches make a step or gradients
   *     have a greatest norm
   */
  static GradientAccumulation over(Network network, int batchesPerStep, Double most) {
    GradientAccumulation accumulation =
        new GradientAccumulation(network, most == null ? Double.POSITIVE_INFINITY : most);
    if (batchesPerStep > 1 || most != null) {
      String problem =
          batchesPerStep > 1
              ? "gradientAccumulation: layer %s normalizes by statistics of each batch, so that"
                  + " several small batches are not one large batch: remove it and set batchSize"
              : "maxGradientNorm: layer %s normalizes by statistics of each batch, which would be"
                  + " shortened like gradients: remove it";
      network.layers().forEach((name, layer) -> requireNoStatistics(problem, name, layer));
      network.model().addListeners(accumulation);
    }
    return accumulation;
  }

  private static void requireNoStatistics(String problem, String name, Layer layer) {
    if (layer.conf().getLayer() instanceof BatchNormalization) {
      throw new UserException("training." + problem.formatted(name));
    }
  }

  /** Adds a batch's gradient to the next step's. */
  void add(DataSet batch) {
    network.computeGradient(batch);
    INDArray gradient = network.model().getGradientsViewArray().div(batch.numExamples());
    sum = batches == 0 ? gradient : sum.addi(gradient);
    count(batch);
  }

  /** Makes the step, with a last batch. */
  void step(DataSet batch) {
    lastExamples = batch.numExamples();
    network.fit(batch);
    lastExamples = 0;
    count(batch);
    loss = losses / batches;
    stepExamples = examples;
    sum = null;
    batches = 0;
    examples = 0;
    losses = 0;
  }

  private void count(DataSet batch) {
    batches++;
    examples += batch.numExamples();
    losses += network.model().score();
  }

  /** Before the updater, which divides by the number of the last batch's examples. */
  @Override
  public void onGradientCalculation(Model model) {
    if (lastExamples == 0) {
      return; // no step of this object's
    }
    INDArray gradient = model.getGradientsViewArray();
    if (sum != null) {
      gradient.addi(sum.muli(lastExamples)).divi(batches + 1);
    }
    double norm = maxNorm == Double.POSITIVE_INFINITY ? 0 : norm(gradient) / lastExamples;
    if (norm > maxNorm) {
      gradient.muli(maxNorm / norm);
    }
  }

  private static double norm(INDArray gradient) {
    return gradient.norm2Number().doubleValue();
  }

  /** Examples of the last step. */
  int examples() {
    return stepExamples;
  }

  /** Loss of the last step: the mean of its batches'. */
  double loss() {
    return loss;
  }
}
