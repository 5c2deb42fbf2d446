// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.synthetic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.image.Image;

@Tag("slow")
class SyntheticShapesTest {
  private static final int CLASSES = 10;
  private static final int SIZE = 32;

  @Test
  void imagesAreTheSameOnEveryMachine() {
    // Golden: recorded results depend on it.
    ImageSplits<LabeledImages> set = SyntheticShapes.standard().generate();
    assertEquals(2790876846L, crc(set.train()));
    assertEquals(1153599962L, crc(set.test()));
  }

  @Test
  void saysWhatItIs() {
    ImageSplits<LabeledImages> set = new SyntheticShapes(7, 20, 10).generate();
    assertEquals(
        "synthetic-shapes train: 20 images of 3x32x32, 10 classes (stand-in)",
        set.train().toString());
    assertEquals("test", set.test().info().split());
    assertEquals("striped cross", set.test().info().classNames().get(9));
    assertTrue(set.standIn());
  }

  @Test
  void firstImagesDoNotDependOnTheSize() {
    LabeledImages few = new SyntheticShapes(7, 15, 1).generate().train();
    LabeledImages more = new SyntheticShapes(7, 40, 1).generate().train();
    assertEquals(crc(few), crc(more.first(15)));
    for (int i = 0; i < 40; i++) {
      assertEquals(i % 10, more.label(i));
    }
  }

  @Test
  void seedsAndSplitsDiffer() {
    ImageSplits<LabeledImages> set = new SyntheticShapes(7, 1, 1).generate();
    ImageSplits<LabeledImages> other = new SyntheticShapes(8, 1, 1).generate();
    assertFalse(Arrays.equals(set.train().pixels(0), other.train().pixels(0)));
    assertFalse(Arrays.equals(set.train().pixels(0), set.test().pixels(0)));
  }

  /** Colors and places are of no use; local patterns are, even without learning them. */
  @Test
  void convolutionsLearnItAndPixelsAloneDoNot() {
    ImageSplits<LabeledImages> set = new SyntheticShapes(7, 1_000, 300).generate();
    double fromPixels = accuracy(set, SyntheticShapesTest::pixels);
    double fromPatterns = accuracy(set, new RandomConvolution()::features);
    assertTrue(fromPixels < 0.25, "from pixels " + fromPixels);
    assertTrue(fromPatterns > 0.45, "from patterns " + fromPatterns);
  }

  @Test
  void sizesAreChecked() {
    Exception e = assertThrows(IllegalArgumentException.class, () -> new SyntheticShapes(7, 0, 1));
    assertEquals("need at least 1 training and 1 test image, got 0 and 1", e.getMessage());
  }

  private static long crc(LabeledImages images) {
    CRC32 crc = new CRC32();
    for (int i = 0; i < images.size(); i++) {
      crc.update(images.pixels(i));
    }
    return crc.getValue();
  }

  /** Of softmax regression, trained for a while by gradient descent. */
  private static double accuracy(
      ImageSplits<LabeledImages> set, Function<Image, float[]> features) {
    float[][] train = features(set.train(), features);
    float[][] test = features(set.test(), features);
    float[][] weights = new float[CLASSES][train[0].length];
    for (int epoch = 0; epoch < 10; epoch++) {
      double rate = 0.5 / train[0].length / (1 + epoch / 3);
      for (int i = 0; i < train.length; i++) {
        double[] scores = scores(weights, train[i]);
        double sum = Arrays.stream(scores).map(Math::exp).sum();
        for (int c = 0; c < CLASSES; c++) {
          double error = (c == set.train().label(i) ? 1 : 0) - Math.exp(scores[c]) / sum;
          for (int j = 0; j < train[i].length; j++) {
            weights[c][j] += (float) (rate * error * train[i][j]);
          }
        }
      }
    }
    int right = 0;
    for (int i = 0; i < test.length; i++) {
      double[] scores = scores(weights, test[i]);
      double best = Arrays.stream(scores).max().orElseThrow();
      right += scores[set.test().label(i)] == best ? 1 : 0;
    }
    return (double) right / test.length;
  }

  private static double[] scores(float[][] weights, float[] features) {
    double[] scores = new double[CLASSES];
    for (int c = 0; c < CLASSES; c++) {
      float sum = 0;
      for (int j = 0; j < features.length; j++) {
        sum += weights[c][j] * features[j];
      }
      scores[c] = sum;
    }
    return scores;
  }

  /** The features of all images, each scaled to mean 0 and deviation 1 within its image. */
  private static float[][] features(LabeledImages images, Function<Image, float[]> features) {
    float[][] all = new float[images.size()][];
    for (int i = 0; i < all.length; i++) {
      all[i] = standardized(features.apply(images.image(i)));
    }
    return all;
  }

  private static float[] standardized(float[] values) {
    double mean = 0;
    double squares = 0;
    for (float value : values) {
      mean += value / values.length;
      squares += (double) value * value / values.length;
    }
    double deviation = Math.sqrt(Math.max(squares - mean * mean, 1e-6));
    float[] result = new float[values.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = (float) ((values[i] - mean) / deviation);
    }
    return result;
  }

  private static float[] pixels(Image image) {
    byte[] bytes = image.pixels();
    float[] values = new float[bytes.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = bytes[i] & 0xff;
    }
    return values;
  }

  /** The strength of random 5x5 filters' answers, on brightness alone, over parts of the image. */
  private static final class RandomConvolution {
    private static final int FILTERS = 24;
    private static final int WIDTH = 5;
    private static final int PARTS = 3;
    private final float[][] filters = new float[FILTERS][WIDTH * WIDTH];

    RandomConvolution() {
      SplittableRandom random = new SplittableRandom(3);
      for (float[] filter : filters) {
        for (int i = 0; i < filter.length; i++) {
          filter[i] = (float) random.nextDouble(-1, 1);
        }
        float[] centered = standardized(filter);
        System.arraycopy(centered, 0, filter, 0, filter.length);
      }
    }

    float[] features(Image image) {
      float[] gray = new float[SIZE * SIZE];
      for (int i = 0; i < gray.length; i++) {
        int row = i / SIZE;
        int column = i % SIZE;
        gray[i] =
            image.value(0, row, column) + image.value(1, row, column) + image.value(2, row, column);
      }
      gray = standardized(gray);
      float[] features = new float[FILTERS * PARTS * PARTS];
      int places = SIZE - WIDTH + 1;
      for (int f = 0; f < FILTERS; f++) {
        for (int row = 0; row < places; row++) {
          for (int column = 0; column < places; column++) {
            float sum = 0;
            for (int i = 0; i < WIDTH * WIDTH; i++) {
              sum += filters[f][i] * gray[(row + i / WIDTH) * SIZE + column + i % WIDTH];
            }
            int part = row * PARTS / places * PARTS + column * PARTS / places;
            features[f * PARTS * PARTS + part] += Math.abs(sum);
          }
        }
      }
      return features;
    }
  }
}
