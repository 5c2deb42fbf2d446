// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.spi;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;

/** Describes files of one type for {@code nola inspect}. */
public interface FileInspector {
  /** The file type for messages: "adapter (.safetensors)". */
  String kind();

  /** Whether a file has this type, judging by its name. */
  boolean accepts(Path file);

  /** Whether an accepted file belongs in a folder's list, or is probably of another program. */
  default boolean lists(Path file) {
    return true;
  }

  /**
   * Describes the contents of a file.
   *
   * @throws org.nola4j.experiments.common.UserException if it is damaged
   */
  JsonNode inspect(Path file) throws IOException;

  /**
   * Summarizes a file in a few words for a list.
   *
   * @param inspected the result of {@link #inspect}
   */
  String summary(JsonNode inspected);
}
