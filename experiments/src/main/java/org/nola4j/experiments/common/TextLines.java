// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.common;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a text in UTF-8 line by line, without its byte order mark.
 *
 * <p>From a pipe, each line can be had as soon as it is written.
 */
public final class TextLines implements Closeable {
  private static final String BYTE_ORDER_MARK = "\ufeff";

  private final BufferedReader bytes;
  private final String name;
  private int number = 0;

  private TextLines(InputStream in, String name) {
    // As bytes, which are decoded line by line: a decoder that reads ahead does not know the line.
    this.bytes = new BufferedReader(new InputStreamReader(in, StandardCharsets.ISO_8859_1));
    this.name = name;
  }

  /**
   * Opens a file, which may be a pipe.
   *
   * @throws UserException if there is none
   */
  public static TextLines of(Path file) throws IOException {
    InputFiles.require(file);
    return new TextLines(Files.newInputStream(file), file.toString());
  }

  /** Reads a stream, which {@link #close} closes; its name is for errors. */
  public static TextLines of(InputStream in, String name) {
    return new TextLines(in, name);
  }

  /**
   * Reads all lines of a file, blank ones too.
   *
   * @throws UserException if there is none, or it is not in UTF-8
   */
  public static List<String> all(Path file) throws IOException {
    List<String> all = new ArrayList<>();
    try (TextLines lines = of(file)) {
      for (String line = lines.next(); line != null; line = lines.next()) {
        all.add(line);
      }
    }
    return List.copyOf(all);
  }

  /**
   * The next line; null after the last one.
   *
   * @throws UserException naming the line, if it is not in UTF-8
   */
  public String next() throws IOException {
    String line = bytes.readLine();
    return line == null ? null : decoded(line, ++number);
  }

  /** Whether some of the next line is there, so that no one has to wait for it to begin. */
  public boolean ready() throws IOException {
    return bytes.ready();
  }

  private String decoded(String line, int number) {
    try {
      ByteBuffer utf8 = ByteBuffer.wrap(line.getBytes(StandardCharsets.ISO_8859_1));
      String text = StandardCharsets.UTF_8.newDecoder().decode(utf8).toString();
      return number == 1 && text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new UserException(
          "%s, line %d: expected text in UTF-8, found other bytes; save it as UTF-8"
              .formatted(name, number),
          e);
    }
  }

  @Override
  public void close() throws IOException {
    bytes.close();
  }
}
