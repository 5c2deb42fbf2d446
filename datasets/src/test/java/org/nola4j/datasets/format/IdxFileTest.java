// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.format;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.nola4j.datasets.format.IdxWriter.concat;
import static org.nola4j.datasets.format.IdxWriter.gzip;
import static org.nola4j.datasets.format.IdxWriter.header;
import static org.nola4j.datasets.format.IdxWriter.idx;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSetInfo;

class IdxFileTest {
  private static final byte[] SIX = {0, 1, 2, 127, (byte) 128, (byte) 255};
  private static final byte[] FILE = idx(new int[] {2, 3}, SIX);

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4})
  void whatIsWrittenIsReadAtAnyRank(int rank) {
    int[] shape = IntStream.range(0, rank).map(i -> i + 2).toArray();
    byte[] data = new byte[Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) (i * 37);
    }
    for (byte[] bytes : new byte[][] {idx(shape, data), gzip(idx(shape, data))}) {
      IdxFile read = read(bytes);
      assertArrayEquals(shape, read.shape());
      assertArrayEquals(data, read.data());
    }
  }

  @Test
  void magicBytesDecideNotTheName() {
    assertArrayEquals(SIX, IdxFile.read(write("plain.gz", FILE)).data());
    assertArrayEquals(SIX, IdxFile.read(write("gzipped", gzip(FILE))).data());
  }

  @Test
  void digestIsThatOfTheContentsWhateverTheWrapper() {
    // printf '\0\0\010\001\0\0\0\002ab' | sha256sum
    String expected = "7cccc43fa780eed3ff6af10a65ada5734ea56b255588451382fd9f48a64e75d9";
    byte[] bytes = idx(new int[] {2}, "ab".getBytes(US_ASCII));
    assertEquals(expected, read(bytes).sha256());
    assertEquals(expected, read(gzip(bytes)).sha256());
  }

  @Test
  void callersCannotChangeIt() {
    IdxFile read = read(FILE);
    read.shape()[0] = 9;
    read.data()[0] = 9;
    assertArrayEquals(new int[] {2, 3}, read.shape());
    assertArrayEquals(SIX, read.data());
  }

  @Test
  void everyTruncationIsRefused() {
    for (byte[] whole : new byte[][] {FILE, gzip(FILE)}) {
      for (int length = 0; length < whole.length; length++) {
        String message = refused(Arrays.copyOf(whole, length));
        assertTrue(message.contains("it is truncated: copy or download"), message);
      }
    }
  }

  @Test
  void truncationSaysHowMuchIsThere() {
    assertMessage(
        "expected 6 bytes of data for shape [2, 3], found 4; it is truncated:"
            + " copy or download the file again",
        Arrays.copyOf(FILE, FILE.length - 2));
  }

  @Test
  void trailingGarbageIsRefused() {
    String expected =
        "expected the end of the file after 6 bytes of data for shape [2, 3], found more bytes;"
            + " the header or the length is wrong: copy or download the file again";
    assertMessage(expected, concat(FILE, (byte) 0));
    assertMessage(expected, gzip(concat(FILE, (byte) 0)));
  }

  @Test
  void foreignFileIsRefused() {
    assertMessage(
        "expected an IDX file, which begins with two zero bytes, found the first four bytes"
            + " 89504e47; give an IDX file, gzipped or plain",
        concat(new byte[] {(byte) 0x89}, "PNG....".getBytes(US_ASCII)));
  }

  @ParameterizedTest
  @CsvSource({
    "0x09,0x09 (signed byte)",
    "0x0b,0x0b (int16)",
    "0x0c,0x0c (int32)",
    "0x0d,0x0d (float32)",
    "0x0e,0x0e (float64)",
    "0x42,0x42"
  })
  void otherElementTypeIsRefused(int type, String name) {
    assertMessage(
        "expected IDX element type 0x08 (unsigned byte), found type %s; convert".formatted(name),
        header(type, 1));
  }

  @Test
  void damagedGzipIsRefused() {
    byte[] bytes = gzip(FILE);
    bytes[bytes.length - 6] ^= 1; // the checksum
    assertMessage("expected an intact gzip stream, found a damaged one (Corrupt GZIP", bytes);
  }

  @Test
  void falseCountCostsNoMemory() {
    byte[] bytes = header(0x08, Integer.MAX_VALUE - 8);
    assertMessage("expected 2147483639 bytes of data for shape [2147483639], found 0", bytes);
    assertMessage("expected 2147483639 bytes of data", gzip(bytes));
  }

  @Test
  void absurdSizesAreRefused() {
    String expected = "expected an array of at most 2147483639 bytes, found a header that claims ";
    assertMessage(expected + "shape [4294967295]; the header is damaged", header(0x08, -1));
    assertMessage(expected + "shape [60000, 60000, 28]", header(0x08, 60000, 60000, 28));
    int[] huge = new int[255];
    Arrays.fill(huge, 1 << 30);
    assertMessage(expected, header(0x08, huge));
  }

  @Test
  void missingFileAndFolderAreRefused() {
    Path missing = folder.resolve("missing");
    String message = assertThrows(DataSetException.class, () -> IdxFile.read(missing)).getMessage();
    assertEquals(missing + ": no such file", message);
    message = assertThrows(DataSetException.class, () -> IdxFile.read(folder)).getMessage();
    assertTrue(message.startsWith(folder + ": cannot be read: "), message);
  }

  private IdxFile read(byte[] bytes) {
    return IdxFile.read(write("file", bytes));
  }

  private void assertMessage(String expected, byte[] bytes) {
    String message = refused(bytes);
    assertTrue(message.startsWith(folder.resolve("file") + ": " + expected), message);
  }

  private String refused(byte[] bytes) {
    return assertThrows(DataSetException.class, () -> read(bytes)).getMessage();
  }

  private Path write(String name, byte[] bytes) {
    try {
      return Files.write(folder.resolve(name), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Forty kilobytes that would become forty megabytes, and as many gigabytes if they went on. */
  @Test
  void whatInflatesWithoutEndIsRefused() {
    byte[] zeros = new byte[40 << 20];
    String expected = "expected a gzip stream that inflates at most 32 times, found ";
    assertMessage(expected, gzip(idx(new int[] {zeros.length}, zeros)));
    Path file = write("zeros", gzip(zeros));
    ImageSetInfo info = new ImageSetInfo("tiny", "train", 3, 8, 8, 3, false);
    String message =
        assertThrows(DataSetException.class, () -> new CifarBinary(info, 1).read(List.of(file)))
            .getMessage();
    assertTrue(message.startsWith(file + ": " + expected), message);
  }

  /** A header of four numbers does not take the memory that it asks for. */
  @Test
  void aPlainFileIsMeasuredFirst() {
    assertMessage(
        "expected 2147483000 bytes of data for shape [2147483000], found 6; it is truncated",
        concat(header(0x08, 2147483000), SIX));
  }
}
