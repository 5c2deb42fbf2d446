// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.io.Closeable;
import java.io.IOException;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nola4j.models.Llama;
import org.nola4j.transfer.ParameterReader;

/** An open file, or several, with the weights of a LLaMA. */
public interface LlamaSource extends Closeable {
  /** The sizes that follow from the file. */
  LlamaDimensions dimensions();

  /** The most tokens of a text. */
  int maxPositions();

  /** SHA-256 of the file, or of the SHA-256s of several, by which an adapter's base can be told. */
  String sha256() throws IOException;

  /**
   * A builder of the model that the file is of; heads must be set where the file does not say them.
   *
   * @throws CheckpointMismatchException if it lacks a tensor, or has one that is no part of such
   *     models
   */
  Llama.Builder model();

  /**
   * Copies the weights into a network of {@link Llama} whose weights are dense.
   *
   * @throws org.nola4j.io.FileFormatException if a weight is NaN or infinite
   * @throws IllegalArgumentException if it is not such a network, has other sizes, or a weight is
   *     not dense
   */
  void readInto(ComputationGraph network) throws IOException;

  /**
   * Reads one weight at a time; while this is open.
   *
   * @throws CheckpointMismatchException as {@link #model}
   */
  ParameterReader parameters();
}
