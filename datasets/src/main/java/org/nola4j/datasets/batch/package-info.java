/**
 * Batches for training: normalized float32 arrays in an order that depends only on a seed and the
 * epoch.
 */
package org.nola4j.datasets.batch;
