// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.nola4j.transformer.MlpActivation;

/** The tensors of a BERT by {@link BertNaming}'s names, whatever file they are in. */
interface BertSource extends Closeable {
  /**
   * What a file says of a model beside its tensors.
   *
   * @param heads 0 where it does not say it
   */
  record Settings(int heads, MlpActivation activation, double epsilon) {
    /** Those of all of BERT's sizes but for the heads. */
    static final Settings USUAL = new Settings(0, MlpActivation.GELU, 1e-12);
  }

  /** What messages call the file. */
  String name();

  /** The shapes of all tensors, those of weights as [outputs, inputs]. */
  Map<String, List<Long>> shapes();

  /** Whether {@link #floats} gives a weight as [inputs, outputs]. */
  boolean inputsFirst();

  /** A tensor's elements in row-major order. */
  float[] floats(String tensor) throws IOException;

  /**
   * What the file says beside the tensors.
   *
   * @throws org.nola4j.io.FileFormatException if it says that the model has other sizes
   */
  Settings settings(BertDimensions sizes);

  /** Of the whole file, in lower-case hexadecimal digits. */
  String sha256() throws IOException;
}
