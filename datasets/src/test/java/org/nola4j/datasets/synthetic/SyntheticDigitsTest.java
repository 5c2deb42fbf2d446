// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.synthetic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.LabeledImages;

class SyntheticDigitsTest {
  @Test
  void imagesAreTheSameOnEveryMachine() {
    // Golden: recorded results depend on it.
    ImageSplits<LabeledImages> set = SyntheticDigits.standard().generate();
    assertEquals(2583393222L, crc(set.train()));
    assertEquals(4236972034L, crc(set.test()));
  }

  @Test
  void saysWhatItIs() {
    ImageSplits<LabeledImages> set = new SyntheticDigits(7, 20, 10).generate();
    assertEquals(
        "synthetic-digits train: 20 images of 1x28x28, 10 classes (stand-in)",
        set.train().toString());
    assertEquals("test", set.test().info().split());
    assertTrue(set.standIn());
  }

  @Test
  void firstImagesDoNotDependOnTheSize() {
    LabeledImages few = new SyntheticDigits(7, 15, 1).generate().train();
    LabeledImages more = new SyntheticDigits(7, 40, 1).generate().train();
    assertEquals(crc(few), crc(more.first(15)));
    for (int i = 0; i < 40; i++) {
      assertEquals(i % 10, more.label(i));
    }
  }

  @Test
  void seedsAndSplitsDiffer() {
    ImageSplits<LabeledImages> set = new SyntheticDigits(7, 1, 1).generate();
    ImageSplits<LabeledImages> other = new SyntheticDigits(8, 1, 1).generate();
    assertFalse(Arrays.equals(set.train().pixels(0), other.train().pixels(0)));
    assertFalse(Arrays.equals(set.train().pixels(0), set.test().pixels(0)));
  }

  @Test
  void digitsAreWrittenInTheMiddle() {
    LabeledImages images = new SyntheticDigits(7, 500, 1).generate().train();
    long inside = 0;
    long all = 0;
    for (int image = 0; image < images.size(); image++) {
      byte[] pixels = images.pixels(image);
      for (int i = 0; i < pixels.length; i++) {
        boolean inked = Byte.toUnsignedInt(pixels[i]) > 140;
        boolean inMiddle = i / 28 >= 3 && i / 28 < 25 && i % 28 >= 3 && i % 28 < 25;
        all += inked ? 1 : 0;
        inside += inked && inMiddle ? 1 : 0;
      }
    }
    double inkedPixels = (double) all / images.size();
    assertTrue(inkedPixels > 40 && inkedPixels < 150, "inked pixels an image: " + inkedPixels);
    assertTrue(inside > 0.95 * all, inside + " of " + all);
  }

  @Test
  void aLinearClassifierLearnsMuchOfItButNotAll() {
    ImageSplits<LabeledImages> set = new SyntheticDigits(7, 4_000, 1_000).generate();
    Perceptron perceptron = new Perceptron();
    for (int epoch = 0; epoch < 5; epoch++) {
      for (int i = 0; i < set.train().size(); i++) {
        perceptron.learn(set.train().pixels(i), set.train().label(i));
      }
    }
    int right = 0;
    for (int i = 0; i < set.test().size(); i++) {
      right += perceptron.classify(set.test().pixels(i)) == set.test().label(i) ? 1 : 0;
    }
    double accuracy = (double) right / set.test().size();
    assertTrue(accuracy > 0.75 && accuracy < 0.95, "accuracy " + accuracy);
  }

  @Test
  void sizesAreChecked() {
    Exception e = assertThrows(IllegalArgumentException.class, () -> new SyntheticDigits(7, 0, 1));
    assertEquals("need at least 1 training and 1 test image, got 0 and 1", e.getMessage());
  }

  private static long crc(LabeledImages images) {
    CRC32 crc = new CRC32();
    for (int i = 0; i < images.size(); i++) {
      crc.update(images.pixels(i));
    }
    return crc.getValue();
  }

  /** The simplest linear classifier: ten weight vectors, moved on mistakes. */
  private static final class Perceptron {
    private final float[][] weights = new float[10][28 * 28];

    void learn(byte[] pixels, int label) {
      int guess = classify(pixels);
      if (guess != label) {
        for (int i = 0; i < pixels.length; i++) {
          float x = (pixels[i] & 0xff) / 255f;
          weights[label][i] += x;
          weights[guess][i] -= x;
        }
      }
    }

    int classify(byte[] pixels) {
      int best = 0;
      float bestScore = Float.NEGATIVE_INFINITY;
      for (int c = 0; c < weights.length; c++) {
        float score = 0;
        for (int i = 0; i < pixels.length; i++) {
          score += weights[c][i] * (pixels[i] & 0xff);
        }
        if (score > bestScore) {
          best = c;
          bestScore = score;
        }
      }
      return best;
    }
  }
}
