/**
 * The experiments: a perceptron on MNIST (appendix A.2), residual networks on images (tables 8 and
 * 9), a LeNet adapted from MNIST to Fashion-MNIST, and vision transformers (tables 6, 7, and 10).
 */
package org.nola4j.experiments.tasks;
