/**
 * Batches for training: normalized float32 arrays in an order that depends on a seed and the epoch
 * only.
 */
package org.nola4j.datasets.batch;
