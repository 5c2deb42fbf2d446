// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.synthetic;

import java.util.List;
import org.nola4j.datasets.random.SplitMix64;

/**
 * Draws a shape. Uses plain double arithmetic and {@code StrictMath} only, because graphics
 * libraries differ between machines.
 */
final class ShapeRenderer {
  /** The names of the classes. */
  static final List<String> KINDS =
      List.of(
          "disc",
          "ring",
          "square",
          "triangle",
          "cross",
          "striped disc",
          "striped ring",
          "striped square",
          "striped triangle",
          "striped cross");

  private static final int SHAPES = 5;
  private static final int CHANNELS = 3;
  private static final double SQRT_3 = Math.sqrt(3);

  private final int size;
  private final SplitMix64 random;

  ShapeRenderer(int size, SplitMix64 random) {
    this.size = size;
    this.random = random;
  }

  /** The image of a class, [3, size, size] unsigned bytes. Call it once only. */
  byte[] draw(int kind) {
    double[] background = color();
    double[] slope = color();
    double[] ink = contrasting(background);
    double radius = size * random.nextDouble(0.22, 0.36);
    double centerX = size * random.nextDouble(0.36, 0.64);
    double centerY = size * random.nextDouble(0.36, 0.64);
    double angle = random.nextDouble(-0.5, 0.5);
    double stripes = size * random.nextDouble(0.11, 0.15);
    double phase = random.nextDouble();
    double stripeAngle = random.nextDouble(0, StrictMath.PI);
    double noise = random.nextDouble(0, 0.25);
    double cos = StrictMath.cos(angle);
    double sin = StrictMath.sin(angle);
    double across = StrictMath.cos(stripeAngle) / stripes;
    double along = StrictMath.sin(stripeAngle) / stripes;
    byte[] image = new byte[CHANNELS * size * size];
    for (int row = 0; row < size; row++) {
      for (int column = 0; column < size; column++) {
        double x = column + 0.5 - centerX;
        double y = row + 0.5 - centerY;
        double outside =
            distance(kind % SHAPES, (cos * x + sin * y) / radius, (cos * y - sin * x) / radius);
        double cover = unit(0.5 - outside * radius);
        if (kind >= SHAPES) {
          cover *= stripe(across * x + along * y + phase);
        }
        for (int channel = 0; channel < CHANNELS; channel++) {
          double ground =
              background[channel] + 0.3 * (slope[channel] - 0.5) * (row + column) / size;
          double level = ground + cover * (ink[channel] - ground);
          level += noise * (random.nextDouble() + random.nextDouble() - 1);
          image[(channel * size + row) * size + column] = (byte) Math.round(255 * unit(level));
        }
      }
    }
    return image;
  }

  /** The distance of a point from a shape with a radius of about 1; negative inside. */
  private static double distance(int shape, double x, double y) {
    double fromCenter = Math.sqrt(x * x + y * y);
    return switch (shape) {
      case 0 -> fromCenter - 1;
      case 1 -> Math.abs(fromCenter - 0.8) - 0.27;
      case 2 -> Math.max(Math.abs(x), Math.abs(y)) - 0.88;
      case 3 -> Math.max((SQRT_3 * Math.abs(x) - y) / 2, y) - 0.6;
      default ->
          Math.min(
              Math.max(Math.abs(x) - 1.05, Math.abs(y) - 0.33),
              Math.max(Math.abs(y) - 1.05, Math.abs(x) - 0.33));
    };
  }

  /** 1 on a stripe, 0 between stripes; the period is 1. */
  private static double stripe(double at) {
    double place = at - Math.floor(at);
    return unit(2.5 - Math.abs(place - 0.5) * 8);
  }

  private double[] color() {
    return new double[] {random.nextDouble(), random.nextDouble(), random.nextDouble()};
  }

  /** A color that contrasts with another. */
  private double[] contrasting(double[] from) {
    double[] best = color();
    for (int i = 0; i < 3; i++) {
      double[] other = color();
      best = difference(other, from) > difference(best, from) ? other : best;
    }
    return best;
  }

  private static double difference(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < CHANNELS; i++) {
      sum += Math.abs(a[i] - b[i]);
    }
    return sum;
  }

  private static double unit(double x) {
    return Math.min(Math.max(x, 0), 1);
  }
}
