/**
 * A trained network adapted to another task: a LeNet that learnt MNIST learns Fashion-MNIST, with
 * all images or with a few of each class.
 */
package org.nola4j.experiments.transfer;
