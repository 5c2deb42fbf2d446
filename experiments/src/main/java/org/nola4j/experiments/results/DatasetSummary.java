// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * The data of a run.
 *
 * @param name the registered name
 * @param trainExamples examples in the training set
 * @param testExamples examples in the test set
 * @param standIn whether this is generated data instead of the real set
 * @param sha256 digest of the training and test images and labels; {@code null} in records of
 *     earlier versions
 * @param note what else must be said about it, for example that it is a lossy copy; {@code null}
 *     for nothing
 */
public record DatasetSummary(
    String name,
    int trainExamples,
    int testExamples,
    boolean standIn,
    @JsonInclude(JsonInclude.Include.NON_NULL) String sha256,
    @JsonInclude(JsonInclude.Include.NON_NULL) String note) {

  /** Checks that the set has a name. */
  public DatasetSummary {
    RequiredFields.present("name", name);
  }

  /** Data without a note and a digest. */
  public DatasetSummary(String name, int trainExamples, int testExamples, boolean standIn) {
    this(name, trainExamples, testExamples, standIn, null, null);
  }

  /**
   * Whether both may be the same data; values missing in records of earlier versions count as
   * equal.
   */
  public boolean matches(DatasetSummary other) {
    String digest = sha256 == null || other.sha256 == null ? null : sha256;
    return withDigest(digest).equals(other.withDigest(digest == null ? null : other.sha256));
  }

  private DatasetSummary withDigest(String digest) {
    return new DatasetSummary(name, trainExamples, testExamples, standIn, digest, note);
  }

  /** A description for messages, such as "cifar10 (50000 + 10000 examples)". */
  public String text() {
    return "%s (%d + %d examples%s%s)"
        .formatted(
            name,
            trainExamples,
            testExamples,
            standIn ? ", generated" : "",
            note == null ? "" : ", " + note);
  }
}
