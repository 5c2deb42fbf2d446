// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.format;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipException;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.source.Contents;

/**
 * The records of a {@code .jpegs.gz} file: labeled JPEG files back to back, without a header.
 *
 * <p>A record is the label, one unsigned byte; the length N of a JPEG file, two bytes, big-endian;
 * and the N bytes of that file. The container may be gzipped or plain, whatever its name.
 */
final class JpegContainer {
  private static final String GET_AGAIN = "it is damaged: copy or download the file again";
  private static final int HEADER_BYTES = 3;

  /** No JPEG file is smaller. */
  private static final int LEAST_BYTES = 100;

  /** Number of smaller records, presumably corrupt, that are tolerated until they are decoded. */
  private static final int MOST_SHORT = 1000;

  private JpegContainer() {}

  /**
   * Reads all records. Takes as much memory as the file has bytes.
   *
   * @param classes number of classes; labels must be smaller
   * @throws DataSetException if the file cannot be read, is empty, ends within a record, or has a
   *     label out of range; the message says which record, and at which byte of the uncompressed
   *     contents
   */
  static List<LabeledJpeg> read(Path file, int classes) {
    List<LabeledJpeg> records = new ArrayList<>();
    long offset = 0;
    try (InputStream contents = Contents.open(file);
        DataInputStream in = new DataInputStream(contents)) {
      for (int label = in.read(); label >= 0; label = in.read()) {
        if (label >= classes) {
          throw broken(
              file,
              records.size(),
              offset,
              "a label from 0 to %d".formatted(classes - 1),
              "label " + label);
        }
        int length = in.readUnsignedShort();
        byte[] jpeg = new byte[length];
        in.readFully(jpeg);
        int record = records.size();
        requireImages(file, records.size(), offset, length);
        records.add(new LabeledJpeg(label, jpeg, () -> "%s, record %d".formatted(file, record)));
        offset += HEADER_BYTES + length;
      }
    } catch (EOFException e) {
      throw broken(file, records.size(), offset, "a complete record", "the end of the file in it");
    } catch (ZipException e) {
      throw broken(
          file,
          records.size(),
          offset,
          "an intact gzip stream",
          "a damaged one (" + e.getMessage() + ")");
    } catch (IOException e) {
      throw new DataSetException(file + ": cannot be read: " + e, e);
    }
    if (records.isEmpty()) {
      throw DataSetException.malformed(file, "at least one record", "an empty file", GET_AGAIN);
    }
    return records;
  }

  /** Records of a few bytes take thirty times their size in memory. */
  private static void requireImages(Path file, int record, long offset, int length) {
    if (length == 0 || offset < (record - MOST_SHORT) * (long) LEAST_BYTES) {
      throw broken(
          file,
          record,
          offset,
          "JPEG files of at least " + LEAST_BYTES + " bytes",
          length == 0 ? "an empty one" : "shorter ones only");
    }
  }

  private static DataSetException broken(
      Path file, int record, long offset, String expected, String found) {
    return DataSetException.malformed(
        file,
        expected,
        "%s at record %d, which begins at byte %d of the uncompressed contents"
            .formatted(found, record, offset),
        GET_AGAIN);
  }
}
