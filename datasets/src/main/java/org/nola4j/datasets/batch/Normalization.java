// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.batch;

import java.util.List;

/**
 * How a pixel becomes an input: {@code (byte / 255 - mean) / std}, with an unsigned byte.
 *
 * @param mean one value for all channels, or one per channel, on a scale of [0, 1]
 * @param std as many values as {@code mean}, on the same scale
 */
public record Normalization(List<Double> mean, List<Double> std) {
  /** Pixels in [0, 1]: mean 0, standard deviation 1. */
  public static final Normalization UNIT = of(0, 1);

  /** MNIST's usual constants, from its training images: mean 0.1307, standard deviation 0.3081. */
  public static final Normalization MNIST = of(0.1307, 0.3081);

  /** CIFAR-10's usual constants, as used by PRANC and NOLA. */
  public static final Normalization CIFAR10 =
      new Normalization(List.of(0.4914, 0.4822, 0.4465), List.of(0.2023, 0.1994, 0.2010));

  /** CIFAR-100's usual constants, from its training images. */
  public static final Normalization CIFAR100 =
      new Normalization(List.of(0.5071, 0.4865, 0.4409), List.of(0.2673, 0.2564, 0.2762));

  /** ImageNet's usual constants. */
  public static final Normalization IMAGENET =
      new Normalization(List.of(0.485, 0.456, 0.406), List.of(0.229, 0.224, 0.225));

  private static final int BYTE_VALUES = 256;

  /**
   * Checks and copies the lists.
   *
   * @throws IllegalArgumentException if they are empty or differ in length, a value is not finite,
   *     or a standard deviation is not positive
   */
  public Normalization {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    if (mean.isEmpty() || mean.size() != std.size()) {
      throw new IllegalArgumentException(
          "need as many means as standard deviations, at least one, got %s and %s"
              .formatted(mean, std));
    }
    if (!mean.stream().allMatch(Double::isFinite)
        || !std.stream().allMatch(s -> Double.isFinite(s) && s > 0)) {
      throw new IllegalArgumentException(
          "means must be finite and standard deviations finite and positive, got %s and %s"
              .formatted(mean, std));
    }
  }

  /**
   * The same mean and deviation for every channel.
   *
   * @param mean on the scale of [0, 1]
   * @param std on the same scale, positive
   * @return the normalization
   */
  public static Normalization of(double mean, double std) {
    return new Normalization(List.of(mean), List.of(std));
  }

  /**
   * The inputs of all byte values, so that a batch is converted by table lookup.
   *
   * @return [channels][256]
   */
  float[][] tables(int channels) {
    if (mean.size() != 1 && mean.size() != channels) {
      throw new IllegalArgumentException(
          "the normalization is for %d channels, the images have %d"
              .formatted(mean.size(), channels));
    }
    float[][] tables = new float[channels][BYTE_VALUES];
    for (int c = 0; c < channels; c++) {
      int i = mean.size() == 1 ? 0 : c;
      for (int b = 0; b < BYTE_VALUES; b++) {
        tables[c][b] = (float) ((b / 255.0 - mean.get(i)) / std.get(i));
      }
    }
    return tables;
  }
}
