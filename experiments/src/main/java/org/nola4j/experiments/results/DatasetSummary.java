package org.nola4j.experiments.results;

/**
 * The data that a run saw.
 *
 * @param name the registered name
 * @param trainExamples examples in the training set
 * @param testExamples examples in the test set
 * @param standIn whether this is generated data in place of the real set
 */
public record DatasetSummary(String name, int trainExamples, int testExamples, boolean standIn) {

  /** Checks that the set has a name. */
  public DatasetSummary {
    Fields.present("name", name);
  }
}
