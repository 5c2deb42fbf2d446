// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.HostArrays;

/**
 * Rotary position embeddings (Su et al., <i>RoFormer</i>, 2021): the i-th pair of numbers of each
 * head of the token at place t is turned by the angle {@code t theta^(-2i / headWidth)}.
 */
final class Rotation {
  private final int headWidth;
  private final double theta;
  private final RotaryPairs pairs;
  private double[] cosines = new double[0];
  private double[] sines = cosines;

  /**
   * @param headWidth even
   */
  Rotation(int headWidth, double theta, RotaryPairs pairs) {
    this.headWidth = headWidth;
    this.theta = theta;
    this.pairs = pairs;
  }

  /**
   * Turns a matrix [batch * tokens, heads * headWidth] in place.
   *
   * @param back the other way, as gradients are
   */
  void turn(INDArray matrix, long tokens, boolean back) {
    prepare(Math.toIntExact(tokens));
    int width = Math.toIntExact(matrix.size(1));
    if (matrix.dataType() == DataType.FLOAT) {
      float[] x = new float[Math.toIntExact(matrix.length())];
      HostArrays.read(matrix, x);
      for (int begin = 0; begin < x.length; begin += headWidth) {
        turn(x, begin, place(begin, width, tokens), back ? -1 : 1);
      }
      HostArrays.write(x, matrix);
    } else {
      double[] x = new double[Math.toIntExact(matrix.length())];
      HostArrays.read(matrix, x);
      for (int begin = 0; begin < x.length; begin += headWidth) {
        turn(x, begin, place(begin, width, tokens), back ? -1 : 1);
      }
      HostArrays.write(x, matrix);
    }
  }

  /** Turns rows of numbers, [places, width], in place, each by the angles of its own place. */
  void turn(float[] rows, int width, int[] places) {
    for (int row = 0; row < places.length; row++) {
      prepare(places[row] + 1);
      for (int begin = row * width; begin < (row + 1) * width; begin += headWidth) {
        turn(rows, begin, places[row] * (headWidth / 2), 1);
      }
    }
  }

  /** Where the angles of a token begin. */
  private int place(int begin, int width, long tokens) {
    return (int) (begin / width % tokens) * (headWidth / 2);
  }

  private void turn(float[] x, int begin, int angles, int sign) {
    for (int pair = 0; pair < headWidth / 2; pair++) {
      int i = begin + first(pair);
      int j = begin + second(pair);
      float cosine = (float) cosines[angles + pair];
      float sine = (float) (sign * sines[angles + pair]);
      float turned = x[i] * cosine - x[j] * sine;
      x[j] = x[i] * sine + x[j] * cosine;
      x[i] = turned;
    }
  }

  private void turn(double[] x, int begin, int angles, int sign) {
    for (int pair = 0; pair < headWidth / 2; pair++) {
      int i = begin + first(pair);
      int j = begin + second(pair);
      double cosine = cosines[angles + pair];
      double sine = sign * sines[angles + pair];
      double turned = x[i] * cosine - x[j] * sine;
      x[j] = x[i] * sine + x[j] * cosine;
      x[i] = turned;
    }
  }

  /**
   * What all numbers of a sequence are multiplied by, [1, tokens * heads * headWidth].
   *
   * @param sine whether as the other one of their pair
   */
  double[] factors(int tokens, int heads, boolean sine) {
    prepare(tokens);
    double[] from = sine ? sines : cosines;
    double[] factors = new double[tokens * heads * headWidth];
    for (int begin = 0; begin < factors.length; begin += headWidth) {
      for (int pair = 0; pair < headWidth / 2; pair++) {
        double factor = from[place(begin, heads * headWidth, tokens) + pair];
        factors[begin + first(pair)] = factor;
        factors[begin + second(pair)] = factor;
      }
    }
    return factors;
  }

  /** Row-major [heads * headWidth]^2: the other number of each pair with its sign. */
  double[] others(int heads) {
    int width = heads * headWidth;
    double[] others = new double[width * width];
    for (int begin = 0; begin < width; begin += headWidth) {
      for (int pair = 0; pair < headWidth / 2; pair++) {
        int i = begin + first(pair);
        int j = begin + second(pair);
        others[j * width + i] = -1;
        others[i * width + j] = 1;
      }
    }
    return others;
  }

  private int first(int pair) {
    return pairs == RotaryPairs.HALVES ? pair : 2 * pair;
  }

  private int second(int pair) {
    return pairs == RotaryPairs.HALVES ? pair + headWidth / 2 : 2 * pair + 1;
  }

  private void prepare(int atLeast) {
    int half = headWidth / 2;
    if (cosines.length >= atLeast * half) {
      return;
    }
    int tokens = Math.max(atLeast, 2 * cosines.length / half);
    cosines = new double[tokens * half];
    sines = new double[tokens * half];
    for (int token = 0; token < tokens; token++) {
      for (int pair = 0; pair < half; pair++) {
        double angle = token * Math.pow(theta, -2.0 * pair / headWidth);
        cosines[token * half + pair] = Math.cos(angle);
        sines[token * half + pair] = Math.sin(angle);
      }
    }
  }
}
