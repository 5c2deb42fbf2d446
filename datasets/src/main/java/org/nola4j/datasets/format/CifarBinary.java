// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.format;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipException;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSetInfo;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.source.Contents;

/**
 * Reads the binary versions of CIFAR-10 and CIFAR-100: records back to back, the labels, one byte
 * each, then the red, green, and blue planes, one byte per pixel. CIFAR-10 has one label; CIFAR-100
 * has the superclass and then the class, so the last label is used. Files may be gzipped or plain.
 */
public final class CifarBinary {
  private static final String GET_AGAIN = "it is damaged: copy or download the file again";

  private final ImageSetInfo info;
  private final int labelBytes;
  private final int recordBytes;

  /**
   * Creates a reader.
   *
   * @param info the expected images
   * @param labelBytes number of labels per image, at least 1
   */
  public CifarBinary(ImageSetInfo info, int labelBytes) {
    this.info = info;
    this.labelBytes = labelBytes;
    recordBytes = labelBytes + info.pixelsPerImage();
  }

  /**
   * Reads several files as one set.
   *
   * @throws DataSetException if a file cannot be read, is empty, ends within a record, or has a
   *     label out of range; the message says which record, and at which byte of the uncompressed
   *     contents
   */
  public LabeledImages read(List<Path> files) {
    List<byte[]> contents = new ArrayList<>();
    int length = info.pixelsPerImage();
    int count = 0;
    for (Path file : files) {
      byte[] bytes = readFile(file);
      contents.add(bytes);
      count += bytes.length / recordBytes;
    }
    byte[] pixels = new byte[Math.multiplyExact(count, length)];
    int[] labels = new int[count];
    int image = 0;
    for (byte[] bytes : contents) {
      for (int at = 0; at < bytes.length; at += recordBytes, image++) {
        labels[image] = label(bytes, at);
        System.arraycopy(bytes, at + labelBytes, pixels, image * length, length);
      }
    }
    return LabeledImages.owning(info, pixels, labels);
  }

  private int label(byte[] bytes, int record) {
    return bytes[record + labelBytes - 1] & 0xff;
  }

  private byte[] readFile(Path file) {
    byte[] bytes = contents(file);
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
      int label = label(bytes, at);
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
    try {
      return Contents.readAll(file);
    } catch (EOFException | ZipException e) {
      throw DataSetException.malformed(
          file, "an intact gzip stream", "a damaged one (" + e.getMessage() + ")", GET_AGAIN);
    } catch (IOException e) {
      throw new DataSetException(file + ": cannot be read: " + e, e);
    }
  }
}
