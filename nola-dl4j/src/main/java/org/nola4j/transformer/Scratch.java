// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.HostArrays;

/**
 * Arrays for one pass of one layer, in DL4J's working memory, which all layers share.
 *
 * @param kind forward or backward working memory
 * @param type of the arrays
 */
record Scratch(LayerWorkspaceMgr workspaces, ArrayType kind, DataType type) {
  static Scratch forward(LayerWorkspaceMgr workspaces, DataType type) {
    return new Scratch(workspaces, ArrayType.FF_WORKING_MEM, type);
  }

  static Scratch backward(LayerWorkspaceMgr workspaces, DataType type) {
    return new Scratch(workspaces, ArrayType.BP_WORKING_MEM, type);
  }

  /** An uninitialized row-major array. */
  INDArray array(long... shape) {
    return workspaces.createUninitialized(kind, type, shape, 'c');
  }

  /**
   * As {@link #array}; if it must outlive the pass, in the kept array's memory where that is large
   * enough: batches of texts differ in length.
   */
  INDArray array(boolean keep, INDArray kept, long... shape) {
    return keep ? HostArrays.within(kept, type, shape) : array(shape);
  }
}
