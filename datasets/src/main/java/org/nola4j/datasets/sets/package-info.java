/**
 * The data sets by name: published ones ({@code mnist}, {@code fashion-mnist}, {@code cifar10},
 * {@code cifar100}, {@code tiny-imagenet-100}, and the image files of {@code imagenet100}, {@code
 * cub200}, {@code aircraft}, {@code food101}, {@code pets}, {@code sun397}, {@code caltech101}) and
 * generated stand-ins.
 *
 * <p>MNIST: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, <i>Gradient-based learning applied to
 * document recognition</i>, Proceedings of the IEEE 86 (11), 1998. Fashion-MNIST: H. Xiao, K.
 * Rasul, R. Vollgraf, <i>Fashion-MNIST: a novel image dataset for benchmarking machine learning
 * algorithms</i>, arXiv:1708.07747, 2017. CIFAR-10 and CIFAR-100: A. Krizhevsky, <i>Learning
 * multiple layers of features from tiny images</i>, 2009. ImageNet: O. Russakovsky et al.,
 * <i>ImageNet large scale visual recognition challenge</i>, IJCV 115 (3), 2015.
 */
package org.nola4j.datasets.sets;
