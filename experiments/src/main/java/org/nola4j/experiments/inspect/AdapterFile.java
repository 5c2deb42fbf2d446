// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.inspect;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.Precision;
import org.nola4j.experiments.common.InputFiles;
import org.nola4j.experiments.common.UserException;
import org.nola4j.io.FileFormatException;

/**
 * An adapter and its file.
 *
 * @param path path of the file
 * @param adapter the adapter
 * @param precision precision of the numbers that are not quantized
 * @param bytes size of the file
 */
public record AdapterFile(Path path, Adapter adapter, Precision precision, long bytes) {
  /** The extension of such files. */
  static final String EXTENSION = ".safetensors";

  /**
   * Reads a file.
   *
   * @throws UserException if it does not exist or is not an adapter
   */
  public static AdapterFile read(Path file) throws IOException {
    InputFiles.require(file);
    try {
      Adapter adapter = Adapter.read(file);
      long bytes = Files.size(file);
      // A file's size follows from its contents.
      boolean exact = bytes == adapter.bytes(Precision.F32);
      return new AdapterFile(file, adapter, exact ? Precision.F32 : Precision.F16, bytes);
    } catch (FileFormatException e) {
      throw new UserException(e.getMessage(), e);
    }
  }
}
