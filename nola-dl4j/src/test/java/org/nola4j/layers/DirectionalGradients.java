// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;

/**
 * Compares a network's gradient with central differences along random directions through all
 * parameters at once: a few forward passes, where DL4J's {@code GradientCheckUtil} needs two for
 * every number that it compares. An error in any number of the gradient shows, since each has its
 * part in each direction.
 *
 * <p>In double precision, with an updater that leaves the gradient alone.
 */
public final class DirectionalGradients {
  private static final int DIRECTIONS = 2;

  /**
   * Larger ones differ by the third derivative, smaller ones by rounding: both by 1e-9 here. Where
   * the third derivative is larger, a third of this step is close enough: one of the two must be.
   */
  private static final double STEP = 3e-7;

  private static final double TOLERANCE = 1e-8;

  /** Of a score, in units of its last place. */
  private static final int ROUNDING = 4;

  /** Of batch normalization: its statistics are parameters whose gradient is how they move. */
  private static final Pattern STATISTIC = Pattern.compile(".*_(mean|var|log10stdev)");

  private final Model model;
  private final DoubleSupplier score;
  private final INDArray gradient;
  private final double norm;

  private DirectionalGradients(Model model, DoubleSupplier score, long batch) {
    this.model = model;
    this.score = score;
    // DL4J's updaters divide by the size of the batch.
    gradient = model.gradient().gradient().div(batch).muli(part(name -> !isStatistic(name)));
    norm = gradient.norm2Number().doubleValue();
  }

  /** Fails where the gradient differs by more than 1e-8 of its norm, and names the parameters. */
  public static void check(MultiLayerNetwork network, INDArray features, INDArray labels) {
    network.setInput(features);
    network.setLabels(labels);
    network.computeGradientAndScore();
    DataSet data = new DataSet(features, labels);
    check(network, () -> network.score(data, true), labels);
  }

  /** Fails where the gradient differs by more than 1e-8 of its norm, and names the parameters. */
  public static void check(ComputationGraph graph, MultiDataSet data) {
    graph.setInputs(data.getFeatures());
    graph.setLabels(data.getLabels());
    graph.setLayerMaskArrays(data.getFeaturesMaskArrays(), data.getLabelsMaskArrays());
    graph.computeGradientAndScore();
    check(graph, () -> graph.score(data, true), data.getLabels(0));
  }

  private static void check(Model model, DoubleSupplier score, INDArray labels) {
    DirectionalGradients check = new DirectionalGradients(model, score, labels.size(0));
    assertEquals(model.params().length(), check.gradient.length());
    assertTrue(check.norm > 1e-3, "the gradient is nearly zero: " + check.norm);
    for (int i = 0; i < DIRECTIONS; i++) {
      INDArray direction = check.direction(i);
      if (check.differs(direction)) {
        fail("wrong gradients of " + check.wrongParameters(direction));
      }
    }
  }

  private INDArray direction(int seed) {
    return Normals.of(gradient.dataType(), 20 + seed, gradient.shape())
        .muli(part(name -> !isStatistic(name)));
  }

  private static boolean isStatistic(String parameter) {
    return STATISTIC.matcher(parameter).matches();
  }

  /** Ones where these parameters are, and zeros elsewhere. */
  private INDArray part(Predicate<String> names) {
    INDArray params = model.params();
    INDArray before = params.dup();
    params.assign(0);
    model.paramTable().forEach((name, view) -> view.assign(names.test(name) ? 1 : 0));
    INDArray part = params.dup();
    params.assign(before);
    return part;
  }

  private boolean differs(INDArray direction) {
    return differs(direction, STEP) && differs(direction, STEP / 3);
  }

  private boolean differs(INDArray direction, double step) {
    double expected = (scoreAt(direction, step) - scoreAt(direction, -step)) / (2 * step);
    double found = gradient.mul(direction).sumNumber().doubleValue();
    double rounding = ROUNDING * Math.ulp(score.getAsDouble()) / step;
    return !(Math.abs(expected - found) <= TOLERANCE * norm + rounding);
  }

  private double scoreAt(INDArray direction, double step) {
    INDArray params = model.params();
    INDArray before = params.dup();
    params.addi(direction.mul(step));
    double result = score.getAsDouble();
    params.assign(before);
    return result;
  }

  /** Those with an error of their own, found one at a time. */
  private List<String> wrongParameters(INDArray direction) {
    return model.paramTable().keySet().stream()
        .filter(name -> differs(direction.mul(part(name::equals))))
        .toList();
  }
}
