// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.bank;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.layers.wrapper.BaseWrapperLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nola4j.internal.runtime.BatchShare;

/**
 * Runs any layer at inference with the parameters of each share of a batch in turn: for layers that
 * cannot do so in one pass, such as a directly trained classifier.
 */
final class LayerByShare extends BaseWrapperLayer {
  private final List<BatchShare> shares;
  private INDArray input;

  LayerByShare(Layer layer, List<BatchShare> shares) {
    super(layer);
    this.shares = shares;
  }

  @Override
  public void setInput(INDArray input, LayerWorkspaceMgr workspaces) {
    this.input = input;
    super.setInput(input, workspaces);
  }

  @Override
  public INDArray activate(INDArray input, boolean training, LayerWorkspaceMgr workspaces) {
    setInput(input, workspaces);
    return activate(training, workspaces);
  }

  @Override
  public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
    int examples = shares.stream().mapToInt(BatchShare::examples).sum();
    if (input.size(0) % examples != 0) {
      throw new IllegalArgumentException(
          "expected a batch of %d examples, one for each adapter that was named, but a layer got %d rows"
              .formatted(examples, input.size(0)));
    }
    INDArray mask = getMaskArray();
    List<INDArray> outputs = new ArrayList<>();
    int from = 0;
    for (BatchShare share : shares) {
      int to = from + share.examples();
      share.parameters().writeToLayer();
      setMaskArray(mask == null ? null : rows(mask, examples, from, to));
      underlying.setInput(rows(input, examples, from, to), LayerWorkspaceMgr.noWorkspaces());
      outputs.add(underlying.activate(training, LayerWorkspaceMgr.noWorkspaces()).dup('c'));
      from = to;
    }
    setMaskArray(mask);
    return workspaces.dup(
        ArrayType.ACTIVATIONS, Nd4j.concat(0, outputs.toArray(INDArray[]::new)), 'c');
  }

  /** Copies the rows of some of the batch's examples. */
  private static INDArray rows(INDArray batch, int examples, int from, int to) {
    long perExample = batch.size(0) / examples;
    return batch.get(NDArrayIndex.interval(from * perExample, to * perExample)).dup('c');
  }
}
