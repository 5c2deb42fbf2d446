// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.nlg;

import java.util.List;
import java.util.stream.Collectors;

/** A statement of a subject. */
record Triple(String subject, String relation, String object) {
  /** As LoRA writes them: {@code subject : relation : object | subject : relation : object}. */
  static String line(List<Triple> triples) {
    return triples.stream()
        .map(each -> each.subject + " : " + each.relation + " : " + each.object)
        .collect(Collectors.joining(" | "));
  }
}
