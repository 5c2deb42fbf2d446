// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import java.util.Arrays;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Tokens [batch, tokens, width] as DL4J's types and as matrices. */
final class Tokens {
  private Tokens() {}

  static InputType type(long tokens, long width) {
    return InputType.recurrent(width, tokens, RNNFormat.NWC);
  }

  /** The width of an input type's tokens. */
  static long width(String layer, InputType type) {
    if (type instanceof InputType.InputTypeRecurrent tokens
        && tokens.getFormat() == RNNFormat.NWC) {
      return tokens.getSize();
    }
    throw new IllegalStateException(
        layer
            + ": expected tokens, InputType.recurrent(width, tokens, RNNFormat.NWC), but the input"
            + " type is "
            + type);
  }

  /** The width of a layer that may have one set, given its input. */
  static long width(String layer, InputType type, long set, boolean override) {
    long width = width(layer, type);
    if (set > 0 && !override && set != width) {
      throw new IllegalStateException(
          layer
              + ": nIn is set to "
              + set
              + ", but the layer below gives tokens of "
              + width
              + " values");
    }
    return width;
  }

  /** Fails where the width was neither set nor taken from an input type. */
  static int checkedWidth(String layer, long width) {
    if (width < 1) {
      throw new IllegalStateException(
          layer
              + ": nIn must be at least 1, but is "
              + width
              + "; set nIn, or the network's input type");
    }
    return Math.toIntExact(width);
  }

  static void check(String layer, INDArray input, long width) {
    if (input.rank() != 3 || input.size(2) != width) {
      throw new IllegalArgumentException(
          layer
              + ": expected input of shape [batch, tokens, nIn = "
              + width
              + "], but got "
              + Arrays.toString(input.shape()));
    }
  }

  /** Fails if one of DL4J's activation functions is set, which this layer would not apply. */
  static void checkNoActivation(String layer, IActivation activation) {
    if (activation != null) {
      throw new IllegalArgumentException(
          layer
              + " has no place for the activation function "
              + activation
              + ": put DL4J's ActivationLayer behind it");
    }
  }

  /** Fails if nOut is set and differs from nIn. */
  static void checkOutputs(String layer, long nIn, long nOut) {
    if (nIn > 0 && nOut > 0 && nIn != nOut) {
      throw new IllegalArgumentException(
          layer
              + " has as many outputs as inputs, which are "
              + nIn
              + ", so that nOut cannot be "
              + nOut
              + ": change the width of the layers below");
    }
  }

  static void checkNoMask(String layer, INDArray mask) {
    if (mask != null) {
      throw new IllegalArgumentException(
          layer + ": masks are not supported: give sequences of one length and no mask");
    }
  }

  /** Row-major and contiguous; the array itself if it already is. */
  static INDArray plain(INDArray array) {
    boolean plain =
        array.ordering() == 'c' && array.elementWiseStride() == 1 && array.offset() == 0;
    return plain ? array : array.dup('c');
  }

  /** [batch * tokens, width], without a copy if the array is contiguous. */
  static INDArray matrix(INDArray tokens) {
    return plain(tokens).reshape('c', tokens.size(0) * tokens.size(1), tokens.size(2));
  }
}
