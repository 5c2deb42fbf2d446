// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.image;

import java.util.Arrays;

/**
 * Color changes in bytes, bit for bit like Pillow: {@code ImageEnhance} for brightness, contrast,
 * and saturation, {@code convert("L")} for gray, and {@code convert("HSV")} for hue.
 */
final class Colors {
  private static final int RGB = 3;

  // ITU-R 601-2 luma in 16-bit fixed point.
  private static final int RED = 19595;
  private static final int GREEN = 38470;
  private static final int BLUE = 7471;
  private static final int HALF = 1 << 15;

  private Colors() {}

  /** 0 is black, 1 the image. */
  static Image brightness(Image image, double factor) {
    return blend(image, new byte[plane(image)], factor);
  }

  /** 0 is the mean gray of the image, 1 the image. */
  static Image contrast(Image image, double factor) {
    byte[] gray = luma(image);
    long sum = 0;
    for (byte value : gray) {
      sum += value & 0xff;
    }
    byte mean = (byte) (int) ((double) sum / gray.length + 0.5);
    Arrays.fill(gray, mean);
    return blend(image, gray, factor);
  }

  /** 0 is the image in gray, 1 the image. */
  static Image saturation(Image image, double factor) {
    return blend(image, luma(image), factor);
  }

  /** Three equal channels of the image's luma. */
  static Image gray(Image image) {
    return repeated(image, luma(image));
  }

  /** Repeats a gray channel three times. */
  static Image repeated(Image image, byte[] plane) {
    byte[] pixels = new byte[RGB * plane.length];
    for (int channel = 0; channel < RGB; channel++) {
      System.arraycopy(plane, 0, pixels, channel * plane.length, plane.length);
    }
    return Image.owning(RGB, image.height(), image.width(), pixels);
  }

  /**
   * Rotates the color wheel. Hues are bytes, so a shift is truncated to a multiple of 1/255, modulo
   * 256.
   */
  static Image hue(Image image, double turns) {
    int shift = (int) (turns * 255);
    byte[] from = image.sharedPixels();
    byte[] to = new byte[from.length];
    int plane = plane(image);
    for (int i = 0; i < plane; i++) {
      turn(from, to, i, plane, shift);
    }
    return Image.owning(RGB, image.height(), image.width(), to);
  }

  private static void turn(byte[] from, byte[] to, int at, int plane, int shift) {
    int red = from[at] & 0xff;
    int green = from[at + plane] & 0xff;
    int blue = from[at + 2 * plane] & 0xff;
    int most = Math.max(red, Math.max(green, blue));
    int least = Math.min(red, Math.min(green, blue));
    int saturation = most == least ? 0 : (int) ((float) (most - least) / most * 255.0);
    if (saturation == 0) {
      for (int channel = 0; channel < RGB; channel++) {
        to[at + channel * plane] = (byte) most;
      }
      return;
    }
    int hue = (hueOf(red, green, blue, most, most - least) + shift) & 0xff;
    int sector = hue * 6 / 255;
    float rest = (float) ((float) hue * 6.0 / 255.0 - sector);
    float strength = (float) (saturation / 255.0);
    byte p = rounded(most * (1.0 - strength));
    byte q = rounded(most * (1.0 - strength * rest));
    byte t = rounded(most * (1.0 - strength * (1.0 - rest)));
    byte v = (byte) most;
    byte[] rgb =
        switch (sector % 6) {
          case 0 -> new byte[] {v, t, p};
          case 1 -> new byte[] {q, v, p};
          case 2 -> new byte[] {p, v, t};
          case 3 -> new byte[] {p, q, v};
          case 4 -> new byte[] {t, p, v};
          default -> new byte[] {v, p, q};
        };
    for (int channel = 0; channel < RGB; channel++) {
      to[at + channel * plane] = rgb[channel];
    }
  }

  /** The angle on the color wheel, 0 to 255. */
  private static int hueOf(int red, int green, int blue, int most, int range) {
    float toRed = (float) (most - red) / range;
    float toGreen = (float) (most - green) / range;
    float toBlue = (float) (most - blue) / range;
    float sixths;
    if (red == most) {
      sixths = toBlue - toGreen;
    } else if (green == most) {
      sixths = (float) (2.0 + toRed - toBlue);
    } else {
      sixths = (float) (4.0 + toGreen - toRed);
    }
    float hue = (float) ((sixths / 6.0 + 1.0) % 1.0);
    return (int) (hue * 255.0);
  }

  /** Rounds halves away from 0, like C. */
  private static byte rounded(double value) {
    return (byte) Math.min((int) (value + 0.5), 255);
  }

  /** Interpolates from a gray plane (0) to the image (1) and beyond. */
  private static Image blend(Image image, byte[] gray, double factor) {
    requireRgb(image);
    float alpha = (float) factor;
    byte[] from = image.sharedPixels();
    byte[] to = new byte[from.length];
    int plane = gray.length;
    for (int channel = 0; channel < from.length; channel += plane) {
      for (int i = 0; i < plane; i++) {
        int base = gray[i] & 0xff;
        float value = base + alpha * ((from[channel + i] & 0xff) - base);
        to[channel + i] = (byte) Math.min(Math.max((int) value, 0), 255);
      }
    }
    return Image.owning(RGB, image.height(), image.width(), to);
  }

  private static byte[] luma(Image image) {
    requireRgb(image);
    byte[] from = image.sharedPixels();
    int plane = plane(image);
    byte[] gray = new byte[plane];
    for (int i = 0; i < plane; i++) {
      int sum =
          (from[i] & 0xff) * RED
              + (from[i + plane] & 0xff) * GREEN
              + (from[i + 2 * plane] & 0xff) * BLUE;
      gray[i] = (byte) ((sum + HALF) >> 16);
    }
    return gray;
  }

  private static int plane(Image image) {
    return image.height() * image.width();
  }

  private static void requireRgb(Image image) {
    if (image.channels() != RGB) {
      throw new IllegalArgumentException(
          "color changes need images of 3 channels, got " + image + "; use Augmentations.RGB");
    }
  }
}
