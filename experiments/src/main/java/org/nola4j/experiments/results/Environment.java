// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * What a run ran on. What is not known is {@code null}.
 *
 * @param gitRevision the source code's revision, with "-dirty" if it was changed since
 * @param java the Java machine's name and version
 * @param os the operating system's name, version and architecture
 * @param cpuModel the processor's name
 * @param cpuCount processors that the run could use
 * @param backend what computes the network's arrays
 * @param kernel what generates and multiplies random bases
 * @param libraryVersion this project's version
 * @param date when the run ended, in UTC
 * @param threads threads that computed the network's arrays
 * @param earlier what earlier parts of a resumed run ran on, as far as it was something else: no
 *     single command repeats such a result bit by bit
 */
public record Environment(
    String gitRevision,
    String java,
    String os,
    String cpuModel,
    Integer cpuCount,
    String backend,
    String kernel,
    String libraryVersion,
    String date,
    @JsonInclude(JsonInclude.Include.NON_NULL) Integer threads,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Platform> earlier) {

  /** Copies the list, which earlier records do not have. */
  public Environment {
    earlier = earlier == null ? List.of() : List.copyOf(earlier);
  }
}
