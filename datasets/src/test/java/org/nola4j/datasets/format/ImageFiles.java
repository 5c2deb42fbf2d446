// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.format;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Makes the bytes of image files and of containers of them. */
public final class ImageFiles {
  private ImageFiles() {}

  /** A picture of one color. */
  public static BufferedImage plain(int height, int width, int rgb) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, rgb);
      }
    }
    return image;
  }

  public static byte[] jpeg(BufferedImage image) {
    return encode(image, "jpeg");
  }

  public static byte[] png(BufferedImage image) {
    return encode(image, "png");
  }

  /** A record of a {@code .jpegs.gz} file. */
  public static byte[] record(int label, byte[] jpeg) {
    return ByteBuffer.allocate(3 + jpeg.length)
        .put((byte) label)
        .putShort((short) jpeg.length)
        .put(jpeg)
        .array();
  }

  /** A record of CIFAR-10's binary version whose pixels are all {@code value}. */
  public static byte[] cifar(int label, int value) {
    byte[] bytes = new byte[3073];
    Arrays.fill(bytes, (byte) value);
    bytes[0] = (byte) label;
    return bytes;
  }

  public static byte[] concat(byte[]... parts) {
    byte[] all = {};
    for (byte[] part : parts) {
      all = IdxWriter.concat(all, part);
    }
    return all;
  }

  public static byte[] encode(BufferedImage image, String format) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      if (!ImageIO.write(image, format, out)) {
        throw new IllegalArgumentException("cannot write " + image + " as " + format);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
