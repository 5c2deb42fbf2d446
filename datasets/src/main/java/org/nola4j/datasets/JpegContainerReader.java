package org.nola4j.datasets;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.nola4j.datasets.JpegContainer.JpegRecord;

/**
 * Decodes containers of JPEG files of one size into memory, on all processors. Corrupt images are
 * left out, up to the limit of {@link CorruptImages}.
 */
final class JpegContainerReader {
  private static final int CHUNK = 256;

  private final ImageSetInfo info;
  private final List<JpegRecord> records = new ArrayList<>();
  private final List<String> places = new ArrayList<>();

  /**
   * Makes a reader.
   *
   * @param info of the images expected
   */
  JpegContainerReader(ImageSetInfo info) {
    this.info = info;
  }

  /**
   * Reads containers, one after the other, as one set.
   *
   * @throws DataSetException if a file is malformed or too many images are corrupt
   */
  LabeledImages read(List<Path> files) {
    for (Path file : files) {
      List<JpegRecord> read = JpegContainer.read(file, info.classes()).records();
      for (int i = 0; i < read.size(); i++) {
        places.add("%s, record %d".formatted(file, i));
      }
      records.addAll(read);
    }
    return decode();
  }

  private LabeledImages decode() {
    int length = info.pixelsPerImage();
    byte[] pixels = new byte[Math.multiplyExact(records.size(), length)];
    String[] faults = new String[records.size()];
    IntStream.rangeClosed(0, (records.size() - 1) / CHUNK)
        .parallel()
        .forEach(chunk -> decode(chunk * CHUNK, pixels, faults));
    return withoutCorrupt(pixels, faults);
  }

  /** Decodes one chunk of images to their places in {@code pixels}. */
  private void decode(int first, byte[] pixels, String[] faults) {
    int length = info.pixelsPerImage();
    try (ImageDecoder decoder = new ImageDecoder()) {
      for (int i = first; i < Math.min(first + CHUNK, records.size()); i++) {
        try {
          Image image = checked(decoder.decode(records.get(i).jpeg()));
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

  /** Closes the gaps that corrupt images left; copies only if there are any. */
  private LabeledImages withoutCorrupt(byte[] pixels, String[] faults) {
    CorruptImages corrupt =
        new CorruptImages("%s %s".formatted(info.name(), info.split()), records.size());
    int length = info.pixelsPerImage();
    int[] labels = new int[records.size()];
    int kept = 0;
    for (int i = 0; i < labels.length; i++) {
      if (faults[i] != null) {
        corrupt.report(places.get(i), faults[i]);
        continue;
      }
      labels[kept] = records.get(i).label();
      System.arraycopy(pixels, i * length, pixels, kept * length, length);
      kept++;
    }
    if (kept == 0) {
      throw new DataSetException(
          "%s %s: none of %d images is intact; copy or download the set again"
              .formatted(info.name(), info.split(), labels.length));
    }
    boolean whole = kept == labels.length;
    return LabeledImages.owning(
        info,
        whole ? pixels : Arrays.copyOf(pixels, kept * length),
        whole ? labels : Arrays.copyOf(labels, kept));
  }
}
