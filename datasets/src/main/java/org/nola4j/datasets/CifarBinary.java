package org.nola4j.datasets;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipException;

/**
 * Reads the binary version of CIFAR-10: records back to back, each the label, one byte, then the
 * red, green and blue plane, a byte a pixel. Files may be gzipped or plain.
 */
final class CifarBinary {
  private static final String GET_AGAIN = "it is damaged: copy or download the file again";

  private CifarBinary() {}

  /**
   * Reads files, one after the other, as one set.
   *
   * @throws DataSetException if a file cannot be read, has no record, ends within one or a label is
   *     out of range: says which record it is and at which byte of the uncompressed contents
   */
  static LabeledImages read(ImageSetInfo info, List<Path> files) {
    List<byte[]> contents = new ArrayList<>();
    int length = info.pixelsPerImage();
    int count = 0;
    for (Path file : files) {
      byte[] bytes = readFile(file, info);
      contents.add(bytes);
      count += bytes.length / (1 + length);
    }
    byte[] pixels = new byte[Math.multiplyExact(count, length)];
    int[] labels = new int[count];
    int image = 0;
    for (byte[] bytes : contents) {
      for (int at = 0; at < bytes.length; at += 1 + length, image++) {
        labels[image] = bytes[at] & 0xff;
        System.arraycopy(bytes, at + 1, pixels, image * length, length);
      }
    }
    return LabeledImages.owning(info, pixels, labels);
  }

  private static byte[] readFile(Path file, ImageSetInfo info) {
    byte[] bytes = contents(file);
    int recordBytes = 1 + info.pixelsPerImage();
    if (bytes.length == 0 || bytes.length % recordBytes != 0) {
      int record = bytes.length / recordBytes;
      throw DataSetException.malformed(
          file,
          "records of %d bytes, at least one".formatted(recordBytes),
          "the end, byte %d, in record %d, which begins at byte %d"
              .formatted(bytes.length, record, record * recordBytes),
          GET_AGAIN);
    }
    for (int at = 0; at < bytes.length; at += recordBytes) {
      int label = bytes[at] & 0xff;
      if (label >= info.classes()) {
        throw DataSetException.malformed(
            file,
            "a label from 0 to %d".formatted(info.classes() - 1),
            "label %d at record %d, which begins at byte %d".formatted(label, at / recordBytes, at),
            GET_AGAIN);
      }
    }
    return bytes;
  }

  private static byte[] contents(Path file) {
    try (InputStream in = Contents.open(file)) {
      return in.readAllBytes();
    } catch (EOFException | ZipException e) {
      throw DataSetException.malformed(
          file, "an intact gzip stream", "a damaged one (" + e.getMessage() + ")", GET_AGAIN);
    } catch (IOException e) {
      throw new DataSetException(file + ": cannot be read: " + e, e);
    }
  }
}
