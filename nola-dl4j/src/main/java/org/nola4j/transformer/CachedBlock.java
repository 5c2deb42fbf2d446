// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.HostArrays;
import org.nola4j.internal.runtime.DirectComputation.Arrays;

/**
 * A causal pre-norm {@link TransformerBlock} that computes new tokens only, from the keys and
 * values of earlier ones.
 */
final class CachedBlock {
  private static final DataType FLOAT = DataType.FLOAT;

  private final TransformerBlockLayer layer;
  private final int width;
  private final Normalization norm1;
  private final Normalization norm2;
  private final Linear query = new Linear(0, "q.b");
  private final Linear key = new Linear(1, "k.b");
  private final Linear value = new Linear(2, "v.b");
  private final Linear projection = new Linear(3, "proj.b");
  private final Linear first = new Linear(4, "fc1.b");
  private final Linear second = new Linear(5, "fc2.b");
  private final NonLinearity activation;
  private final SequenceAttention attention;
  private final KeyValueCache cache;
  private final long mlpWidth;

  private INDArray normal;
  private INDArray queries;
  private INDArray keys;
  private INDArray values;
  private INDArray mixed;
  private INDArray middle;
  private INDArray hidden;
  private float[] hostQueries = new float[0];
  private float[] hostKeys = hostQueries;
  private float[] hostValues = hostQueries;

  CachedBlock(TransformerBlockLayer layer, TransformerBlock conf) {
    this.layer = layer;
    this.width = Math.toIntExact(conf.getNIn());
    this.mlpWidth = conf.mlpWidth();
    this.norm1 = new Normalization("norm1.", conf.getEpsilon());
    this.norm2 = new Normalization("norm2.", conf.getEpsilon());
    this.activation = new NonLinearity(conf.getActivation());
    this.attention = new SequenceAttention(conf.getHeads(), true);
    this.cache = new KeyValueCache(conf.getHeads(), width);
  }

  /**
   * Computes whole sequences, one after the other in x and the result, [tokens of all, width].
   *
   * @param result may be x
   */
  void start(INDArray x, CachedSequences sequences, INDArray result) {
    Arrays arrays = layer.arrays();
    project(x, arrays);
    store(sequences, true);
    Scratch scratch = Scratch.forward(LayerWorkspaceMgr.noWorkspaces(), FLOAT);
    long from = 0;
    for (int i = 0; i < sequences.size(); i++) {
      long tokens = sequences.slots(i).length;
      long to = from + tokens;
      attention.forward(
          HostArrays.rows(queries, from, to),
          HostArrays.rows(keys, from, to),
          HostArrays.rows(values, from, to),
          tokens,
          null,
          HostArrays.rows(mixed, from, to),
          scratch);
      from = to;
    }
    end(x, arrays, result);
  }

  /**
   * Computes the last token of each sequence, [sequences, width].
   *
   * @param result may be x
   */
  void next(INDArray x, CachedSequences sequences, INDArray result) {
    Arrays arrays = layer.arrays();
    project(x, arrays);
    store(sequences, false);
    HostArrays.read(queries, hostQueries);
    for (int i = 0; i < sequences.size(); i++) {
      int[] slots = sequences.slots(i);
      cache.attend(hostQueries, i * width, slots, slots.length, hostKeys);
    }
    HostArrays.write(hostKeys, mixed);
    end(x, arrays, result);
  }

  private void project(INDArray x, Arrays arrays) {
    long[] shape = x.shape();
    normal = HostArrays.fitting(normal, FLOAT, shape);
    queries = HostArrays.fitting(queries, FLOAT, shape);
    keys = HostArrays.fitting(keys, FLOAT, shape);
    values = HostArrays.fitting(values, FLOAT, shape);
    mixed = HostArrays.fitting(mixed, FLOAT, shape);
    middle = HostArrays.fitting(middle, FLOAT, shape);
    hidden = HostArrays.fitting(hidden, FLOAT, shape[0], mlpWidth);
    norm1.forward(x, arrays, normal);
    query.forward(normal, arrays, queries);
    key.forward(normal, arrays, keys);
    value.forward(normal, arrays, values);
  }

  private void store(CachedSequences sequences, boolean whole) {
    int length = Math.toIntExact(keys.length());
    if (hostKeys.length != length) {
      hostQueries = new float[length];
      hostKeys = new float[length];
      hostValues = new float[length];
    }
    HostArrays.read(keys, hostKeys);
    HostArrays.read(values, hostValues);
    cache.require(Integer.highestOneBit(Math.max(1, sequences.end())) * 2);
    int row = 0;
    for (int i = 0; i < sequences.size(); i++) {
      int[] slots = sequences.slots(i);
      for (int token = whole ? 0 : slots.length - 1; token < slots.length; token++) {
        cache.put(slots[token], hostKeys, hostValues, row * width);
        row++;
      }
    }
  }

  private void end(INDArray x, Arrays arrays, INDArray result) {
    projection.forward(x, mixed, arrays, middle);
    norm2.forward(middle, arrays, normal);
    first.forward(normal, arrays, hidden);
    activation.forward(hidden, hidden);
    second.forward(middle, hidden, arrays, result);
  }
}
