// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.text;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.AdapterMismatchException;
import org.nola4j.datasets.source.DataSource;
import org.nola4j.experiments.common.UserException;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.BertEncoder;
import org.nola4j.models.text.TextTokenizer;
import org.nola4j.models.text.TokenBatch;
import org.nola4j.transfer.Adapters;

/** A pretrained encoder with the adapter of a run of text-classification. */
public final class TextClassifier implements Closeable {
  private static final int BATCH = 32;

  private final ComputationGraph network;
  private final TextTokenizer tokenizer;
  private final List<String> labels;

  private TextClassifier(ComputationGraph network, TextTokenizer tokenizer, List<String> labels) {
    this.network = network;
    this.tokenizer = tokenizer;
    this.labels = labels;
  }

  /**
   * Reads both.
   *
   * @param file the adapter
   * @param base the encoder's name or file; null for that which the adapter names
   * @param source where files of encoders are found
   * @throws UserException if one is not there or they do not fit
   */
  public static TextClassifier read(Path file, String base, DataSource source) throws IOException {
    try {
      Adapter adapter = Adapter.read(file);
      ClassLabels task = ClassLabels.of(adapter, file.toString());
      try (PretrainedEncoder encoder =
          PretrainedEncoder.open(base == null ? task.base() : base, source)) {
        encoder.requireDigest(task.baseSha256(), file.toString());
        TextTokenizer tokenizer = encoder.tokenizer(task.maxTokens());
        try {
          return new TextClassifier(network(encoder, task, adapter), tokenizer, task.labels());
        } catch (RuntimeException | Error e) {
          tokenizer.close();
          throw e;
        }
      }
    } catch (FileFormatException | AdapterMismatchException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  /** An adapter of a whole network was trained without wrapping it. */
  private static ComputationGraph network(
      PretrainedEncoder encoder, ClassLabels task, Adapter adapter) {
    ComputationGraph base = encoder.model(task.pooling()).classes(task.classes()).build().init();
    boolean whole =
        adapter.layers().stream().anyMatch(layer -> layer.name().equals(BertEncoder.EMBEDDING));
    boolean kept = false;
    try {
      encoder.read(base);
      if (whole) {
        adapter.applyTo(base);
        kept = true;
        return base;
      }
      return Adapters.wrap(base, adapter).network();
    } finally {
      if (!kept) {
        base.close();
      }
    }
  }

  /** The names of the classes. */
  public List<String> labels() {
    return labels;
  }

  /**
   * The probabilities of all outputs for each text: of the classes, and of those without a name.
   */
  public float[][] classify(List<String> texts) {
    float[][] probabilities = new float[texts.size()][];
    for (TokenBatch batch : tokenizer.batches(texts, BATCH)) {
      INDArray output = network.output(false, batch.inputs(), batch.masks())[0];
      for (int row = 0; row < batch.texts().size(); row++) {
        probabilities[batch.texts().get(row)] = output.getRow(row).toFloatVector();
      }
    }
    return probabilities;
  }

  @Override
  public void close() {
    tokenizer.close();
    network.close();
  }
}
