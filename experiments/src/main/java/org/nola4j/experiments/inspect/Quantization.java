// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.inspect;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.AdapterLayer;
import org.nola4j.adapter.Precision;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.report.Cell;
import org.nola4j.experiments.report.Column;
import org.nola4j.experiments.report.Table;

/**
 * An adapter file before and after quantization of its coefficients.
 *
 * @param before the original file
 * @param after the quantized adapter
 * @param precision precision of its other numbers
 */
public record Quantization(AdapterFile before, Adapter after, Precision precision) {
  private static final String ALL = "whole file";

  /**
   * Quantizes.
   *
   * @param bits bits per coefficient
   * @param notes for the new file, in addition to those of the old one
   * @throws UserException if the bits are out of range, there is nothing to quantize, or a number
   *     is out of the range of the precision
   */
  public static Quantization of(
      AdapterFile before, int bits, Precision precision, Map<String, String> notes) {
    try {
      Map<String, String> all = new LinkedHashMap<>(before.adapter().notes());
      all.putAll(notes);
      Adapter after = before.adapter().quantized(bits).withNotes(all);
      after.rounded(precision);
      if (vectors(after).isEmpty()) {
        throw new UserException(
            "%s: nothing to quantize; it only has weights of the dense method and ordinary layers"
                .formatted(before.path()));
      }
      return new Quantization(before, after, precision);
    } catch (IllegalArgumentException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  /** A parameter of a layer. */
  private record Vector(String layer, String parameter) {}

  private static List<Vector> vectors(Adapter adapter) {
    List<Vector> vectors = new ArrayList<>();
    for (AdapterLayer layer : adapter.layers()) {
      for (String parameter : layer.shapes().keySet()) {
        if (adapter.bits(layer.name(), parameter).isPresent()) {
          vectors.add(new Vector(layer.name(), parameter));
        }
      }
    }
    return vectors;
  }

  /** A row for each quantized vector and one for the file, with sizes and rounding errors. */
  public Table table() {
    List<Column> columns =
        List.of(
            Column.text("layer", "layer"),
            Column.text("vector", "vector"),
            Column.number("numbers", "numbers"),
            Column.number("bytes before", "bytesBefore"),
            Column.number("bytes after", "bytesAfter"),
            Column.number("bytes per number", "bytesANumber"),
            Column.number("largest error, % of max", "greatestError"),
            Column.number("RMS error, % of max", "rmsError"));
    List<List<Cell>> rows = new ArrayList<>();
    vectors(after).forEach(vector -> rows.add(row(vector)));
    long bytes = after.bytes(precision);
    List<Cell> all = new ArrayList<>(sizes(ALL, "", after.size(), before.bytes(), bytes));
    all.addAll(List.of(Cell.of("", (Object) null), Cell.of("", (Object) null)));
    rows.add(all);
    return new Table("", columns, rows, List.of());
  }

  private List<Cell> row(Vector vector) {
    float[] old = before.adapter().values(vector.layer(), vector.parameter());
    float[] rounded = after.values(vector.layer(), vector.parameter());
    double max = 0;
    double greatest = 0;
    double squares = 0;
    for (int i = 0; i < old.length; i++) {
      double error = Math.abs((double) old[i] - rounded[i]);
      max = Math.max(max, Math.abs(old[i]));
      greatest = Math.max(greatest, error);
      squares += error * error;
    }
    double unit = max == 0 ? 1 : max;
    List<Cell> row =
        new ArrayList<>(
            sizes(
                vector.layer(),
                vector.parameter(),
                old.length,
                bytes(before.adapter(), before.precision(), vector, old.length),
                bytes(after, precision, vector, old.length)));
    row.add(percent(greatest / unit));
    row.add(percent(Math.sqrt(squares / old.length) / unit));
    return row;
  }

  private static long bytes(Adapter adapter, Precision precision, Vector vector, long numbers) {
    OptionalInt bits = adapter.bits(vector.layer(), vector.parameter());
    int width = bits.orElse(precision == Precision.F32 ? Float.SIZE : Short.SIZE);
    return (width * numbers + Byte.SIZE - 1) / Byte.SIZE;
  }

  private static List<Cell> sizes(
      String layer, String vector, long numbers, long before, long after) {
    double each = (double) after / numbers;
    return List.of(
        Cell.of(layer, layer),
        Cell.of(vector, vector),
        whole(numbers),
        whole(before),
        whole(after),
        Cell.of(String.format(Locale.ROOT, "%.3f", each), each));
  }

  private static Cell whole(long value) {
    return Cell.of(String.format(Locale.ROOT, "%,d", value), value);
  }

  private static Cell percent(double value) {
    return Cell.of(String.format(Locale.ROOT, "%.2f", 100 * value), value);
  }
}
