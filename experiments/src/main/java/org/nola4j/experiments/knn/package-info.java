/** Nearest neighbors of feature vectors: the quality of a network's features without training. */
package org.nola4j.experiments.knn;
