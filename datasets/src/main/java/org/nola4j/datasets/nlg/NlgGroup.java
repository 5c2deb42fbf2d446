// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.nlg;

import java.util.List;

/**
 * Data, and all texts that say it: what one generated text is compared with.
 *
 * @param context the data in a line
 * @param references the texts, in the order of the set
 * @param seen as in {@link NlgSample}
 */
public record NlgGroup(String context, List<String> references, boolean seen) {
  /** Keeps a copy of the texts. */
  public NlgGroup {
    references = List.copyOf(references);
  }
}
