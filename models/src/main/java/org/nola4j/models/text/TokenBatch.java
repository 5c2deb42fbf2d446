// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.text;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.HostArrays;

/**
 * Texts as the input of a network: padded to the longest one.
 *
 * <pre>{@code
 * INDArray vectors = network.output(false, batch.inputs(), batch.masks())[0];
 * }</pre>
 *
 * @param ids the texts' token IDs, [texts, tokens]; 0 where a text is padded
 * @param mask DL4J's features mask, [texts, tokens]: one for a text's own tokens, else zero; null
 *     where all texts are of one length
 * @param texts which of the texts that were given these are, in their order
 */
public record TokenBatch(INDArray ids, INDArray mask, List<Integer> texts) {
  /** Of texts with at least one token each. */
  static TokenBatch of(List<int[]> tokens, List<Integer> texts) {
    int longest = texts.stream().mapToInt(text -> tokens.get(text).length).max().orElse(0);
    int shortest = texts.stream().mapToInt(text -> tokens.get(text).length).min().orElse(0);
    float[] ids = new float[texts.size() * longest];
    float[] mask = new float[ids.length];
    for (int row = 0; row < texts.size(); row++) {
      int[] own = tokens.get(texts.get(row));
      for (int i = 0; i < own.length; i++) {
        ids[row * longest + i] = own[i];
        mask[row * longest + i] = 1;
      }
    }
    return new TokenBatch(
        array(ids, texts.size(), longest),
        shortest == longest ? null : array(mask, texts.size(), longest),
        List.copyOf(texts));
  }

  private static INDArray array(float[] values, int texts, int tokens) {
    return HostArrays.of(values, DataType.FLOAT, texts, tokens);
  }

  /** How many tokens of each row are its text's own. */
  public int[] lengths() {
    int[] lengths = new int[(int) ids.size(0)];
    for (int i = 0; i < lengths.length; i++) {
      lengths[i] = (int) (mask == null ? ids.size(1) : mask.getRow(i).sumNumber().longValue());
    }
    return lengths;
  }

  /** What {@code ComputationGraph.output} takes first. */
  public INDArray[] inputs() {
    return new INDArray[] {ids};
  }

  /** What {@code ComputationGraph.output} takes as masks of the input; null where there is none. */
  public INDArray[] masks() {
    return mask == null ? null : new INDArray[] {mask};
  }
}
