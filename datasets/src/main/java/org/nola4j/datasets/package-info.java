/**
 * Labeled images, in memory or decoded on demand, and the documented rules that select parts of a
 * set (a few shots per class, some of the classes, held-out images).
 *
 * <p>{@code org.nola4j.datasets.sets.ImageDataSets} opens a set by name; {@code
 * org.nola4j.datasets.source} finds or downloads its files; {@code org.nola4j.datasets.batch} feeds
 * it to a network.
 */
package org.nola4j.datasets;
