// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * The data that a run saw.
 *
 * @param name the registered name
 * @param trainExamples examples in the training set
 * @param testExamples examples in the test set
 * @param standIn whether this is generated data in place of the real set
 * @param sha256 digest of the images and labels that were trained and measured on; {@code null} in
 *     records of earlier versions
 * @param note what else must be said of it, as that it is a lossy copy; {@code null} if nothing
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

  /** Data of which there is nothing to note, and no digest. */
  public DatasetSummary(String name, int trainExamples, int testExamples, boolean standIn) {
    this(name, trainExamples, testExamples, standIn, null, null);
  }

  /** Whether both may be the same data; what a record of an earlier version lacks is equal. */
  public boolean matches(DatasetSummary other) {
    String digest = sha256 == null || other.sha256 == null ? null : sha256;
    return withDigest(digest).equals(other.withDigest(digest == null ? null : other.sha256));
  }

  private DatasetSummary withDigest(String digest) {
    return new DatasetSummary(name, trainExamples, testExamples, standIn, digest, note);
  }

  /** All of it for messages, as "cifar10 (50000 + 10000 examples)". */
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
