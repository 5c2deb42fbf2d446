// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.HostArrays;
import org.nola4j.internal.runtime.DirectComputation.Arrays;

/**
 * A causal pre-norm block that computes new tokens only, from the keys and values of earlier ones.
 */
final class CachedBlock {
  private static final DataType FLOAT = DataType.FLOAT;

  /** What the MLP would keep for a backward pass has its place for the next step. */
  private static final boolean REUSED = true;

  private final Supplier<Arrays> layer;
  private final SharedHeads heads;
  private final int width;
  private final int narrow;
  private final Normalization norm1;
  private final Normalization norm2;
  private final Linear query = new Linear(0, "q.b");
  private final Linear key = new Linear(1, "k.b");
  private final Linear value = new Linear(2, "v.b");
  private final Linear projection = new Linear(3, "proj.b");
  private final Mlp mlp;
  private final Rotation rotation;

  /** Null for none. */
  private final Bottleneck adapter;

  /** Null for none. */
  private final Prefix prefix;

  private final SequenceAttention attention;
  private final KeyValueCache cache;
  private final Scratch scratch = Scratch.forward(LayerWorkspaceMgr.noWorkspaces(), FLOAT);

  private INDArray normal;
  private INDArray queries;
  private INDArray keys;
  private INDArray values;
  private INDArray mixed;
  private INDArray middle;
  private float[] hostQueries = new float[0];
  private float[] hostKeys = hostQueries;
  private float[] hostValues = hostQueries;
  private float[] hostMixed = hostQueries;

  /**
   * @param layer its arrays, up to date at each call
   * @param rotation of queries and keys, or null
   * @param insertion or null
   */
  private CachedBlock(
      Supplier<Arrays> layer,
      SharedHeads heads,
      long width,
      boolean rms,
      double epsilon,
      Mlp mlp,
      Rotation rotation,
      Insertion insertion) {
    this.layer = layer;
    this.heads = heads;
    this.width = Math.toIntExact(width);
    this.narrow = heads.narrow(width);
    this.norm1 = new Normalization("norm1.", epsilon, rms);
    this.norm2 = new Normalization("norm2.", epsilon, rms);
    this.mlp = mlp;
    this.rotation = rotation;
    this.adapter = insertion == null ? null : insertion.afterAttention();
    this.prefix = insertion == null ? null : insertion.prefix();
    this.attention = new SequenceAttention(heads.heads(), true);
    this.cache = new KeyValueCache(heads, this.width);
  }

  /** A block of GPT-2. */
  static CachedBlock of(TransformerBlockLayer layer, TransformerBlock conf) {
    return new CachedBlock(
        layer::arrays,
        new SharedHeads(conf.getHeads(), conf.getHeads()),
        conf.getNIn(),
        false,
        conf.getEpsilon(),
        conf.mlp(),
        null,
        conf.getInsertion());
  }

  /** A block of LLaMA. */
  static CachedBlock of(LlamaBlockLayer layer, LlamaBlock conf) {
    return new CachedBlock(
        layer::arrays,
        new SharedHeads(conf.getHeads(), conf.getKeyValueHeads()),
        conf.getNIn(),
        true,
        conf.getEpsilon(),
        new GatedMlp(conf.getMlpWidth()),
        conf.rotation(),
        null);
  }

  /**
   * Computes whole sequences, one after the other in x and the result, [tokens of all, width].
   *
   * @param result may be x
   */
  void start(INDArray x, CachedSequences sequences, INDArray result) {
    Arrays arrays = layer.get();
    project(x, arrays);
    turn(sequences);
    read(queries.size(0));
    if (prefix != null) {
      startPrefix(arrays, sequences);
      end(x, arrays, result);
      return;
    }
    store(sequences, true);
    INDArray wideKeys = heads.repeated(keys, scratch);
    INDArray wideValues = heads.repeated(values, scratch);
    long from = 0;
    for (int i = 0; i < sequences.size(); i++) {
      long tokens = sequences.slots(i).length;
      long to = from + tokens;
      attention.forward(
          HostArrays.rows(queries, from, to),
          HostArrays.rows(wideKeys, from, to),
          HostArrays.rows(wideValues, from, to),
          tokens,
          null,
          HostArrays.rows(mixed, from, to),
          scratch);
      from = to;
    }
    end(x, arrays, result);
  }

  /** Attention of whole sequences after a prefix, token by token. */
  private void startPrefix(Arrays arrays, CachedSequences sequences) {
    float[] first = new float[prefix.size() * width];
    float[] second = new float[first.length];
    HostArrays.read(arrays.parameters().get(Prefix.KEYS), first);
    HostArrays.read(arrays.parameters().get(Prefix.VALUES), second);
    cache.setPrefix(first, second);
    store(sequences, true);
    HostArrays.read(queries, hostQueries);
    int row = 0;
    for (int i = 0; i < sequences.size(); i++) {
      int[] slots = sequences.slots(i);
      for (int count = 1; count <= slots.length; count++) {
        cache.attend(hostQueries, row * width, slots, count, hostMixed);
        row++;
      }
    }
    HostArrays.write(hostMixed, mixed);
  }

  /**
   * Computes the last token of each sequence, [sequences, width].
   *
   * @param result may be x
   */
  void next(INDArray x, CachedSequences sequences, INDArray result) {
    Arrays arrays = layer.get();
    project(x, arrays);
    read(queries.size(0));
    HostArrays.read(queries, hostQueries);
    if (rotation != null) {
      int[] places =
          IntStream.range(0, sequences.size()).map(i -> sequences.slots(i).length - 1).toArray();
      rotation.turn(hostQueries, width, places);
      rotation.turn(hostKeys, narrow, places);
    }
    store(sequences, false);
    for (int i = 0; i < sequences.size(); i++) {
      int[] slots = sequences.slots(i);
      cache.attend(hostQueries, i * width, slots, slots.length, hostMixed);
    }
    HostArrays.write(hostMixed, mixed);
    end(x, arrays, result);
  }

  private void project(INDArray x, Arrays arrays) {
    long[] shape = x.shape();
    normal = HostArrays.fitting(normal, FLOAT, shape);
    queries = HostArrays.fitting(queries, FLOAT, shape);
    keys = HostArrays.fitting(keys, FLOAT, shape[0], narrow);
    values = HostArrays.fitting(values, FLOAT, shape[0], narrow);
    mixed = HostArrays.fitting(mixed, FLOAT, shape);
    middle = HostArrays.fitting(middle, FLOAT, shape);
    norm1.forward(x, arrays, normal);
    query.forward(normal, arrays, queries);
    key.forward(normal, arrays, keys);
    value.forward(normal, arrays, values);
  }

  /** Turns queries and keys of whole sequences by their tokens' places. */
  private void turn(CachedSequences sequences) {
    long from = 0;
    for (int i = 0; rotation != null && i < sequences.size(); i++) {
      long tokens = sequences.slots(i).length;
      rotation.turn(HostArrays.rows(queries, from, from + tokens), tokens, false);
      rotation.turn(HostArrays.rows(keys, from, from + tokens), tokens, false);
      from += tokens;
    }
  }

  /** Reads keys and values. */
  private void read(long rows) {
    int size = Math.toIntExact(rows);
    if (hostQueries.length != size * width) {
      hostQueries = new float[size * width];
      hostMixed = new float[size * width];
      hostKeys = new float[size * narrow];
      hostValues = new float[size * narrow];
    }
    HostArrays.read(keys, hostKeys);
    HostArrays.read(values, hostValues);
  }

  private void store(CachedSequences sequences, boolean whole) {
    cache.require(Integer.highestOneBit(Math.max(1, sequences.end())) * 2);
    int row = 0;
    for (int i = 0; i < sequences.size(); i++) {
      int[] slots = sequences.slots(i);
      for (int token = whole ? 0 : slots.length - 1; token < slots.length; token++) {
        cache.put(slots[token], hostKeys, hostValues, row * narrow);
        row++;
      }
    }
  }

  private void end(INDArray x, Arrays arrays, INDArray result) {
    if (adapter == null) {
      projection.forward(x, mixed, arrays, middle);
    } else {
      projection.forward(null, mixed, arrays, normal);
      adapter.forward(normal, arrays, false, middle, scratch);
      middle.addi(x);
    }
    norm2.forward(middle, arrays, normal);
    mlp.forward(normal, middle, arrays, REUSED, result, scratch);
  }
}
