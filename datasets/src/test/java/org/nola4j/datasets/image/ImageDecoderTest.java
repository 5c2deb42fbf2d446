// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.image;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nola4j.datasets.format.ImageFiles;

class ImageDecoderTest {
  private final ImageDecoder decoder = new ImageDecoder();

  @AfterEach
  void close() {
    decoder.close();
  }

  @Test
  void pngIsExactAndPlanar() throws CorruptImageException {
    BufferedImage image = ImageFiles.plain(2, 3, 0x102030);
    image.setRGB(2, 1, 0xfffefd);
    Image decoded = decoder.decode(ImageFiles.png(image));
    assertEquals("3x2x3", decoded.toString());
    assertValues(decoded, 0, 0, 0x10, 0x20, 0x30);
    assertValues(decoded, 1, 2, 0xff, 0xfe, 0xfd);
  }

  /** Published sets have a few such files among their JPEGs, under the same extension. */
  @Test
  void gifAndBmpAreDecodedToo() throws CorruptImageException {
    BufferedImage image = ImageFiles.plain(2, 3, 0x102030);
    for (String format : List.of("gif", "bmp")) {
      Image decoded = decoder.decode(ImageFiles.encode(image, format));
      assertEquals("3x2x3", decoded.toString(), format);
      assertValues(decoded, 1, 2, 0x10, 0x20, 0x30);
    }
  }

  @Test
  void jpegKeepsColors() throws CorruptImageException {
    Image decoded = decoder.decode(ImageFiles.jpeg(ImageFiles.plain(8, 8, 0xc86432)));
    assertEquals(0xc8, decoded.value(0, 4, 4), 3);
    assertEquals(0x64, decoded.value(1, 4, 4), 3);
    assertEquals(0x32, decoded.value(2, 4, 4), 3);
  }

  @Test
  void grayBecomesThreeEqualChannelsOfTheSameValue() throws CorruptImageException {
    BufferedImage gray = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
    fill(gray.getRaster(), 60);
    for (byte[] file : new byte[][] {ImageFiles.jpeg(gray), ImageFiles.png(gray)}) {
      assertValues(decoder.decode(file), 3, 3, 60, 60, 60);
    }
  }

  @Test
  void deepGrayIsScaled() throws CorruptImageException {
    BufferedImage gray = new BufferedImage(2, 2, BufferedImage.TYPE_USHORT_GRAY);
    fill(gray.getRaster(), 128 * 257);
    assertValues(decoder.decode(ImageFiles.png(gray)), 1, 1, 128, 128, 128);
  }

  @Test
  void palettesAndTransparencyAreResolved() throws CorruptImageException {
    byte[] red = {0, (byte) 200};
    byte[] green = {0, 100};
    byte[] blue = {0, 50};
    BufferedImage indexed =
        new BufferedImage(
            2, 2, BufferedImage.TYPE_BYTE_BINARY, new IndexColorModel(1, 2, red, green, blue));
    fill(indexed.getRaster(), 1);
    assertValues(decoder.decode(ImageFiles.png(indexed)), 0, 1, 200, 100, 50);

    BufferedImage clear = new BufferedImage(2, 2, BufferedImage.TYPE_INT_ARGB);
    clear.setRGB(1, 0, 0x40c86432);
    assertValues(decoder.decode(ImageFiles.png(clear)), 0, 1, 200, 100, 50);
  }

  @Test
  void printersColorsAreConverted() throws CorruptImageException {
    byte[] cmyk = fourBands(200, 100, 50, 204); // inverted: a fifth black
    for (byte[] file : List.of(cmyk, withAdobeMarker(cmyk, 0))) {
      Image image = decoder.decode(file);
      assertEquals(160, image.value(0, 3, 3), 2);
      assertEquals(80, image.value(1, 3, 3), 2);
      assertEquals(40, image.value(2, 3, 3), 2);
    }
    // Y, Cb, Cr of the complement of (200, 100, 50).
    Image ycck = decoder.decode(withAdobeMarker(fourBands(131, 170, 74, 204), 2));
    assertEquals(160, ycck.value(0, 3, 3), 3);
    assertEquals(80, ycck.value(1, 3, 3), 3);
    assertEquals(40, ycck.value(2, 3, 3), 3);
  }

  @Test
  void everyTruncationOfAJpegIsNoticed() throws CorruptImageException {
    BufferedImage image = ImageFiles.plain(16, 16, 0xc86432);
    for (int i = 0; i < 256; i++) {
      image.setRGB(i % 16, i / 16, i * 0x1f3d5b);
    }
    byte[] whole = ImageFiles.jpeg(image);
    for (int length = 0; length < whole.length - 2; length++) { // without all of the end marker
      byte[] cut = Arrays.copyOf(whole, length);
      int bytes = length;
      assertThrows(
          CorruptImageException.class, () -> decoder.decode(cut), () -> bytes + " bytes pass");
    }
    assertEquals("3x16x16", decoder.decode(whole).toString()); // no after-effects
  }

  @Test
  void truncatedPngIsNoticed() {
    byte[] whole = ImageFiles.png(ImageFiles.plain(16, 16, 0x102030));
    assertCorrupt("cannot be decoded: ", Arrays.copyOf(whole, whole.length / 2));
  }

  @Test
  void otherFilesAreRefused() {
    assertCorrupt("it is empty", new byte[0]);
    assertCorrupt("it is not a JPEG, PNG, GIF, or BMP file", "RIFF".getBytes(US_ASCII));
  }

  @Test
  void absurdSizesCostNoMemory() {
    byte[] file = ImageFiles.png(ImageFiles.plain(1, 1, 0));
    ByteBuffer.wrap(file).putInt(16, 1 << 20).putInt(20, 1 << 20);
    String most = String.valueOf(4_000_000 + 1000 * file.length);
    assertCorrupt("its header claims 1048576x1048576 pixels, which is more than " + most, file);
    ByteBuffer.wrap(file).putInt(16, 3000).putInt(20, 2000);
    assertCorrupt("its header claims 2000x3000 pixels, which is more than " + most, file);
  }

  /** A JPEG file of one color in four bands. */
  private static byte[] fourBands(int... values) {
    WritableRaster raster = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 8, 8, 4, null);
    for (int i = 0; i < 64; i++) {
      raster.setPixel(i % 8, i / 8, values);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(new IIOImage(raster, null, null));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  private static byte[] withAdobeMarker(byte[] jpeg, int transform) {
    byte[] marker = {
      (byte) 0xff, (byte) 0xee, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, (byte) transform
    };
    return ImageFiles.concat(
        Arrays.copyOf(jpeg, 2), marker, Arrays.copyOfRange(jpeg, 2, jpeg.length));
  }

  private void assertCorrupt(String expected, byte[] file) {
    String message =
        assertThrows(CorruptImageException.class, () -> decoder.decode(file)).getMessage();
    assertTrue(message.startsWith(expected), message);
  }

  private static void assertValues(Image image, int row, int column, int red, int green, int blue) {
    assertEquals(red, image.value(0, row, column));
    assertEquals(green, image.value(1, row, column));
    assertEquals(blue, image.value(2, row, column));
  }

  private static void fill(WritableRaster raster, int value) {
    for (int y = 0; y < raster.getHeight(); y++) {
      for (int x = 0; x < raster.getWidth(); x++) {
        raster.setSample(x, y, 0, value);
      }
    }
  }
}
