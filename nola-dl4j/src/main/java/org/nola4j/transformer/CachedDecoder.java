// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.layers.wrapper.BaseWrapperLayer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.internal.arrays.HostArrays;
import org.nola4j.internal.runtime.DirectComputation.Arrays;
import org.nola4j.internal.weights.MaterializedWeight;

/**
 * Runs a language model token by token: a step computes one new token of each sequence, with the
 * keys and values of earlier ones from a cache.
 *
 * <p>For float32 networks of {@link TokenEmbedding} (without types and norm), {@link LlamaBlock}s
 * or causal pre-norm {@link TransformerBlock}s, {@link TokenNorm} and {@link LanguageModelHead},
 * one above the other, wrapped or not. It uses the network's own arrays and sees changes of its
 * parameters from the next step on. One thread at a time, and not while the network is in use
 * elsewhere.
 *
 * <p>Cost of a step: the products of all weights with one row for each sequence, and {@code 2
 * tokens width} multiplications a block and sequence for attention. Memory: {@code 8 width} bytes a
 * block, with the width of keys, for each token in the cache, where sequences that begin alike
 * share what they have in common.
 */
public final class CachedDecoder {
  private static final DataType FLOAT = DataType.FLOAT;

  private final CachedSequences sequences = new CachedSequences();
  private final List<CachedBlock> blocks = new ArrayList<>();
  private final RowSoftmax logSoftmax = RowSoftmax.ofLogarithms();
  private TokenEmbeddingLayer embedding;
  private TokenNormLayer norm;
  private LanguageModelHeadLayer head;
  private Normalization normalization;
  private INDArray tokens;
  private INDArray places;
  private INDArray last;
  private INDArray logProbabilities;

  private CachedDecoder(ComputationGraph network) {
    String below = null;
    for (int index : network.topologicalSortOrder()) {
      GraphVertex vertex = network.getVertices()[index];
      if (vertex.hasLayer()) {
        String name = vertex.getVertexName();
        List<String> inputs = network.getConfiguration().getVertexInputs().get(name);
        add(name, inside(vertex.getLayer()), below == null || inputs.equals(List.of(below)));
        below = name;
      } else if (!vertex.isInputVertex()) {
        throw unsupported(vertex.getVertexName(), vertex.getClass().getSimpleName());
      }
    }
    if (embedding == null || blocks.isEmpty() || norm == null || head == null) {
      throw unsupported(String.valueOf(below), "its last layer");
    }
    DataType type = network.getConfiguration().getDataType();
    if (type != FLOAT) {
      throw new IllegalArgumentException(
          "a network of DataType.FLOAT is needed, but this one is of " + type);
    }
  }

  /**
   * A decoder without sequences.
   *
   * @throws IllegalArgumentException if the network has other layers or another type
   */
  public static CachedDecoder of(ComputationGraph network) {
    return new CachedDecoder(network);
  }

  private static Layer inside(Layer layer) {
    return layer instanceof BaseWrapperLayer wrapper ? inside(wrapper.getUnderlying()) : layer;
  }

  private void add(String name, Layer layer, boolean inOrder) {
    if (inOrder && layer instanceof TokenEmbeddingLayer first && embedding == null) {
      TokenEmbedding conf = (TokenEmbedding) layer.conf().getLayer();
      if (!conf.isNorm() && conf.getTypeVocabulary() == 0) {
        embedding = first;
        return;
      }
    } else if (inOrder && layer instanceof TransformerBlockLayer block && norm == null) {
      TransformerBlock conf = (TransformerBlock) layer.conf().getLayer();
      if (conf.isCausal() && conf.getNormPosition() == NormPosition.PRE) {
        blocks.add(CachedBlock.of(block, conf));
        return;
      }
    } else if (inOrder && layer instanceof LlamaBlockLayer block && norm == null) {
      blocks.add(CachedBlock.of(block, (LlamaBlock) layer.conf().getLayer()));
      return;
    } else if (inOrder && layer instanceof TokenNormLayer only && norm == null) {
      norm = only;
      TokenNorm conf = (TokenNorm) only.conf().getLayer();
      normalization = new Normalization("", conf.getEpsilon(), conf.isRms());
      return;
    } else if (inOrder && layer instanceof LanguageModelHeadLayer only && head == null) {
      head = only;
      return;
    }
    throw unsupported(name, layer.conf().getLayer().getClass().getSimpleName());
  }

  private static IllegalArgumentException unsupported(String name, String type) {
    return new IllegalArgumentException(
        ("expected a language model: TokenEmbedding without types and norm, LlamaBlocks or causal"
                + " pre-norm TransformerBlocks, TokenNorm and LanguageModelHead, one above the other,"
                + " but \"%s\" (%s) does not fit in")
            .formatted(name, type));
  }

  /** The most tokens of a sequence. */
  public int maxTokens() {
    return ((TokenEmbedding) embedding.conf().getLayer()).getMaxPositions();
  }

  /** The size of the vocabulary. */
  public int words() {
    return (int) ((LanguageModelHead) head.conf().getLayer()).getNOut();
  }

  /** The number of sequences. */
  public int size() {
    return sequences.size();
  }

  /**
   * Forgets all sequences and computes others.
   *
   * @param prompts at least one sequence, of at least one token each
   * @return the logarithms of the next token's probabilities, [prompts, words], valid until the
   *     next call
   * @throws IllegalArgumentException if there is none, one is empty or too long, or a token is not
   *     in the vocabulary
   */
  public INDArray start(List<int[]> prompts) {
    sequences.clear();
    int all = prompts.stream().mapToInt(prompt -> prompt.length).sum();
    int[] ids = new int[all];
    int[] positions = new int[all];
    int[] ends = new int[prompts.size()];
    int row = 0;
    for (int i = 0; i < prompts.size(); i++) {
      int[] prompt = prompts.get(i);
      checkLength(i, prompt.length);
      for (int token = 0; token < prompt.length; token++) {
        ids[row] = checked(prompt[token], i);
        positions[row++] = token;
      }
      ends[i] = row - 1;
      sequences.add(prompt.length);
    }
    if (prompts.isEmpty()) {
      throw new IllegalArgumentException("expected at least one sequence, but got none");
    }
    INDArray x = embed(ids, positions);
    blocks.forEach(block -> block.start(x, sequences, x));
    last = HostArrays.fitting(last, FLOAT, ends.length, x.size(1));
    Nd4j.pullRows(x, last, 1, ends);
    return finish(last);
  }

  /**
   * Continues sequences by one token each; those that are not among the parents are forgotten.
   *
   * @param parents the place of the sequence that each new one continues, several times where it
   *     forks
   * @param next the token of each
   * @return as {@link #start}
   * @throws IllegalArgumentException if a token is not in the vocabulary, or a sequence has {@link
   *     #maxTokens} already
   */
  public INDArray next(int[] parents, int[] next) {
    int[] positions = new int[parents.length];
    for (int i = 0; i < parents.length; i++) {
      checked(next[i], i);
      positions[i] = sequences.slots(parents[i]).length;
      checkLength(i, positions[i] + 1);
    }
    sequences.fork(parents);
    INDArray x = embed(next, positions);
    blocks.forEach(block -> block.next(x, sequences, x));
    return finish(x);
  }

  private void checkLength(int sequence, int length) {
    if (length < 1 || length > maxTokens()) {
      throw new IllegalArgumentException(
          "expected sequences of 1 to %d tokens, as many as the network has positions, but %d would have %d"
              .formatted(maxTokens(), sequence, length));
    }
  }

  private int checked(int token, int sequence) {
    if (token < 0 || token >= words()) {
      throw new IllegalArgumentException(
          "expected tokens from 0 to %d, but sequence %d has %d: use the tokenizer of this vocabulary"
              .formatted(words() - 1, sequence, token));
    }
    return token;
  }

  private INDArray embed(int[] ids, int[] positions) {
    Arrays arrays = embedding.arrays();
    MaterializedWeight words = arrays.weights().get(0);
    tokens = HostArrays.fitting(tokens, FLOAT, ids.length, words.columns());
    Words.copyRows(words, ids, tokens);
    INDArray table = arrays.parameters().get("pos");
    if (table != null) {
      places = HostArrays.fitting(places, FLOAT, ids.length, words.columns());
      Nd4j.pullRows(table, places, 1, positions);
      tokens.addi(places);
    }
    return tokens;
  }

  private INDArray finish(INDArray x) {
    places = HostArrays.fitting(places, FLOAT, x.shape());
    normalization.forward(x, norm.arrays(), places);
    MaterializedWeight words = head.arrays().weights().get(0);
    logProbabilities = HostArrays.fitting(logProbabilities, FLOAT, x.size(0), Words.count(words));
    Words.logits(places, words, logProbabilities);
    logSoftmax.apply(logProbabilities);
    return logProbabilities;
  }
}
