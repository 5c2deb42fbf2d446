/**
 * Image data sets: where they come from, how they are checked, and how a network is fed with them.
 *
 * <p>{@link org.nola4j.datasets.ImageDataSets} opens a set by name: published sets ({@code mnist},
 * {@code fashion-mnist}, {@code cifar10}, {@code cifar100}, {@code tiny-imagenet-100}, and the
 * image files of {@code imagenet100}, {@code cub200}, {@code aircraft}, {@code food101}, {@code
 * pets}, {@code sun397}, {@code caltech101}) through a {@link org.nola4j.datasets.DataSource},
 * which looks in local folders and then downloads what has a public address, and {@code
 * synthetic-digits} and {@code synthetic-shapes}, generated stand-ins that need no files. A set is
 * a pair of immutable {@link org.nola4j.datasets.ImageSet}s, bytes as published: in memory ({@link
 * org.nola4j.datasets.LabeledImages}) or decoded on demand ({@link
 * org.nola4j.datasets.ImageFolder}).
 *
 * <p>{@link org.nola4j.datasets.BatchIterator} turns images in memory into normalised float32
 * batches in an order that depends on a seed and the epoch only. {@link
 * org.nola4j.datasets.ImageBatchIterator} does so for all sets, in threads of its own, with {@link
 * org.nola4j.datasets.Augmentation}, and can go on in the middle of an epoch, bit for bit.
 *
 * <p>Parts of a set come by published rules that need integers only: few shots of each class, some
 * of the classes, images held out ({@link org.nola4j.datasets.ImageSet#shots}, {@code classes},
 * {@code heldOut}).
 *
 * <p>MNIST: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, <i>Gradient-based learning applied to
 * document recognition</i>, Proceedings of the IEEE 86 (11), 1998. Fashion-MNIST: H. Xiao, K.
 * Rasul, R. Vollgraf, <i>Fashion-MNIST: a novel image dataset for benchmarking machine learning
 * algorithms</i>, arXiv:1708.07747, 2017. CIFAR-10 and CIFAR-100: A. Krizhevsky, <i>Learning
 * multiple layers of features from tiny images</i>, 2009. ImageNet: O. Russakovsky et al.,
 * <i>ImageNet large scale visual recognition challenge</i>, IJCV 115 (3), 2015.
 */
package org.nola4j.datasets;
