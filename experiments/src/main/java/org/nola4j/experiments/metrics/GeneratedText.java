// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.metrics;

import java.util.List;

/**
 * A text that a model generated, and texts by people that say the same.
 *
 * @param hypothesis the generated text, which may be empty
 * @param references at least one
 */
public record GeneratedText(String hypothesis, List<String> references) {
  /** Keeps a copy of the references. */
  public GeneratedText {
    if (references.isEmpty()) {
      throw new IllegalArgumentException("no references for \"" + hypothesis + "\"");
    }
    references = List.copyOf(references);
  }
}
