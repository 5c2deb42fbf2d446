// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.util.List;

/**
 * The shape of a network's input and output.
 *
 * @param features the sizes of an example's features: [inputs], or [height, width, channels]
 * @param classes number of classes
 */
public record ExampleShape(List<Integer> features, int classes) {

  /** Copies the sizes. */
  public ExampleShape {
    features = List.copyOf(features);
  }

  /** Flat features. */
  public static ExampleShape flat(int inputs, int classes) {
    return new ExampleShape(List.of(inputs), classes);
  }

  /** Square color images. */
  public static ExampleShape images(int size, int classes) {
    return new ExampleShape(List.of(size, size, 3), classes);
  }

  /** Whether the features are a two-dimensional image. */
  public boolean isImage() {
    return features.size() > 1;
  }

  /** The shape of the features of a batch. */
  public long[] batchOf(int examples) {
    long[] shape = new long[features.size() + 1];
    shape[0] = examples;
    for (int i = 0; i < features.size(); i++) {
      shape[i + 1] = features.get(i);
    }
    return shape;
  }
}
