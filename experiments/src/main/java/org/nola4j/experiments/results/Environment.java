// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * The environment of a run. Unknown values are {@code null}.
 *
 * @param gitRevision revision of the source code, with "-dirty" after changes
 * @param java name and version of the Java virtual machine
 * @param os name, version, and architecture of the operating system
 * @param cpuModel name of the processor
 * @param cpuCount number of processors available to the run
 * @param backend ND4J backend of the network's arrays
 * @param kernel kernel that generates and multiplies random bases
 * @param libraryVersion this project's version
 * @param date when the run ended, in UTC
 * @param threads number of threads of the backend
 * @param cluster the machines that copies of the network were trained on; null for one machine
 * @param earlier platforms of earlier parts of a resumed run, if they differ: no single command
 *     reproduces such a result bit for bit
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
    @JsonInclude(JsonInclude.Include.NON_NULL) String cluster,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Platform> earlier) {

  /** Copies the list, which is missing in earlier records. */
  public Environment {
    earlier = earlier == null ? List.of() : List.copyOf(earlier);
  }

  /** Of a run that has not ended, of which only the platforms of its parts so far are known. */
  public static Environment unfinished(List<Platform> platforms) {
    List<Platform> earlier = platforms.subList(0, Math.max(0, platforms.size() - 1));
    return new Environment(
        null, null, null, null, null, null, null, null, null, null, null, earlier);
  }
}
