// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.text;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.source.Contents;

/**
 * A CSV or TSV file of labeled texts: a label and a text a record, in UTF-8, plain or gzipped.
 *
 * <pre>
 * label,text
 * billing,"I was charged twice, please refund one."
 * shipping,Where is my parcel?
 * </pre>
 *
 * <p>Quotes as in RFC 4180, in TSV files too. A first record with {@code label} and {@code text},
 * in any order and case and among other columns, says which columns they are; without one each
 * record has these two. Empty lines are skipped. Space around labels and texts is not part of them.
 * There are at least two labels, without tabs and line breaks.
 */
public final class TextFile {
  private static final String LABEL = "label";
  private static final String TEXT = "text";
  private static final int BYTE_ORDER_MARK = 0xfeff;
  private static final String REMEDY = "put texts with commas, quotes or line breaks in quotes";

  private final Path file;
  private final List<String> labels = new ArrayList<>();
  private final List<String> texts = new ArrayList<>();
  private int labelColumn = 0;
  private int textColumn = 1;
  private int columns = 2;

  private TextFile(Path file) {
    this.file = file;
  }

  /** Whether a file's name says that it is of this kind. */
  public static boolean isNamedSo(String name) {
    String plain = plainName(name);
    return plain.endsWith(".csv") || plain.endsWith(".tsv");
  }

  private static String plainName(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.endsWith(".gz") ? lower.substring(0, lower.length() - 3) : lower;
  }

  /**
   * Reads a file; classes are numbered in alphabetical order.
   *
   * @param file one whose name ends in {@code .csv} or {@code .tsv}, or these with {@code .gz}
   * @throws DataSetException naming the line, if a record is wrong
   */
  public static LabeledTexts read(Path file) {
    TextFile content = new TextFile(file);
    content.read();
    return LabeledTexts.of(
        file.getFileName().toString(),
        LabeledTexts.classesOf(content.labels),
        content.texts,
        content.labels);
  }

  private void read() {
    char delimiter = plainName(file.toString()).endsWith(".tsv") ? '\t' : ',';
    CSVFormat format =
        CSVFormat.DEFAULT.builder().setDelimiter(delimiter).setIgnoreEmptyLines(true).build();
    long line = 0;
    try (Reader reader = open();
        CSVParser parser = format.parse(reader)) {
      for (CSVRecord each : parser) {
        line = parser.getCurrentLineNumber();
        take(each, line - breaks(each));
      }
    } catch (UncheckedIOException | IOException e) {
      throw unreadable(e, line + 1);
    }
    if (texts.isEmpty()) {
      throw wrong("records of a label and a text", "none", "add texts");
    }
    if (labels.stream().distinct().count() == 1) {
      throw wrong("two labels or more", "only \"" + labels.get(0) + "\"", "add texts of another");
    }
  }

  /** Line breaks inside a record, which may span lines. */
  private static long breaks(CSVRecord values) {
    return values.stream().flatMapToInt(String::chars).filter(c -> c == '\n').count();
  }

  private Reader open() throws IOException {
    Reader reader =
        new BufferedReader(
            new InputStreamReader(
                Contents.open(file),
                StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)));
    reader.mark(1);
    if (reader.read() != BYTE_ORDER_MARK) {
      reader.reset();
    }
    return reader;
  }

  private DataSetException unreadable(Exception e, long line) {
    Throwable cause = e instanceof UncheckedIOException ? e.getCause() : e;
    if (!Files.isRegularFile(file)) {
      return new DataSetException("there is no file %s".formatted(file), e);
    }
    String found = cause instanceof CharacterCodingException ? "other bytes" : cause.getMessage();
    return new DataSetException(
        "%s, from line %d on: expected CSV in UTF-8, found %s; %s"
            .formatted(file, line, found, "save it as UTF-8, and close every quote"),
        e);
  }

  private void take(CSVRecord values, long line) {
    if (values.getRecordNumber() == 1 && readHeader(values, line)) {
      return;
    }
    if (values.size() != columns) {
      throw wrongAt(line, columns + " columns", values.size() + ": " + values.toList(), REMEDY);
    }
    String label = values.get(labelColumn).strip();
    String text = values.get(textColumn).strip();
    if (label.isEmpty()) {
      throw wrongAt(line, "a label", "none", "name the class of the text");
    }
    if (label.chars().anyMatch(Character::isISOControl)) {
      throw wrongAt(
          line, "a label without tabs and line breaks", "one with some", "take them out of it");
    }
    if (text.isEmpty()) {
      throw wrongAt(line, "a text", "none", "add it, or remove the line");
    }
    labels.add(label);
    texts.add(text);
  }

  /** Returns whether it is one: a record with one of its names, but not both, is a mistake. */
  private boolean readHeader(CSVRecord values, long line) {
    List<String> names =
        values.stream().map(name -> name.strip().toLowerCase(Locale.ROOT)).toList();
    long found = names.stream().filter(List.of(LABEL, TEXT)::contains).count();
    if (found == 0) {
      return false;
    }
    if (found != 2 || !names.contains(LABEL) || !names.contains(TEXT)) {
      throw wrongAt(
          line,
          "a header with one label and one text",
          names.toString(),
          "rename its columns, or begin with a line label,text");
    }
    labelColumn = names.indexOf(LABEL);
    textColumn = names.indexOf(TEXT);
    columns = values.size();
    return true;
  }

  private DataSetException wrongAt(long line, String expected, String found, String remedy) {
    return DataSetException.malformed(file, line, expected, found, remedy);
  }

  private DataSetException wrong(String expected, String found, String remedy) {
    return DataSetException.malformed(file, expected, found, remedy);
  }
}
