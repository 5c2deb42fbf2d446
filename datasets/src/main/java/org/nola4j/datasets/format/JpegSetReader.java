// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.format;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSetInfo;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.image.CorruptImageException;
import org.nola4j.datasets.image.Image;
import org.nola4j.datasets.image.ImageDecoder;

/**
 * Decodes JPEG files of one size into memory, on all processors. Corrupt images are skipped, up to
 * the limit of {@link CorruptImages}.
 */
public final class JpegSetReader {
  private static final int CHUNK = 256;

  private final ImageSetInfo info;

  /**
   * Creates a reader.
   *
   * @param info the expected images
   */
  public JpegSetReader(ImageSetInfo info) {
    this.info = info;
  }

  /**
   * Reads several {@linkplain JpegContainer containers} as one set.
   *
   * @throws DataSetException if a file is malformed, or too many images are corrupt
   */
  public LabeledImages read(List<Path> files) {
    List<LabeledJpeg> jpegs = new ArrayList<>();
    for (Path file : files) {
      jpegs.addAll(JpegContainer.read(file, info.classes()));
    }
    return decode(jpegs);
  }

  /**
   * Decodes images in order.
   *
   * @throws DataSetException if too many images are corrupt
   */
  public LabeledImages decode(List<LabeledJpeg> jpegs) {
    int length = info.pixelsPerImage();
    byte[] pixels = new byte[Math.multiplyExact(jpegs.size(), length)];
    String[] faults = new String[jpegs.size()];
    IntStream.rangeClosed(0, (jpegs.size() - 1) / CHUNK)
        .parallel()
        .forEach(chunk -> decode(jpegs, chunk * CHUNK, pixels, faults));
    return withoutCorrupt(jpegs, pixels, faults);
  }

  /** Decodes one chunk of images into {@code pixels}. */
  private void decode(List<LabeledJpeg> jpegs, int first, byte[] pixels, String[] faults) {
    int length = info.pixelsPerImage();
    try (ImageDecoder decoder = new ImageDecoder()) {
      for (int i = first; i < Math.min(first + CHUNK, jpegs.size()); i++) {
        try {
          Image image = checked(decoder.decode(jpegs.get(i).jpeg()));
          System.arraycopy(image.sharedPixels(), 0, pixels, i * length, length);
        } catch (CorruptImageException e) {
          faults[i] = e.getMessage();
        }
      }
    }
  }

  private Image checked(Image image) throws CorruptImageException {
    if (image.height() != info.height() || image.width() != info.width()) {
      throw new CorruptImageException(
          "it has %dx%d pixels, expected %dx%d"
              .formatted(image.height(), image.width(), info.height(), info.width()));
    }
    return image;
  }

  /** Closes the gaps left by corrupt images; copies only if there are any. */
  private LabeledImages withoutCorrupt(List<LabeledJpeg> jpegs, byte[] pixels, String[] faults) {
    CorruptImages corrupt =
        new CorruptImages("%s %s".formatted(info.name(), info.split()), jpegs.size());
    int length = info.pixelsPerImage();
    int[] labels = new int[jpegs.size()];
    int kept = 0;
    for (int i = 0; i < labels.length; i++) {
      if (faults[i] != null) {
        corrupt.report(jpegs.get(i).place().get(), faults[i]);
        continue;
      }
      labels[kept] = jpegs.get(i).label();
      System.arraycopy(pixels, i * length, pixels, kept * length, length);
      kept++;
    }
    if (kept == 0) {
      throw new DataSetException(
          "%s %s: all %d images are corrupt; copy or download the set again"
              .formatted(info.name(), info.split(), labels.length));
    }
    boolean whole = kept == labels.length;
    return LabeledImages.owning(
        info,
        whole ? pixels : Arrays.copyOf(pixels, kept * length),
        whole ? labels : Arrays.copyOf(labels, kept));
  }
}
