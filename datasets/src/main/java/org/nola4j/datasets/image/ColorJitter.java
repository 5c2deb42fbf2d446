// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.image;

import java.util.List;
import java.util.random.RandomGenerator;
import org.nola4j.datasets.random.EpochOrder;

/**
 * Changes brightness, contrast, saturation, and hue of an RGB image by random factors, one after
 * the other in random order, like torchvision's {@code ColorJitter} on Pillow images: A. Howard,
 * <i>Some improvements on deep convolutional neural network based image classification</i>,
 * arXiv:1312.5402, 2013.
 *
 * <p>Draws seven numbers: three to shuffle the four changes as {@link EpochOrder} shuffles images,
 * then the factors of brightness, contrast, and saturation, uniform in {@code [max(0, 1 - x), 1 +
 * x]}, and the hue shift, uniform in {@code [-hue, hue]}. Every change rounds to bytes and clips.
 *
 * @param brightness how much the factor may differ from 1, at least 0
 * @param contrast like {@code brightness}
 * @param saturation like {@code brightness}
 * @param hue the largest shift, in turns of the color wheel, from 0 to 0.5
 */
public record ColorJitter(double brightness, double contrast, double saturation, double hue)
    implements Augmentation {

  /** One of the changes, with its factor. */
  @FunctionalInterface
  private interface Change {
    Image by(Image image, double factor);
  }

  private static final List<Change> CHANGES =
      List.of(Colors::brightness, Colors::contrast, Colors::saturation, Colors::hue);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public ColorJitter {
    for (double strength : new double[] {brightness, contrast, saturation}) {
      if (!(strength >= 0 && strength < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "brightness, contrast, and saturation must be at least 0, got " + strength);
      }
    }
    if (!(hue >= 0 && hue <= 0.5)) {
      throw new IllegalArgumentException("hue must be from 0 to 0.5, got " + hue);
    }
  }

  @Override
  public Image apply(Image image, RandomGenerator random) {
    int[] order = {0, 1, 2, 3};
    for (int i = order.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int change = order[i];
      order[i] = order[j];
      order[j] = change;
    }
    double[] factors = {
      factor(brightness, random),
      factor(contrast, random),
      factor(saturation, random),
      (2 * random.nextDouble() - 1) * hue
    };
    Image changed = image;
    for (int change : order) {
      changed = CHANGES.get(change).by(changed, factors[change]);
    }
    return changed;
  }

  private static double factor(double strength, RandomGenerator random) {
    double least = Math.max(0, 1 - strength);
    return least + (1 + strength - least) * random.nextDouble();
  }
}
