// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.spi;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;

/** Says what is in a file of one kind, for {@code nola inspect}. */
public interface FileInspector {
  /** The kind of file, for messages: "adapter (.safetensors)". */
  String kind();

  /** Whether the file is of this kind, by its name. */
  boolean accepts(Path file);

  /**
   * What is in the file.
   *
   * @throws org.nola4j.experiments.common.UserException if it is damaged
   */
  JsonNode inspect(Path file) throws IOException;

  /**
   * The essence of it in a few words, for a list of files.
   *
   * @param inspected what {@link #inspect} gave
   */
  String summary(JsonNode inspected);
}
