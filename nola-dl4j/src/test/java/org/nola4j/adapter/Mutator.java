// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Damages safetensors files and JSON texts, at random and as an attacker would. */
public final class Mutator {
  /** What stands behind a colon. */
  private static final Pattern VALUE =
      Pattern.compile("(?<=: )(-?[\\d.]+|null|true|false|\"\\w*\")");

  private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?");

  private static final List<String> NUMBERS =
      List.of(
          "0",
          "-1",
          "1",
          "2",
          "3",
          "0.5",
          "7",
          "255",
          "65536",
          "2147483647",
          "-2147483648",
          "4294967296",
          "9223372036854775807",
          "9223372036854775808",
          "1e308",
          "1e999",
          "null",
          "true",
          "\"1\"",
          "[]",
          "{}",
          "NaN",
          "1".repeat(5000));

  private final Random random;

  public Mutator(Random random) {
    this.random = random;
  }

  /** A file with one or two changes. */
  public byte[] mutant(byte[] original, List<byte[]> others) {
    byte[] file = original.clone();
    for (int changes = 1 + random.nextInt(2); changes > 0; changes--) {
      file = changed(file, others);
    }
    return file;
  }

  private byte[] changed(byte[] file, List<byte[]> others) {
    if (file.length < 16) {
      return file;
    }
    return switch (random.nextInt(10)) {
      case 0 -> flipped(file, 0, file.length);
      case 1 -> flipped(file, 0, 16);
      case 8 -> flipped(file, dataBegin(file), file.length);
      case 2 -> Arrays.copyOf(file, random.nextInt(file.length));
      case 3 -> Arrays.copyOf(file, file.length + 1 + random.nextInt(64));
      case 4 -> spliced(file, others.get(random.nextInt(others.size())));
      case 5 -> relengthened(file);
      case 6 -> nested(file);
      case 7 -> withoutPart(file);
      default -> renumbered(file);
    };
  }

  private byte[] flipped(byte[] file, int from, int to) {
    for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
      file[from + random.nextInt(to - from)] ^= (byte) (1 << random.nextInt(8));
    }
    return file;
  }

  private static int dataBegin(byte[] file) {
    FileEdit edit = readable(file);
    return edit == null || edit.data().length == 0 ? 0 : file.length - edit.data().length;
  }

  /** The beginning of one and the end of another, or a part of one over the other. */
  private byte[] spliced(byte[] file, byte[] other) {
    int from = random.nextInt(Math.min(file.length, other.length));
    int to =
        random.nextBoolean() ? other.length : Math.min(other.length, from + random.nextInt(80));
    byte[] spliced = Arrays.copyOf(file, Math.max(to, random.nextBoolean() ? file.length : to));
    System.arraycopy(other, from, spliced, from, to - from);
    return spliced;
  }

  private byte[] relengthened(byte[] file) {
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(
        0, random.nextBoolean() ? random.nextLong() : bytes.getLong(0) + random.nextInt(33) - 16);
    return file;
  }

  private byte[] nested(byte[] file) {
    FileEdit edit = readable(file);
    if (edit == null) {
      return file;
    }
    int at = random.nextInt(edit.header().length());
    return insert(edit, at, at, bomb());
  }

  /** Deep nesting. */
  private String bomb() {
    String open = List.of("[", "{\"a\":", "{\\\"a\\\":", "[{\"\":").get(random.nextInt(4));
    return open.repeat(1 + random.nextInt(random.nextInt(50) == 0 ? 20_000 : 20));
  }

  private byte[] withoutPart(byte[] file) {
    FileEdit edit = readable(file);
    if (edit == null) {
      return file;
    }
    int from = random.nextInt(edit.header().length());
    int to = Math.min(edit.header().length(), from + 1 + random.nextInt(40));
    return insert(edit, from, to, "");
  }

  private byte[] renumbered(byte[] file) {
    FileEdit edit = readable(file);
    List<MatchResult> numbers =
        edit == null ? List.of() : NUMBER.matcher(edit.header()).results().toList();
    if (numbers.isEmpty()) {
      return file;
    }
    MatchResult number = numbers.get(random.nextInt(numbers.size()));
    String by = NUMBERS.get(random.nextInt(NUMBERS.size()));
    return insert(edit, number.start(), number.end(), by);
  }

  private static byte[] insert(FileEdit edit, int from, int to, String text) {
    String header = edit.header().substring(0, from) + text + edit.header().substring(to);
    return new FileEdit(header, edit.data()).unsealed();
  }

  /** Null when an earlier change has spoilt the header's length. */
  private static FileEdit readable(byte[] file) {
    if (file.length < 16) {
      return null;
    }
    long length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    return length < 1 || length > file.length - 8 ? null : FileEdit.of(file);
  }

  /** A JSON text with one or two changes. */
  public String mutant(String original, List<String> others) {
    String text = original;
    for (int changes = 1 + random.nextInt(2); changes > 0 && !text.isEmpty(); changes--) {
      text = changed(text, others.get(random.nextInt(others.size())));
    }
    return text;
  }

  private String changed(String text, String other) {
    int from = random.nextInt(text.length());
    int to = Math.min(text.length(), from + 1 + random.nextInt(40));
    return switch (random.nextInt(6)) {
      case 0 ->
          text.substring(0, from)
              + (char) (text.charAt(from) ^ 1 << random.nextInt(7))
              + text.substring(from + 1);
      case 1 -> text.substring(0, from);
      case 2 -> text.substring(0, from) + other.substring(Math.min(from, other.length()));
      case 3 -> text.substring(0, from) + text.substring(to);
      case 4 -> text.substring(0, from) + bomb() + text.substring(from);
      default -> renumbered(text);
    };
  }

  private String renumbered(String text) {
    List<MatchResult> values = VALUE.matcher(text).results().toList();
    if (values.isEmpty()) {
      return text;
    }
    MatchResult value = values.get(random.nextInt(values.size()));
    String by = NUMBERS.get(random.nextInt(NUMBERS.size()));
    return text.substring(0, value.start()) + by + text.substring(value.end());
  }
}
