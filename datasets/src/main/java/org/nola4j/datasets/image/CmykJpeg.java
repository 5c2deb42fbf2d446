package org.nola4j.datasets.image;

import java.awt.image.Raster;

/**
 * Turns the four bands of a printer's JPEG file (CMYK, or YCCK) into RGB. ImageNet has a few such
 * files; the JDK decodes them, too, but not to the colours that other programs see. Values are
 * taken to be inverted, as Adobe's and so nearly all are, and no colour profile is applied: what
 * Pillow does.
 */
final class CmykJpeg {
  private static final int BANDS = 4;
  private static final int APP14 = 0xee;
  private static final int START_OF_SCAN = 0xda;
  private static final int HEADER_BYTES = 16;
  private static final int BANDS_AT = 9;
  private static final int TRANSFORM_AT = 15;
  private static final int YCCK = 2;

  private CmykJpeg() {}

  /** Whether a file's header says that there are four bands. */
  static boolean hasFourBands(byte[] file) {
    for (int at = 2; isSegment(file, at); at = next(file, at)) {
      if (isStartOfFrame(marker(file, at))) {
        return file[at + BANDS_AT] == BANDS;
      }
    }
    return false;
  }

  /**
   * The colours.
   *
   * @param bands four of them, as decoded
   * @param file the whole JPEG file
   * @return RGB, unsigned bytes, [3, height, width]
   */
  static byte[] toRgb(Raster bands, byte[] file) {
    boolean ycck = adobeTransform(file) == YCCK;
    int plane = bands.getWidth() * bands.getHeight();
    int[] pixels = bands.getPixels(0, 0, bands.getWidth(), bands.getHeight(), (int[]) null);
    byte[] rgb = new byte[3 * plane];
    double[] light = new double[3];
    for (int i = 0; i < plane; i++) {
      for (int c = 0; c < light.length; c++) {
        light[c] = pixels[BANDS * i + c];
      }
      if (ycck) {
        toInverseCmy(light);
      }
      int key = pixels[BANDS * i + 3];
      for (int c = 0; c < light.length; c++) {
        rgb[c * plane + i] = (byte) Math.round(light[c] * key / 255);
      }
    }
    return rgb;
  }

  /** JFIF's colours, then their complements. */
  private static void toInverseCmy(double[] ycc) {
    double blue = ycc[1] - 128;
    double red = ycc[2] - 128;
    double y = ycc[0];
    ycc[0] = complement(y + 1.402 * red);
    ycc[1] = complement(y - 0.344136 * blue - 0.714136 * red);
    ycc[2] = complement(y + 1.772 * blue);
  }

  private static double complement(double x) {
    return 255 - Math.min(Math.max(x, 0), 255);
  }

  /** The colour transform that Adobe's marker names: 2 for YCCK; 0 if it or the marker is none. */
  private static int adobeTransform(byte[] file) {
    for (int at = 2; isSegment(file, at); at = next(file, at)) {
      if (marker(file, at) == APP14 && file[at + 4] == 'A' && file[at + 5] == 'd') {
        return file[at + TRANSFORM_AT];
      }
    }
    return 0;
  }

  /** Whether a segment of the file's header, and not the coded image, begins here. */
  private static boolean isSegment(byte[] file, int at) {
    return at + HEADER_BYTES <= file.length
        && (file[at] & 0xff) == 0xff
        && marker(file, at) != START_OF_SCAN;
  }

  private static int marker(byte[] file, int at) {
    return file[at + 1] & 0xff;
  }

  private static int next(byte[] file, int at) {
    return at + 2 + ((file[at + 2] & 0xff) << 8 | (file[at + 3] & 0xff));
  }

  /** SOF0 to SOF15; three numbers in between mean other things. */
  private static boolean isStartOfFrame(int marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  }
}
