package org.nola4j.experiments.results;

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
    String date) {}
