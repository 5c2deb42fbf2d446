// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Decodes JPEG, PNG, GIF and BMP files to RGB. Gray becomes three equal channels; transparency and
 * color profiles are ignored, as is usual in machine learning. The first bytes decide the format,
 * since published sets have other files named as JPEGs.
 *
 * <p>Uses the JDK's decoders, in memory only. Not thread-safe. Reused, it takes about 0.1 ms for a
 * 32x32 JPEG.
 */
public final class ImageDecoder implements AutoCloseable {
  private static final int MAX_PIXELS = 100_000_000;

  /** What a small file may claim: a uniform area has hundreds of pixels per byte. */
  private static final long HARMLESS_PIXELS = 4_000_000;

  private static final long MOST_PIXELS_A_BYTE = 1000;
  private static final int CHANNELS = 3;
  private static final int BYTE_BITS = 8;

  private final ImageReader jpeg = reader("jpeg");
  private final ImageReader png = reader("png");
  private final ImageReader gif = reader("gif");
  private final ImageReader bmp = reader("bmp");
  private String warning;

  public ImageDecoder() {
    // The JDK's JPEG decoder only warns about a truncated file and fills the rest with gray.
    jpeg.addIIOReadWarningListener((source, text) -> warning = isDamage(text) ? text : warning);
  }

  /**
   * Decodes a complete file.
   *
   * @return [3, height, width]
   * @throws CorruptImageException if it is not an image, is truncated, or is damaged
   */
  public Image decode(byte[] file) throws CorruptImageException {
    ImageReader reader = readerOf(file);
    warning = null;
    JpegColors colors = reader == jpeg ? JpegColors.of(file) : null;
    try (InputStream bytes = colors == null ? new ByteArrayInputStream(file) : colors.open();
        MemoryCacheImageInputStream in = new MemoryCacheImageInputStream(bytes)) {
      reader.setInput(in, true, true);
      checkSize(reader.getWidth(0), reader.getHeight(0), file.length);
      int height = reader.getHeight(0);
      int width = reader.getWidth(0);
      byte[] planes =
          colors != null && colors.isCmyk()
              ? colors.toRgb(reader.readRaster(0, null))
              : planes(reader.read(0));
      if (warning != null) {
        throw new CorruptImageException(warning);
      }
      return Image.owning(CHANNELS, height, width, planes);
    } catch (IOException
        | RuntimeException e) { // decoders throw all kinds of exceptions on damaged files
      throw new CorruptImageException("cannot be decoded: " + e, e);
    } finally {
      reader.setInput(null);
    }
  }

  @Override
  public void close() {
    jpeg.dispose();
    png.dispose();
    gif.dispose();
    bmp.dispose();
  }

  private ImageReader readerOf(byte[] file) throws CorruptImageException {
    String begin = new String(file, 0, Math.min(file.length, 4), StandardCharsets.ISO_8859_1);
    if (begin.startsWith("\u00ff\u00d8")) {
      return jpeg;
    }
    if (begin.startsWith("\u0089P")) {
      return png;
    }
    if (begin.startsWith("GIF8")) {
      return gif;
    }
    if (begin.startsWith("BM")) {
      return bmp;
    }
    throw new CorruptImageException(
        file.length == 0 ? "it is empty" : "it is not a JPEG, PNG, GIF, or BMP file");
  }

  /** A damaged header may claim any size. */
  /** Decoders allocate what a header claims, and it may be damaged. */
  private static void checkSize(int width, int height, int bytes) throws CorruptImageException {
    long most = Math.min(MAX_PIXELS, HARMLESS_PIXELS + MOST_PIXELS_A_BYTE * bytes);
    if ((long) width * height > most) {
      throw new CorruptImageException(
          "its header claims %dx%d pixels, which is more than %d".formatted(height, width, most));
    }
  }

  private static boolean isDamage(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    return (lower.contains("corrupt") && !lower.contains("extraneous"))
        || lower.contains("premature")
        || lower.contains("truncated");
  }

  private static byte[] planes(BufferedImage image) {
    ColorModel colors = image.getColorModel();
    Raster raster = image.getRaster();
    if (image.getType() == BufferedImage.TYPE_3BYTE_BGR
        && raster.getDataBuffer() instanceof DataBufferByte buffer) {
      return fromBgr(buffer.getData());
    }
    boolean direct = !(colors instanceof IndexColorModel);
    if (direct && colors.getColorSpace().getType() == ColorSpace.TYPE_GRAY) {
      return fromBands(raster, 0, 0, 0); // getRGB would change the values: it applies another gamma
    }
    if (direct && colors.getColorSpace().getType() == ColorSpace.TYPE_RGB) {
      return fromBands(raster, 0, 1, 2);
    }
    return fromColors(image);
  }

  private static byte[] fromBgr(byte[] bgr) {
    int plane = bgr.length / CHANNELS;
    byte[] planes = new byte[bgr.length];
    for (int i = 0, from = 0; i < plane; i++) {
      planes[2 * plane + i] = bgr[from++];
      planes[plane + i] = bgr[from++];
      planes[i] = bgr[from++];
    }
    return planes;
  }

  private static byte[] fromBands(Raster raster, int... bands) {
    int plane = raster.getWidth() * raster.getHeight();
    byte[] planes = new byte[bands.length * plane];
    int[] samples = new int[plane];
    for (int channel = 0; channel < bands.length; channel++) {
      int band = bands[channel];
      raster.getSamples(0, 0, raster.getWidth(), raster.getHeight(), band, samples);
      int bits = raster.getSampleModel().getSampleSize(band);
      int greatest = (1 << bits) - 1;
      for (int i = 0; i < plane; i++) {
        int sample = bits == BYTE_BITS ? samples[i] : samples[i] * 255 / greatest;
        planes[channel * plane + i] = (byte) sample;
      }
    }
    return planes;
  }

  private static byte[] fromColors(BufferedImage image) {
    int width = image.getWidth();
    int plane = width * image.getHeight();
    int[] argb = image.getRGB(0, 0, width, image.getHeight(), null, 0, width);
    byte[] planes = new byte[CHANNELS * plane];
    for (int i = 0; i < plane; i++) {
      planes[i] = (byte) (argb[i] >> 16);
      planes[plane + i] = (byte) (argb[i] >> 8);
      planes[2 * plane + i] = (byte) argb[i];
    }
    return planes;
  }

  /** The JDK's own reader: readers added by an application may not agree with libjpeg. */
  private static ImageReader reader(String format) {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format);
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      if (reader.getClass().getModule() == ImageIO.class.getModule()) {
        return reader;
      }
    }
    throw new IllegalStateException("this Java platform cannot read " + format + " images");
  }
}
