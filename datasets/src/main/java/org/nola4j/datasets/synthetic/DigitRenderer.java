// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.synthetic;

import org.nola4j.datasets.random.SplitMix64;

/**
 * Draws a digit as if by hand with a thick pen. Uses plain double arithmetic and {@code StrictMath}
 * only, because fonts and graphics libraries differ between machines.
 */
final class DigitRenderer {
  /**
   * The strokes of each digit: points x, y in the unit square, y pointing down, connected by a
   * smooth curve. At a corner, one stroke ends and the next begins.
   */
  private static final double[][][] STROKES = {
    {{.5, 0, .85, .15, .95, .5, .85, .85, .5, 1, .15, .85, .05, .5, .15, .15, .5, 0}},
    {{.2, .25, .55, 0}, {.55, 0, .55, 1}},
    {{.08, .25, .3, .02, .7, .02, .88, .28, .6, .62, .08, 1}, {.08, 1, .95, 1}},
    {
      {.1, .12, .45, 0, .82, .12, .8, .36, .4, .48},
      {.4, .48, .85, .58, .9, .85, .5, 1, .08, .88}
    },
    {{.6, 0, .05, .65}, {.05, .65, .95, .65}, {.7, .35, .7, 1}},
    {{.88, 0, .2, 0}, {.2, 0, .14, .45}, {.14, .45, .55, .37, .92, .66, .6, .98, .08, .9}},
    {{.78, 0, .35, .25, .1, .65, .3, .97, .7, .97, .88, .7, .6, .48, .14, .68}},
    {{.06, 0, .94, 0}, {.94, 0, .55, .45, .38, 1}},
    {
      {
        .5, .47, .16, .3, .22, .06, .5, 0, .78, .06, .84, .3, .5, .47, .1, .7, .2, .95, .5, 1, .8,
        .95, .9, .7, .5, .47
      }
    },
    {{.85, .3, .55, .52, .16, .36, .25, .05, .6, .0, .85, .2, .83, .6, .5, 1}}
  };

  private static final int SEGMENTS_PER_POINT = 5;

  private final int size;
  private final SplitMix64 random;
  private final double[] ink;

  DigitRenderer(int size, SplitMix64 random) {
    this.size = size;
    this.random = random;
    this.ink = new double[size * size];
  }

  /** The image of {@code digit}, [size, size] unsigned bytes. Call it once only. */
  byte[] draw(int digit) {
    Hand hand = new Hand(size, random);
    double radius = size * random.nextDouble(0.025, 0.06);
    for (double[] stroke : STROKES[digit]) {
      drawCurve(hand.place(stroke), radius);
    }
    return develop();
  }

  /** Draws the Catmull-Rom curve through {@code points}, x and y in turn, in pixels. */
  private void drawCurve(double[] points, double radius) {
    int last = points.length / 2 - 1;
    for (int i = 0; i < last; i++) {
      int before = Math.max(i - 1, 0);
      int after = Math.min(i + 2, last);
      double x = points[2 * i];
      double y = points[2 * i + 1];
      for (int step = 1; step <= SEGMENTS_PER_POINT; step++) {
        double t = (double) step / SEGMENTS_PER_POINT;
        double toX = curve(points, 0, before, i, after, t);
        double toY = curve(points, 1, before, i, after, t);
        drawSegment(x, y, toX, toY, radius);
        x = toX;
        y = toY;
      }
    }
  }

  /** One coordinate (0: x, 1: y) of the curve at t between points {@code i} and i + 1. */
  private static double curve(
      double[] points, int coordinate, int before, int i, int after, double t) {
    double p0 = points[2 * before + coordinate];
    double p1 = points[2 * i + coordinate];
    double p2 = points[2 * i + 2 + coordinate];
    double p3 = points[2 * after + coordinate];
    double linear = p2 - p0;
    double quadratic = 2 * p0 - 5 * p1 + 4 * p2 - p3;
    double cubic = 3 * (p1 - p2) + p3 - p0;
    return p1 + 0.5 * t * (linear + t * (quadratic + t * cubic));
  }

  /** Inks the pixels near a segment; the edge fades over one pixel for antialiasing. */
  private void drawSegment(double x1, double y1, double x2, double y2, double radius) {
    double reach = radius + 0.5;
    int left = pixel(Math.min(x1, x2) - reach);
    int right = pixel(Math.max(x1, x2) + reach);
    int top = pixel(Math.min(y1, y2) - reach);
    int bottom = pixel(Math.max(y1, y2) + reach);
    for (int row = top; row <= bottom; row++) {
      for (int column = left; column <= right; column++) {
        double distance = distance(column + 0.5, row + 0.5, x1, y1, x2, y2);
        double cover = Math.min(Math.max(reach - distance, 0), 1);
        int at = row * size + column;
        ink[at] = Math.max(ink[at], cover);
      }
    }
  }

  private int pixel(double coordinate) {
    return (int) Math.min(Math.max(coordinate, 0), size - 1);
  }

  /** The distance of a point from a segment. */
  private static double distance(double x, double y, double x1, double y1, double x2, double y2) {
    double dx = x2 - x1;
    double dy = y2 - y1;
    double squared = dx * dx + dy * dy;
    double along = squared == 0 ? 0 : ((x - x1) * dx + (y - y1) * dy) / squared;
    double t = Math.min(Math.max(along, 0), 1);
    double offX = x - x1 - t * dx;
    double offY = y - y1 - t * dy;
    return Math.sqrt(offX * offX + offY * offY);
  }

  /** Turns ink into gray levels, with random pen pressure and random noise. */
  private byte[] develop() {
    double pressure = random.nextDouble(0.6, 1);
    double noise = random.nextDouble(0, 0.4);
    byte[] image = new byte[ink.length];
    for (int i = 0; i < image.length; i++) {
      double level = pressure * ink[i] + noise * (random.nextDouble() + random.nextDouble() - 1);
      image[i] = (byte) Math.round(255 * Math.min(Math.max(level, 0), 1));
    }
    return image;
  }

  /** A handwriting: bends the unit square a little and places it, slanted, on the image. */
  private static final class Hand {
    private final double bendX;
    private final double bendY;
    private final double taper;
    private final double xx;
    private final double xy;
    private final double yx;
    private final double yy;
    private final double centerX;
    private final double centerY;

    Hand(int size, SplitMix64 random) {
      bendX = random.nextDouble(-0.5, 0.5);
      bendY = random.nextDouble(-0.5, 0.5);
      taper = random.nextDouble(-0.4, 0.4);
      double width = size * random.nextDouble(0.32, 0.55);
      double height = size * random.nextDouble(0.5, 0.75);
      double shear = random.nextDouble(-0.3, 0.3);
      double angle = random.nextDouble(-0.25, 0.25);
      double cos = StrictMath.cos(angle);
      double sin = StrictMath.sin(angle);
      xx = width * cos;
      xy = height * (shear * cos - sin);
      yx = width * sin;
      yy = height * (shear * sin + cos);
      centerX = size * random.nextDouble(0.42, 0.58);
      centerY = size * random.nextDouble(0.42, 0.58);
    }

    /** The points of a stroke in pixels. */
    double[] place(double[] stroke) {
      double[] placed = new double[stroke.length];
      for (int i = 0; i < stroke.length; i += 2) {
        double u = stroke[i] - 0.5;
        double v = stroke[i + 1] - 0.5;
        double x = u * (1 + taper * v) + bendX * v * v;
        double y = v + bendY * u * u;
        placed[i] = centerX + xx * x + xy * y;
        placed[i + 1] = centerY + yx * x + yy * y;
      }
      return placed;
    }
  }
}
