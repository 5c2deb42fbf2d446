// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.internal.arrays.HostArrays;
import org.nola4j.internal.arrays.Products;
import org.nola4j.internal.runtime.DirectComputation;
import org.nola4j.internal.weights.MaterializedWeight;

/**
 * The passes of a {@link LanguageModelHead}. With labels, the logits of some tokens at a time are
 * computed, turned into probabilities where they are, and multiplied into the gradients:
 *
 * <pre>
 *   loss of a token with label y = log sum exp(z) - (1 - e) z[y] - e mean(z),   z = W x
 *   its gradient by z            = softmax(z) - (1 - e) onehot(y) - e / words
 * </pre>
 *
 * <p>The part of smoothing e has the same factor for all words, so that it needs only the sum of
 * W's rows.
 */
final class HeadComputation implements DirectComputation {
  /** Most logits at a time: 32 MiB in float32. */
  private static final long LOGITS = 1 << 23;

  /** The least probability whose logarithm is exact enough in float32. */
  private static final double LEAST = 1e-30;

  private final String description;
  private final double smoothing;
  private final RowSoftmax softmax = RowSoftmax.ofProbabilities();
  private INDArray keptLogits;
  private INDArray frozenRowSum;
  private INDArray labels;
  private double loss = Double.NaN;

  HeadComputation(double smoothing, String description) {
    this.smoothing = smoothing;
    this.description = description;
  }

  /** Sets what {@link #backward} computes the gradient for. */
  void setLabels(INDArray labels) {
    this.labels = labels;
  }

  /** The loss that the last {@link #backward} found. */
  double loss() {
    return loss;
  }

  /** The logits of all tokens, [batch, tokens, words]. */
  @Override
  public INDArray forward(
      INDArray input,
      Arrays arrays,
      INDArray mask,
      boolean training,
      LayerWorkspaceMgr workspaces) {
    MaterializedWeight words = word(arrays);
    long[] shape = {input.size(0), input.size(1), Words.count(words)};
    INDArray result =
        workspaces.createUninitialized(ArrayType.ACTIVATIONS, input.dataType(), shape, 'c');
    Words.logits(Tokens.matrix(input), words, Tokens.matrix(result));
    return result;
  }

  @Override
  public INDArray backward(
      INDArray input,
      INDArray epsilon,
      Arrays arrays,
      INDArray mask,
      LayerWorkspaceMgr workspaces) {
    MaterializedWeight weight = word(arrays);
    TokenLabels labeled = labeled(input, mask, weight);
    Scratch scratch = Scratch.backward(workspaces, input.dataType());
    INDArray below =
        workspaces.createUninitialized(
            ArrayType.ACTIVATION_GRAD, input.dataType(), input.shape(), 'c');
    INDArray x = rows(input, labeled, scratch);
    INDArray dx = labeled.isAll() ? Tokens.matrix(below) : scratch.array(x.size(0) + 1, x.size(1));
    // DL4J divides gradients by the number of examples.
    double scale = (double) input.size(0) / labeled.count();
    double[] losses = losses(x, labeled, weight, dx, scale, scratch);
    loss = mean(losses);
    if (weight.isTrained()) {
      weight.distributeGradient();
    }
    if (!labeled.isAll()) {
      HostArrays.rows(dx, x.size(0), x.size(0) + 1).assign(0);
      Nd4j.pullRows(dx, Tokens.matrix(below), 1, labeled.places());
    }
    return below;
  }

  /** The mean loss of all tokens with a label. */
  double score(
      INDArray input, INDArray labels, INDArray mask, Arrays arrays, LayerWorkspaceMgr manager) {
    this.labels = labels;
    return mean(tokenLosses(input, mask, arrays, manager));
  }

  /** The mean loss of each sequence. */
  double[] scores(
      INDArray input, INDArray labels, INDArray mask, Arrays arrays, LayerWorkspaceMgr manager) {
    this.labels = labels;
    return labeled(input, mask, word(arrays))
        .meanBySequence(tokenLosses(input, mask, arrays, manager));
  }

  private double[] tokenLosses(
      INDArray input, INDArray mask, Arrays arrays, LayerWorkspaceMgr manager) {
    MaterializedWeight weight = word(arrays);
    TokenLabels labeled = labeled(input, mask, weight);
    Scratch scratch = Scratch.forward(manager, input.dataType());
    return losses(rows(input, labeled, scratch), labeled, weight, null, 0, scratch);
  }

  private TokenLabels labeled(INDArray input, INDArray mask, MaterializedWeight weight) {
    return TokenLabels.of(description, labels, mask, input, Words.count(weight));
  }

  private static INDArray rows(INDArray input, TokenLabels labeled, Scratch scratch) {
    INDArray all = Tokens.matrix(input);
    if (labeled.isAll()) {
      return all;
    }
    INDArray rows = scratch.array(labeled.count(), all.size(1));
    Nd4j.pullRows(all, rows, 1, labeled.rows());
    return rows;
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  /**
   * The loss of each row of x.
   *
   * @param dx receives the gradient of x; null if no gradient is needed, also of the weight
   * @param scale of all gradients
   */
  private double[] losses(
      INDArray x,
      TokenLabels labeled,
      MaterializedWeight weight,
      INDArray dx,
      double scale,
      Scratch scratch) {
    int words = Words.count(weight);
    INDArray gradient = dx != null && weight.isTrained() ? weight.matrixGradient() : null;
    double[] losses = new double[labeled.count()];
    long rows = Math.max(1, Math.min(labeled.count(), LOGITS / words));
    keptLogits =
        keptLogits != null && keptLogits.size(0) >= rows
            ? keptLogits
            : HostArrays.allocate(x.dataType(), rows, words);
    for (int from = 0; from < losses.length; from += (int) rows) {
      int to = (int) Math.min(losses.length, from + rows);
      INDArray part = HostArrays.rows(x, from, to);
      INDArray logits = HostArrays.rows(keptLogits, 0, to - from);
      Words.logits(part, weight, logits);
      probabilities(logits, part, weight, labeled.ids(), from, losses);
      if (dx != null) {
        subtractLabels(logits, labeled.ids(), from);
        Words.combine(logits, weight, scale, HostArrays.rows(dx, from, to));
        if (gradient != null) {
          Products.multiply(logits, true, part, false, gradient, scale, from == 0 ? 0 : 1);
        }
      }
    }
    if (smoothing > 0) {
      smooth(x, weight, losses, dx, gradient, scale, scratch);
    }
    return losses;
  }

  /** Turns logits to probabilities; losses become log sum exp(z) - (1 - e) z[y]. */
  private void probabilities(
      INDArray logits, INDArray x, MaterializedWeight words, int[] ids, int from, double[] losses) {
    int count = (int) logits.size(0);
    double[] labelLogits = new double[count];
    for (int i = 0; i < count; i++) {
      labelLogits[i] = logits.getDouble(i, ids[from + i]);
    }
    softmax.apply(logits);
    for (int i = 0; i < count; i++) {
      double logSum =
          logSum(logits.getDouble(i, ids[from + i]), labelLogits[i], logits, x, words, i);
      losses[from + i] = logSum - (1 - smoothing) * labelLogits[i];
    }
  }

  /** From one word's logit and probability: the label's, or where that vanishes the likeliest. */
  private static double logSum(
      double probability,
      double logit,
      INDArray probabilities,
      INDArray x,
      MaterializedWeight words,
      int i) {
    if (probability > LEAST) {
      return logit - Math.log(probability);
    }
    INDArray row = probabilities.getRow(i, true);
    int likeliest = row.argMax(1).getInt(0);
    INDArray word = HostArrays.allocate(x.dataType(), 1, x.size(1));
    Words.copyRows(words, new int[] {likeliest}, word);
    double largest = word.muli(x.getRow(i, true)).sumNumber().doubleValue();
    return largest - Math.log(row.getDouble(0, likeliest));
  }

  private void subtractLabels(INDArray probabilities, int[] ids, int from) {
    for (int i = 0; i < probabilities.size(0); i++) {
      int id = ids[from + i];
      probabilities.putScalar(i, id, probabilities.getDouble(i, id) - (1 - smoothing));
    }
  }

  /** Adds the smoothing's share to losses and gradients. */
  private void smooth(
      INDArray x,
      MaterializedWeight weight,
      double[] losses,
      INDArray dx,
      INDArray gradient,
      double scale,
      Scratch scratch) {
    double share = smoothing / Words.count(weight);
    INDArray rowSum = rowSum(weight, x.dataType());
    INDArray sums = scratch.array(x.size(0), 1);
    Products.multiply(x, false, rowSum, true, sums, 1, 0);
    for (int i = 0; i < losses.length; i++) {
      losses[i] -= share * sums.getDouble(i, 0);
    }
    if (dx != null) {
      HostArrays.rows(dx, 0, x.size(0)).subiRowVector(rowSum.mul(share * scale));
    }
    if (gradient != null) {
      INDArray sum = scratch.array(1, x.size(1));
      Products.sumRows(x, sum);
      gradient.subiRowVector(sum.muli(share * scale));
    }
  }

  /** The sum of all words' rows, [1, width]; kept where they do not change. */
  private INDArray rowSum(MaterializedWeight weight, DataType type) {
    if (frozenRowSum != null) {
      return frozenRowSum;
    }
    INDArray sum = HostArrays.allocate(type, 1, weight.columns());
    if (weight.isCompact()) {
      Words.combine(Nd4j.ones(type, 1, Words.count(weight)), weight, 1, sum);
    } else {
      Products.sumRows(weight.matrix(), sum);
    }
    frozenRowSum = weight.isTrained() ? null : sum;
    return sum;
  }

  private static MaterializedWeight word(Arrays arrays) {
    return arrays.weights().get(0);
  }
}
