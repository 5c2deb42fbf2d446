// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.HostArrays;

/**
 * DL4J's mask of a batch, [batch, tokens]: one where a token is the text's own, zero where it only
 * fills a shorter text up.
 */
final class TokenMask {
  /** Added to a score, it makes a probability of exactly zero. */
  static final double EXCLUDED = -1e30;

  private TokenMask() {}

  /** Fails where the mask has another shape, other numbers, or a text without a token. */
  static void check(String layer, INDArray mask, long batch, long tokens) {
    if (mask != null) {
      values(layer, mask, batch, tokens);
    }
  }

  /**
   * What to add to the scores of all queries, [batch, tokens]; null where all tokens count.
   *
   * @param values as {@link #values} gives them
   */
  static INDArray bias(double[] values, INDArray input, Scratch scratch) {
    if (values == null) {
      return null;
    }
    double[] added = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      added[i] = values[i] == 0 ? EXCLUDED : 0;
    }
    return array(added, input, scratch);
  }

  private static INDArray array(double[] values, INDArray input, Scratch scratch) {
    INDArray array = scratch.array(input.size(0), input.size(1));
    if (array.dataType() == DataType.DOUBLE) {
      HostArrays.write(values, array);
      return array;
    }
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    HostArrays.write(floats, array);
    return array;
  }

  /**
   * The share of each token in its text's mean, [batch, tokens].
   *
   * @param first the first token that counts
   */
  static INDArray shares(String layer, INDArray mask, INDArray input, long first, Scratch scratch) {
    double[] values = values(layer, mask, input);
    int tokens = (int) input.size(1);
    double[] shares = new double[(int) input.size(0) * tokens];
    for (int text = 0; text < input.size(0); text++) {
      int begin = text * tokens + (int) first;
      int end = (text + 1) * tokens;
      int count = 0;
      for (int i = begin; i < end; i++) {
        shares[i] = values == null ? 1 : values[i];
        count += (int) shares[i];
      }
      if (count == 0) {
        throw new IllegalArgumentException(
            layer + ": the mask leaves text " + text + " no token to take the mean of");
      }
      for (int i = begin; i < end; i++) {
        shares[i] /= count;
      }
    }
    return array(shares, input, scratch);
  }

  /** The mask's numbers, [batch * tokens]; null where all tokens count. */
  static double[] values(String layer, INDArray mask, INDArray input) {
    if (mask == null) {
      return null;
    }
    double[] values = values(layer, mask, input.size(0), input.size(1));
    for (double value : values) {
      if (value == 0) {
        return values;
      }
    }
    return null;
  }

  private static double[] values(String layer, INDArray mask, long batch, long tokens) {
    if (!Arrays.equals(mask.shape(), new long[] {batch, tokens})) {
      throw new IllegalArgumentException(
          layer
              + ": expected a mask of shape ["
              + batch
              + ", "
              + tokens
              + "], but got "
              + Arrays.toString(mask.shape()));
    }
    double[] values = mask.dup('c').data().asDouble();
    for (int text = 0; text < batch; text++) {
      checkText(layer, values, text, (int) tokens);
    }
    return values;
  }

  private static void checkText(String layer, double[] values, int text, int tokens) {
    boolean empty = true;
    for (int i = text * tokens; i < (text + 1) * tokens; i++) {
      if (values[i] != 0 && values[i] != 1) {
        throw new IllegalArgumentException(
            layer + ": expected a mask of ones and zeros, but text " + text + " has " + values[i]);
      }
      empty &= values[i] == 0;
    }
    if (empty) {
      throw new IllegalArgumentException(
          layer + ": the mask leaves text " + text + " no token: leave empty texts out");
    }
  }
}
