package org.nola4j.experiments.knn;

/** What "near" means. */
public enum Metric {
  /** The angle between two vectors; a vector of zeros is at right angles to all. */
  COSINE,
  /** The length of their difference. */
  EUCLIDEAN
}
