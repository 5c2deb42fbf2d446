// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.wrapped;

import java.util.List;
import org.deeplearning4j.nn.api.layers.IOutputLayer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;

/** A wrapped layer with the network's loss, which DL4J's layer inside computes. */
final class WrappedOutputLayer extends WrappedLayer implements IOutputLayer {
  WrappedOutputLayer(NeuralNetConfiguration conf, DataType type, HeldLayer held, WrappedPass pass) {
    super(conf, type, held, pass);
  }

  private IOutputLayer output() {
    return (IOutputLayer) upToDate();
  }

  @Override
  public boolean needsLabels() {
    return ((IOutputLayer) base()).needsLabels();
  }

  @Override
  public void setLabels(INDArray labels) {
    ((IOutputLayer) base()).setLabels(labels);
  }

  @Override
  public INDArray getLabels() {
    return ((IOutputLayer) base()).getLabels();
  }

  @Override
  public double computeScore(
      double regularization, boolean training, LayerWorkspaceMgr workspaces) {
    return output().computeScore(regularization, inside(training), workspaces);
  }

  @Override
  public INDArray computeScoreForExamples(double regularization, LayerWorkspaceMgr workspaces) {
    return output().computeScoreForExamples(regularization, workspaces);
  }

  @Override
  public double score() {
    return base().score();
  }

  @Override
  public double f1Score(DataSet data) {
    return output().f1Score(data);
  }

  @Override
  public double f1Score(INDArray examples, INDArray labels) {
    return output().f1Score(examples, labels);
  }

  @Override
  @Deprecated
  public int numLabels() {
    return ((IOutputLayer) base()).numLabels();
  }

  @Override
  public int[] predict(INDArray examples) {
    return output().predict(examples);
  }

  @Override
  public List<String> predict(DataSet data) {
    return output().predict(data);
  }

  /** Networks train layers, layers do not train themselves. */
  private static UnsupportedOperationException untrained() {
    return new UnsupportedOperationException("call fit of the network that this layer is part of");
  }

  @Override
  public void fit(DataSetIterator data) {
    throw untrained();
  }

  @Override
  public void fit(INDArray examples, INDArray labels) {
    throw untrained();
  }

  @Override
  public void fit(DataSet data) {
    throw untrained();
  }

  @Override
  public void fit(INDArray examples, int[] labels) {
    throw untrained();
  }
}
