// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.generation;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nola4j.transformer.CachedDecoder;

/**
 * Continues texts with a language model, plain, wrapped or merged, from cached keys and values.
 *
 * <pre>{@code
 * List<Continuation> texts = Generator.of(network).generate(prompts, Decoding.nola());
 * }</pre>
 *
 * <p>All prompts of a call are continued together, each as it would be alone; a text that has ended
 * costs nothing more. Cost: a pass over the prompts, then a step of {@link CachedDecoder} for each
 * new token, with one row for each text or hypothesis. Memory grows with their number: {@code 8
 * width} bytes a block for each token of the prompts and each new one of a hypothesis, and 8 bytes
 * a word of the vocabulary for each row.
 *
 * <p>One thread at a time; it may be used within {@code AdapterBank.use}.
 */
public final class Generator {
  private final CachedDecoder decoder;

  private Generator(CachedDecoder decoder) {
    this.decoder = decoder;
  }

  /**
   * A generator with a float32 network as {@link org.nola4j.models.Gpt2} makes it.
   *
   * @throws IllegalArgumentException if it has other layers
   */
  public static Generator of(ComputationGraph network) {
    return new Generator(CachedDecoder.of(network));
  }

  /**
   * Continues prompts.
   *
   * @param prompts tokens, at least one each
   * @return one continuation for each, in their order
   * @throws IllegalArgumentException if a prompt is empty, has tokens that are not in the
   *     vocabulary, or has with {@code maxNewTokens} more tokens than the model has positions
   */
  public List<Continuation> generate(List<int[]> prompts, Decoding decoding) {
    if (prompts.isEmpty()) {
      return List.of();
    }
    for (int i = 0; i < prompts.size(); i++) {
      int length = prompts.get(i).length;
      if (length == 0) {
        throw new IllegalArgumentException(
            "prompt %d has no tokens, but at least one is needed".formatted(i));
      }
      if (length + decoding.maxNewTokens() > decoder.maxTokens()) {
        throw new IllegalArgumentException(
            "prompt %d has %d tokens, and with %d new ones more than the model's %d positions: shorten it, or lower maxNewTokens"
                .formatted(i, length, decoding.maxNewTokens(), decoder.maxTokens()));
      }
    }
    return decoding.beams() > 1 ? beams(prompts, decoding) : single(prompts, decoding);
  }

  /** One hypothesis a prompt. */
  private List<Continuation> single(List<int[]> prompts, Decoding decoding) {
    NextTokens next = new NextTokens(decoder.words());
    List<Draft> drafts =
        IntStream.range(0, prompts.size()).mapToObj(i -> new Draft(decoding, i)).toList();
    next.read(decoder.start(prompts));
    List<Draft> open = drafts;
    while (true) {
      List<Draft> still = new ArrayList<>();
      List<Integer> parents = new ArrayList<>();
      for (int row = 0; row < open.size(); row++) {
        Draft draft = open.get(row);
        draft.extend(next, row);
        if (draft.isOpen()) {
          still.add(draft);
          parents.add(row);
        }
      }
      if (still.isEmpty()) {
        return drafts.stream().map(Draft::continuation).toList();
      }
      open = still;
      next.read(
          decoder.next(
              parents.stream().mapToInt(Integer::intValue).toArray(),
              still.stream().mapToInt(Draft::last).toArray()));
    }
  }

  /** A text that is being written by itself. */
  private final class Draft {
    private final Decoding decoding;
    private final Sampler sampler;
    private final List<Integer> tokens = new ArrayList<>();
    private double sum;

    Draft(Decoding decoding, int place) {
      this.decoding = decoding;
      this.sampler = decoding.sampling() == null ? null : new Sampler(decoding.sampling(), place);
    }

    void extend(NextTokens next, int row) {
      next.excludeRepetitions(row, tokens, decoding.noRepeatNgram());
      int token = sampler == null ? next.best(row, 1)[0] : sampler.draw(next, row, decoder.words());
      sum += next.logarithm(row, token);
      tokens.add(token);
    }

    int last() {
      return tokens.get(tokens.size() - 1);
    }

    private boolean isEnded() {
      return decoding.endTokens().contains(last());
    }

    boolean isOpen() {
      return !isEnded() && tokens.size() < decoding.maxNewTokens();
    }

    Continuation continuation() {
      return new Continuation(tokens, sum, isEnded());
    }
  }

  private List<Continuation> beams(List<int[]> prompts, Decoding decoding) {
    NextTokens next = new NextTokens(decoder.words());
    List<Beam> beams = prompts.stream().map(prompt -> new Beam(decoding)).toList();
    next.read(decoder.start(prompts));
    while (true) {
      List<Integer> parents = new ArrayList<>();
      List<Integer> tokens = new ArrayList<>();
      int row = 0;
      for (Beam beam : beams) {
        int rows = beam.open().size();
        if (rows > 0) {
          beam.advance(next, row);
        }
        for (Beam.Hypothesis hypothesis : beam.open()) {
          parents.add(row + hypothesis.parent());
          tokens.add(hypothesis.last());
        }
        row += rows;
      }
      if (tokens.isEmpty()) {
        return beams.stream().map(Beam::best).toList();
      }
      next.read(
          decoder.next(
              parents.stream().mapToInt(Integer::intValue).toArray(),
              tokens.stream().mapToInt(Integer::intValue).toArray()));
    }
  }
}
