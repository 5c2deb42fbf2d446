package org.nola4j.experiments.results;

/**
 * How many numbers a network has, by what becomes of them; none is counted twice.
 *
 * @param coefficients trained numbers of the reparameterized weights
 * @param biases trained biases beside them
 * @param batchNormAffine trained scales and shifts of batch normalisation
 * @param batchNormStatistics running means and variances: stored, not trained
 * @param frozen numbers of fixed weights, seeded or pretrained
 * @param trained coefficients, biases and batchNormAffine together
 */
public record ParameterCounts(
    long coefficients,
    long biases,
    long batchNormAffine,
    long batchNormStatistics,
    long frozen,
    long trained) {

  /** Checks that the sum is the sum. */
  public ParameterCounts {
    if (trained != coefficients + biases + batchNormAffine) {
      throw new IllegalArgumentException(
          "trained must be coefficients + biases + batchNormAffine = %d, was %d"
              .formatted(coefficients + biases + batchNormAffine, trained));
    }
  }

  /** The counts with their sum. */
  public static ParameterCounts of(
      long coefficients, long biases, long batchNormAffine, long batchNormStatistics, long frozen) {
    return new ParameterCounts(
        coefficients,
        biases,
        batchNormAffine,
        batchNormStatistics,
        frozen,
        coefficients + biases + batchNormAffine);
  }
}
