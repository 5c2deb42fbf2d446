// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.wrapped;

import java.util.Map;
import org.deeplearning4j.nn.api.layers.RecurrentLayer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A wrapped layer with a state over time steps, which DL4J's layer inside keeps. */
final class WrappedRecurrentLayer extends WrappedLayer implements RecurrentLayer {
  WrappedRecurrentLayer(
      NeuralNetConfiguration conf, DataType type, HeldLayer held, WrappedPass pass) {
    super(conf, type, held, pass);
  }

  private RecurrentLayer recurrent() {
    return pass().base().recurrent();
  }

  @Override
  public INDArray rnnTimeStep(INDArray input, LayerWorkspaceMgr workspaces) {
    upToDate();
    return recurrent().rnnTimeStep(input, workspaces);
  }

  @Override
  public INDArray rnnActivateUsingStoredState(
      INDArray input, boolean training, boolean storeLast, LayerWorkspaceMgr workspaces) {
    setInput(input, workspaces);
    applyDropOutIfNecessary(training, workspaces);
    return pass().forwardFromState(this.input, refreshed(), training, storeLast, workspaces);
  }

  @Override
  public Pair<Gradient, INDArray> tbpttBackpropGradient(
      INDArray epsilon, int length, LayerWorkspaceMgr workspaces) {
    return pass().base().truncated(length, () -> backpropGradient(epsilon, workspaces));
  }

  @Override
  public Map<String, INDArray> rnnGetPreviousState() {
    return recurrent().rnnGetPreviousState();
  }

  @Override
  public void rnnSetPreviousState(Map<String, INDArray> state) {
    recurrent().rnnSetPreviousState(state);
  }

  @Override
  public void rnnClearPreviousState() {
    recurrent().rnnClearPreviousState();
  }

  @Override
  public Map<String, INDArray> rnnGetTBPTTState() {
    return recurrent().rnnGetTBPTTState();
  }

  @Override
  public void rnnSetTBPTTState(Map<String, INDArray> state) {
    recurrent().rnnSetTBPTTState(state);
  }
}
