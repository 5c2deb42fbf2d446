// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.soak;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * Damages files as chance, and those who mean no good, would: outside, and inside their wrapper.
 */
final class Damage {
  private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?([eE]-?\\d+)?");
  private static final Pattern DIGEST = Pattern.compile("\"digest\":\"([0-9a-f]{32})\"");
  private static final List<String> VALUES =
      List.of(
          "0",
          "-1",
          "1",
          "2",
          "7",
          "0.5",
          "255",
          "65536",
          "2147483647",
          "-2147483648",
          "4294967296",
          "9223372036854775807",
          "9223372036854775808",
          "1e308",
          "1e999",
          "-1e999",
          "null",
          "true",
          "\"1\"",
          "\"\"",
          "[]",
          "{}",
          "NaN",
          "1".repeat(5000));
  private static final int[] NUMBERS = {
    0,
    -1,
    1,
    2,
    255,
    256,
    65535,
    65536,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    0x7f800000,
    0x7fc00000
  };

  private final Random random;

  Damage(Random random) {
    this.random = random;
  }

  /** One of several files with one to three changes. */
  byte[] of(List<byte[]> originals) {
    byte[] file = originals.get(random.nextInt(originals.size())).clone();
    byte[] other = originals.get(random.nextInt(originals.size()));
    for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
      file = random.nextInt(3) == 0 ? changed(file, other) : inside(file);
    }
    return file;
  }

  /** Changes what a wrapper holds and wraps it again, so that checksums are right. */
  private byte[] inside(byte[] file) {
    try {
      if (file.length > 4 && file[0] == 'P' && file[1] == 'K') {
        return insideZip(file);
      }
      if (file.length > 2 && file[0] == 0x1f && file[1] == (byte) 0x8b) {
        return insideGzip(file);
      }
    } catch (IOException | IllegalArgumentException spoilt) {
      return changed(file, file);
    }
    return file.length > 9 && file[8] == '{' ? insideSafetensors(file) : text(file);
  }

  private byte[] insideZip(byte[] file) throws IOException {
    List<Map.Entry<String, byte[]>> entries = new ArrayList<>();
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(file))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        entries.add(Map.entry(entry.getName(), zip.readAllBytes()));
      }
    }
    if (entries.isEmpty()) {
      return changed(file, file);
    }
    int victim = random.nextInt(entries.size());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (int i = 0; i < entries.size(); i++) {
        zip.putNextEntry(new ZipEntry(entries.get(i).getKey()));
        byte[] contents = entries.get(i).getValue();
        zip.write(i == victim ? contents(contents) : contents);
      }
    }
    return bytes.toByteArray();
  }

  private byte[] insideGzip(byte[] file) throws IOException {
    byte[] contents = new GZIPInputStream(new ByteArrayInputStream(file)).readAllBytes();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(contents(contents));
    }
    return bytes.toByteArray();
  }

  private byte[] contents(byte[] contents) {
    if (random.nextInt(500) == 0) {
      return Arrays.copyOf(contents, contents.length + (1 << (20 + random.nextInt(6))));
    }
    return random.nextBoolean() ? text(contents) : changed(contents, contents);
  }

  /** With a right length, and a right digest where there is one. */
  private byte[] insideSafetensors(byte[] file) {
    long length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    if (length < 1 || length > file.length - 8) {
      return changed(file, file);
    }
    int end = 8 + (int) length;
    byte[] header = text(Arrays.copyOfRange(file, 8, end));
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + header.length + file.length - end).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(header.length).put(header).put(file, end, file.length - end);
    return sealed(bytes.array());
  }

  private static byte[] sealed(byte[] file) {
    List<MatchResult> digests =
        DIGEST.matcher(new String(file, StandardCharsets.ISO_8859_1)).results().toList();
    if (digests.isEmpty()) {
      return file;
    }
    int at = digests.get(0).start(1);
    Arrays.fill(file, at, at + 32, (byte) '0');
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(file);
      byte[] digits = HexFormat.of().formatHex(digest).getBytes(StandardCharsets.US_ASCII);
      System.arraycopy(digits, 0, file, at, 32);
      return file;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Another value for a number, nesting, or a part left out or doubled. */
  private byte[] text(byte[] contents) {
    String text = new String(contents, StandardCharsets.ISO_8859_1);
    if (text.isEmpty()) {
      return contents;
    }
    int from = random.nextInt(text.length());
    int to = Math.min(text.length(), from + 1 + random.nextInt(40));
    String changed =
        switch (random.nextInt(6)) {
          case 0 -> text.substring(0, from) + text.substring(to);
          case 1 -> text.substring(0, to) + text.substring(from);
          case 2 -> text.substring(0, from) + nesting() + text.substring(from);
          default -> renumbered(text);
        };
    return changed.getBytes(StandardCharsets.ISO_8859_1);
  }

  private String nesting() {
    String open = List.of("[", "{\"a\":", "{\\\"a\\\":", "[{\"\":").get(random.nextInt(4));
    return open.repeat(1 + random.nextInt(random.nextInt(50) == 0 ? 20_000 : 20));
  }

  private String renumbered(String text) {
    List<MatchResult> numbers = NUMBER.matcher(text).results().limit(2000).toList();
    if (numbers.isEmpty()) {
      return text;
    }
    MatchResult number = numbers.get(random.nextInt(numbers.size()));
    return text.substring(0, number.start())
        + VALUES.get(random.nextInt(VALUES.size()))
        + text.substring(number.end());
  }

  /** Changes bytes as they are. */
  private byte[] changed(byte[] file, byte[] other) {
    if (file.length < 8) {
      return Arrays.copyOf(file, random.nextInt(16));
    }
    int from = random.nextInt(file.length);
    int length = Math.min(file.length - from, 1 + random.nextInt(64));
    return switch (random.nextInt(8)) {
      case 0 -> flipped(file, file.length);
      case 1 -> flipped(file, Math.min(file.length, 64));
      case 2 -> Arrays.copyOf(file, from);
      case 3 -> Arrays.copyOf(file, file.length + 1 + random.nextInt(600));
      case 4 -> spliced(file, from, other);
      case 5 -> without(file, from, length);
      case 6 -> overwritten(file, from, length, (byte) (random.nextBoolean() ? 0 : -1));
      default -> withNumber(file);
    };
  }

  private byte[] flipped(byte[] file, int end) {
    for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
      file[random.nextInt(end)] ^= (byte) (1 << random.nextInt(8));
    }
    return file;
  }

  private static byte[] spliced(byte[] file, int from, byte[] other) {
    byte[] spliced = Arrays.copyOf(file, Math.max(from, other.length));
    System.arraycopy(
        other,
        Math.min(from, other.length),
        spliced,
        Math.min(from, other.length),
        Math.max(0, other.length - from));
    return spliced;
  }

  private static byte[] without(byte[] file, int from, int length) {
    ByteBuffer rest = ByteBuffer.allocate(file.length - length);
    return rest.put(file, 0, from).put(file, from + length, file.length - from - length).array();
  }

  private static byte[] overwritten(byte[] file, int from, int length, byte by) {
    Arrays.fill(file, from, from + length, by);
    return file;
  }

  private byte[] withNumber(byte[] file) {
    int at = random.nextInt(random.nextBoolean() ? Math.min(32, file.length - 4) : file.length - 4);
    ByteBuffer bytes = ByteBuffer.wrap(file);
    bytes.order(random.nextBoolean() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(at, NUMBERS[random.nextInt(NUMBERS.length)]);
    return file;
  }

  /** A gzipped copy. */
  static byte[] gzip(byte[] contents) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(contents);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory cannot fail", e);
    }
    return bytes.toByteArray();
  }
}
