/** Nearest neighbors of feature vectors: what a network's features are worth without training. */
package org.nola4j.experiments.knn;
