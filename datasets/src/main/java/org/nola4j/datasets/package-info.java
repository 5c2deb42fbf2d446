/**
 * Image data sets: where they come from, how they are checked, and how a network is fed with them.
 *
 * <p>{@link org.nola4j.datasets.ImageDataSets} loads a set by name: published sets ({@code mnist},
 * {@code fashion-mnist}) through a {@link org.nola4j.datasets.DataSource}, which looks in local
 * folders and then downloads, and {@code synthetic-digits}, a generated stand-in that needs no
 * files. A loaded set is a pair of immutable {@link org.nola4j.datasets.LabeledImages}, bytes as
 * published; {@link org.nola4j.datasets.BatchIterator} turns them into normalised float32 batches
 * in an order that depends on a seed and the epoch only.
 *
 * <p>MNIST: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, <i>Gradient-based learning applied to
 * document recognition</i>, Proceedings of the IEEE 86 (11), 1998. Fashion-MNIST: H. Xiao, K.
 * Rasul, R. Vollgraf, <i>Fashion-MNIST: a novel image dataset for benchmarking machine learning
 * algorithms</i>, arXiv:1708.07747, 2017.
 */
package org.nola4j.datasets;
