/** The multilayer perceptron on MNIST, the paper's appendix A.2, and on the sets of its kind. */
package org.nola4j.experiments.mnist;
