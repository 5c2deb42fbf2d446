// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against the pixels that libjpeg decodes the same files to; headers are changed here. */
class JpegColorsTest {
  /** Of the inverse cosine transforms of two decoders. */
  private static final int TOLERANCE = 2;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "444",
        "420-progressive",
        "gray",
        "cmyk",
        "wide-tables",
        "subsampled-4x2",
        "subsampled-luminance",
        "restarts"
      })
  void filesAreDecodedAsByLibjpeg(String name) throws IOException, CorruptImageException {
    assertPixels(name, resource(name + ".jpg"));
  }

  /** ImageNet has thousands of files with such ids and none of the markers. */
  @ParameterizedTest
  @CsvSource({
    // ids, JFIF, Adobe's transform, Exif, what libjpeg makes of it
    "1 2 3, false,  , false, 444",
    "0 1 2, false,  , false, 444",
    "4 2 3, false,  , false, 444",
    "89 85 86, false,  , false, 444",
    "88 2 3, false,  , false, 444",
    "0 1 2, false,  , true,  444",
    "82 71 66, false,  , false, 444-as-rgb",
    "82 71 66, true,   , false, 444",
    "1 2 3, false, 0, false, 444-as-rgb",
    "1 2 3, false, 1, false, 444",
    "1 2 3, false, 2, false, 444",
    "0 1 2, false, 0, false, 444-as-rgb",
    "0 1 2, false, 1, true,  444",
    "1 2 3, true,  0, false, 444",
    "1 2 3, true,  1, true,  444",
  })
  void threeComponentsMeanWhatLibjpegSays(
      String ids, boolean jfif, Integer adobe, boolean exif, String expected)
      throws IOException, CorruptImageException {
    byte[] file = withIds(resource("444.jpg"), ids);
    assertPixels(expected, withMarkers(file, jfif, adobe, exif));
  }

  @ParameterizedTest
  @CsvSource({", cmyk", "0, cmyk", "1, cmyk-as-ycck", "2, cmyk-as-ycck"})
  void fourComponentsMeanWhatLibjpegSays(Integer adobe, String expected)
      throws IOException, CorruptImageException {
    for (boolean exif : new boolean[] {false, true}) {
      assertPixels(expected, withMarkers(resource("cmyk.jpg"), false, adobe, exif));
    }
  }

  @Test
  void fillBytesBeforeMarkersArePassedOver() throws IOException, CorruptImageException {
    byte[] file = withMarkers(withIds(resource("444.jpg"), "0 1 2"), false, null, false);
    ByteArrayOutputStream filled = new ByteArrayOutputStream();
    filled.write(file, 0, 2);
    filled.writeBytes(new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff});
    filled.write(file, 2, file.length - 2);
    assertPixels("444", filled.toByteArray());
  }

  /** Any byte of a header may be damaged: the file is decoded or refused, and nothing else. */
  @ParameterizedTest
  @ValueSource(strings = {"444", "cmyk"})
  void damagedHeadersAreDecodedOrRefused(String name) throws IOException {
    byte[] file = resource(name + ".jpg");
    int refused = 0;
    try (ImageDecoder decoder = new ImageDecoder()) {
      for (int at = 2; at < 700; at++) {
        byte[] damaged = file.clone();
        damaged[at] ^= 0x55;
        try {
          decoder.decode(damaged);
        } catch (CorruptImageException e) {
          refused++;
        }
      }
    }
    assertTrue(refused > 100, "refused " + refused);
  }

  @Test
  void truncatedCmykIsNoticed() throws IOException {
    byte[] file = resource("cmyk.jpg");
    try (ImageDecoder decoder = new ImageDecoder()) {
      for (int length : new int[] {30, 300, file.length / 2, file.length - 10}) {
        byte[] cut = Arrays.copyOf(file, length);
        assertThrows(CorruptImageException.class, () -> decoder.decode(cut), "bytes " + length);
      }
    }
  }

  private static void assertPixels(String expected, byte[] file)
      throws IOException, CorruptImageException {
    BufferedImage right;
    try (InputStream in = stream(expected + ".png")) {
      right = ImageIO.read(in);
    }
    Image found;
    try (ImageDecoder decoder = new ImageDecoder()) {
      found = decoder.decode(file);
    }
    assertEquals(right.getHeight(), found.height());
    assertEquals(right.getWidth(), found.width());
    for (int row = 0; row < found.height(); row++) {
      for (int column = 0; column < found.width(); column++) {
        int rgb = right.getRGB(column, row);
        String place = expected + ", row " + row + ", column " + column;
        assertEquals(rgb >> 16 & 0xff, found.value(0, row, column), TOLERANCE, place);
        assertEquals(rgb >> 8 & 0xff, found.value(1, row, column), TOLERANCE, place);
        assertEquals(rgb & 0xff, found.value(2, row, column), TOLERANCE, place);
      }
    }
  }

  /** The file without what markers it has, and with these. */
  private static byte[] withMarkers(byte[] file, boolean jfif, Integer adobe, boolean exif) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(file, 0, 2);
    if (exif) { // turned by 90 degrees
      out.writeBytes(
          segment(0xe1, "Exif\0\0MM\0*\0\0\0\b\0\1\1\u0012\0\3\0\0\0\1\0\6\0\0\0\0\0\0"));
    }
    if (adobe != null) {
      out.writeBytes(segment(0xee, "Adobe\0d\0\0\0\0" + (char) adobe.intValue()));
    }
    if (jfif) {
      out.writeBytes(segment(0xe0, "JFIF\0\1\1\0\0\1\0\1\0\0"));
    }
    int at = 2;
    while ((file[at + 1] & 0xf0) == 0xe0) {
      at += 2 + length(file, at);
    }
    out.write(file, at, file.length - at);
    return out.toByteArray();
  }

  private static byte[] segment(int marker, String contents) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int length = contents.length() + 2;
    out.writeBytes(new byte[] {(byte) 0xff, (byte) marker, (byte) (length >> 8), (byte) length});
    out.writeBytes(contents.getBytes(StandardCharsets.ISO_8859_1));
    return out.toByteArray();
  }

  /** Renames the components in the frame's header and in that of the only scan. */
  private static byte[] withIds(byte[] file, String ids) {
    String[] names = ids.split(" ", -1);
    int at = 2;
    while (true) {
      int marker = file[at + 1] & 0xff;
      for (int i = 0; i < names.length; i++) {
        if (marker == 0xc0) {
          file[at + 10 + 3 * i] = (byte) Integer.parseInt(names[i]);
        } else if (marker == 0xda) {
          file[at + 5 + 2 * i] = (byte) Integer.parseInt(names[i]);
        }
      }
      if (marker == 0xda) {
        return file;
      }
      at += 2 + length(file, at);
    }
  }

  private static int length(byte[] file, int at) {
    return (file[at + 2] & 0xff) << 8 | (file[at + 3] & 0xff);
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = stream(name)) {
      return in.readAllBytes();
    }
  }

  private static InputStream stream(String name) {
    return JpegColorsTest.class.getResourceAsStream("/jpeg/" + name);
  }
}
