// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.nlg;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The samples of one split of a set.
 *
 * @param name of set and split, for messages, as "e2e test"
 * @param samples in the order of the file
 */
public record NlgSplit(String name, List<NlgSample> samples) {
  /** Keeps a copy of the samples. */
  public NlgSplit {
    samples = List.copyOf(samples);
  }

  /** The samples by context, in the order in which the contexts first occur. */
  public List<NlgGroup> groups() {
    Map<String, List<NlgSample>> byContext = new LinkedHashMap<>();
    for (NlgSample sample : samples) {
      byContext.computeIfAbsent(sample.context(), context -> new ArrayList<>()).add(sample);
    }
    return byContext.values().stream().map(NlgSplit::group).toList();
  }

  private static NlgGroup group(List<NlgSample> samples) {
    NlgSample first = samples.get(0);
    return new NlgGroup(
        first.context(), samples.stream().map(NlgSample::completion).toList(), first.seen());
  }

  @Override
  public String toString() {
    return "%s: %d samples".formatted(name, samples.size());
  }
}
