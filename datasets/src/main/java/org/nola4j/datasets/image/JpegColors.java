// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.image;

import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The meaning of a JPEG file's components by the rules of libjpeg, and so of Pillow, OpenCV, and
 * browsers. The JDK has its own rules: it takes the components of thousands of ImageNet's files for
 * red, green, and blue, and rejects others.
 *
 * <p>Color profiles and the camera's orientation are ignored, as Pillow does by default.
 */
final class JpegColors {
  private static final int START_OF_IMAGE = 0xd8;
  private static final int START_OF_SCAN = 0xda;
  private static final int APP0 = 0xe0;
  private static final int APP14 = 0xee;
  private static final int APP15 = 0xef;
  private static final int COMMENT = 0xfe;
  private static final int[] RGB = {'R', 'G', 'B'};

  private final int components;

  /**
   * Whether they are luminance and two color differences (YCbCr), possibly with black (YCCK),
   * rather than red, green, and blue, or inks (CMYK).
   */
  private final boolean transformed;

  private final byte[] file;

  private JpegColors(int components, boolean transformed, byte[] file) {
    this.components = components;
    this.transformed = transformed;
    this.file = file;
  }

  /** Reads a file's header; a malformed one is left to the decoder. */
  static JpegColors of(byte[] file) {
    Header header = new Header(file);
    int components = header.ids.length;
    boolean transformed =
        switch (components) {
          case 3 ->
              header.jfif
                  || (header.adobe == null ? !Arrays.equals(header.ids, RGB) : header.adobe != 0);
          case 4 -> header.adobe != null && header.adobe != 0;
          default -> false;
        };
    return new JpegColors(
        components,
        transformed,
        components < 3 ? file : header.with(transformed ? components - 2 : 0));
  }

  /** The file with a header that tells every decoder what its components mean. */
  InputStream open() {
    return new ByteArrayInputStream(file);
  }

  /** Whether these are CMYK colors, which the JDK does not convert. */
  boolean isCmyk() {
    return components == 4;
  }

  /**
   * Converts CMYK to RGB. The values are taken to be inverted, as in Adobe's files and so in nearly
   * all.
   *
   * @param bands the four decoded bands
   * @return RGB, unsigned bytes, [3, height, width]
   */
  byte[] toRgb(Raster bands) {
    int plane = bands.getWidth() * bands.getHeight();
    int[] pixels = bands.getPixels(0, 0, bands.getWidth(), bands.getHeight(), (int[]) null);
    byte[] rgb = new byte[3 * plane];
    double[] light = new double[3];
    for (int i = 0; i < plane; i++) {
      for (int c = 0; c < light.length; c++) {
        light[c] = pixels[components * i + c];
      }
      if (transformed) {
        toInverseCmy(light);
      }
      int key = pixels[components * i + 3];
      for (int c = 0; c < light.length; c++) {
        rgb[c * plane + i] = (byte) Math.round(light[c] * key / 255);
      }
    }
    return rgb;
  }

  /** Converts JFIF's colors, then takes their complements. */
  private static void toInverseCmy(double[] ycc) {
    double blue = ycc[1] - 128;
    double red = ycc[2] - 128;
    double y = ycc[0];
    ycc[0] = complement(y + 1.402 * red);
    ycc[1] = complement(y - 0.344136 * blue - 0.714136 * red);
    ycc[2] = complement(y + 1.772 * blue);
  }

  private static double complement(double x) {
    return 255 - Math.min(Math.max(Math.round(x), 0), 255);
  }

  /** The relevant contents before the first scan. */
  private static final class Header {
    private final byte[] file;

    /** The segments that describe the coded image rather than its colors. */
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();

    private int[] ids = {};
    private boolean jfif;
    private Integer adobe;

    /** Where the first scan or something malformed begins. */
    private int end;

    Header(byte[] file) {
      this.file = file;
      end = afterFill(2);
      while (isSegment(end)) {
        int marker = unsigned(end + 1);
        int next = end + 2 + length(end);
        if (marker >= APP0 && marker <= APP15) {
          readApplication(marker, end + 4, next);
        } else if (marker != COMMENT) {
          kept.write(file, end, next - end);
        }
        if (isStartOfFrame(marker)) {
          readFrame(end + 4, next);
        }
        end = afterFill(next);
      }
    }

    /** Any number of fill bytes may come before a marker. */
    private int afterFill(int from) {
      int at = from;
      while (at + 1 < file.length && unsigned(at) == 0xff && unsigned(at + 1) == 0xff) {
        at++;
      }
      return at;
    }

    /** The file with Adobe's marker instead of all other color information. */
    byte[] with(int transform) {
      ByteArrayOutputStream out = new ByteArrayOutputStream(file.length + 16);
      out.writeBytes(new byte[] {(byte) 0xff, (byte) START_OF_IMAGE, (byte) 0xff, (byte) APP14});
      out.writeBytes(new byte[] {0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0});
      out.write(transform);
      out.writeBytes(kept.toByteArray());
      out.write(file, end, file.length - end);
      return out.toByteArray();
    }

    private void readApplication(int marker, int from, int to) {
      String begin = new String(file, from, Math.min(to - from, 5), StandardCharsets.ISO_8859_1);
      jfif |= marker == APP0 && to - from >= 12 && begin.equals("JFIF\0");
      if (marker == APP14 && to - from >= 12 && begin.equals("Adobe")) {
        adobe = unsigned(from + 11);
      }
    }

    private void readFrame(int from, int to) {
      if (to - from >= 6 && to - from >= 6 + 3 * unsigned(from + 5)) {
        ids = new int[unsigned(from + 5)];
        Arrays.setAll(ids, i -> unsigned(from + 6 + 3 * i));
      }
    }

    private boolean isSegment(int at) {
      return at + 4 <= file.length
          && unsigned(at) == 0xff
          && unsigned(at + 1) >= 0xc0
          && unsigned(at + 1) != 0xff
          && unsigned(at + 1) != START_OF_SCAN
          && length(at) >= 2
          && at + 2 + length(at) <= file.length;
    }

    private int length(int at) {
      return unsigned(at + 2) << 8 | unsigned(at + 3);
    }

    private int unsigned(int at) {
      return file[at] & 0xff;
    }

    /** SOF0 to SOF15, except for three numbers with another meaning. */
    private static boolean isStartOfFrame(int marker) {
      return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    }
  }
}
