/**
 * Random numbers for data sets: a generator and an order of images that depend only on a seed, not
 * on the machine.
 */
package org.nola4j.datasets.random;
