// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import java.util.List;
import org.deeplearning4j.nn.api.layers.IOutputLayer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nola4j.internal.arrays.HostArrays;
import org.nola4j.internal.runtime.DirectComputation;
import org.nola4j.internal.runtime.RuntimeLayer;

/**
 * The runtime of {@link LanguageModelHead}: to DL4J an output layer. A training step asks for the
 * gradient first and for the score next, which the backward pass has computed along the way.
 */
final class LanguageModelHeadLayer extends RuntimeLayer implements IOutputLayer {
  private final transient HeadComputation head;
  private final String description;
  private INDArray labels;
  private double score;

  /** The input of a backward pass whose loss was not asked for yet. */
  private INDArray scored;

  LanguageModelHeadLayer(
      NeuralNetConfiguration conf,
      DataType type,
      DirectComputation direct,
      HeadComputation head,
      String description) {
    super(conf, type, direct);
    this.head = head;
    this.description = description;
  }

  @Override
  public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
    head.setLabels(required());
    Pair<Gradient, INDArray> result = super.backpropGradient(epsilon, workspaces);
    scored = input;
    return result;
  }

  private INDArray required() {
    if (labels == null) {
      throw new IllegalStateException(
          description + ": there are no labels: train and score with the IDs of the next tokens");
    }
    return labels;
  }

  /** The layer's arrays, up to date with what is trained. */
  DirectComputation.Arrays arrays() {
    return refreshed();
  }

  @Override
  public double computeScore(
      double regularization, boolean training, LayerWorkspaceMgr workspaces) {
    double loss =
        training && input != null && scored == input
            ? head.loss()
            : head.score(input, required(), getMaskArray(), refreshed(), workspaces);
    scored = null;
    score = loss + regularization;
    return score;
  }

  @Override
  public INDArray computeScoreForExamples(double regularization, LayerWorkspaceMgr workspaces) {
    double[] scores = head.scores(input, required(), getMaskArray(), refreshed(), workspaces);
    for (int i = 0; i < scores.length; i++) {
      scores[i] += regularization;
    }
    return HostArrays.of(scores, dataType, scores.length, 1);
  }

  @Override
  public double score() {
    return score;
  }

  @Override
  public boolean needsLabels() {
    return true;
  }

  @Override
  public void setLabels(INDArray labels) {
    if (labels != this.labels) {
      scored = null;
    }
    this.labels = labels;
  }

  @Override
  public INDArray getLabels() {
    return labels;
  }

  @Override
  public void clear() {
    super.clear();
    labels = null;
    scored = null;
  }

  /** Networks train and classify, layers do not. */
  private UnsupportedOperationException unsupported() {
    return new UnsupportedOperationException(
        description + ": call fit, score or output of the network that this layer is part of");
  }

  @Override
  public double f1Score(DataSet data) {
    throw unsupported();
  }

  @Override
  public double f1Score(INDArray examples, INDArray labels) {
    throw unsupported();
  }

  @Override
  @Deprecated
  public int numLabels() {
    throw unsupported();
  }

  @Override
  public int[] predict(INDArray examples) {
    throw unsupported();
  }

  @Override
  public List<String> predict(DataSet data) {
    throw unsupported();
  }

  @Override
  public void fit(DataSetIterator data) {
    throw unsupported();
  }

  @Override
  public void fit(INDArray examples, INDArray labels) {
    throw unsupported();
  }

  @Override
  public void fit(DataSet data) {
    throw unsupported();
  }

  @Override
  public void fit(INDArray examples, int[] labels) {
    throw unsupported();
  }
}
