/**
 * The random numbers of data sets: a generator and an order of images that follow from a seed,
 * whatever the machine.
 */
package org.nola4j.datasets.random;
