// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.inspect;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.Precision;
import org.nola4j.experiments.common.UserException;
import org.nola4j.io.FileFormatException;

/**
 * An adapter and the file that it was read from.
 *
 * @param path of the file
 * @param adapter what is in it
 * @param precision of its numbers that are not quantized
 * @param bytes of the file
 */
public record AdapterFile(Path path, Adapter adapter, Precision precision, long bytes) {
  /** The end of such a file's name. */
  static final String EXTENSION = ".safetensors";

  /**
   * Reads a file.
   *
   * @throws UserException if it is not there or no adapter
   */
  public static AdapterFile read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new UserException("no such file: " + file);
    }
    try {
      Adapter adapter = Adapter.read(file);
      long bytes = Files.size(file);
      // A file's size follows from what is in it.
      boolean exact = bytes == adapter.bytes(Precision.F32);
      return new AdapterFile(file, adapter, exact ? Precision.F32 : Precision.F16, bytes);
    } catch (FileFormatException e) {
      throw new UserException(e.getMessage(), e);
    }
  }
}
