/**
 * Labeled images: what a data set is, in memory or decoded on demand, and the published rules that
 * choose parts of one (few shots of each class, some of the classes, images held out).
 *
 * <p>{@code org.nola4j.datasets.sets.ImageDataSets} opens a set by name; {@code
 * org.nola4j.datasets.source} finds or downloads its files; {@code org.nola4j.datasets.batch} feeds
 * a network with it.
 */
package org.nola4j.datasets;
