// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets;

import java.security.MessageDigest;
import java.util.stream.IntStream;
import org.nola4j.datasets.image.Image;
import org.nola4j.datasets.random.EpochOrder;
import org.nola4j.datasets.random.Selection;

/**
 * Images with their class labels, one split of a data set: in memory ({@code LabeledImages}) or
 * decoded one by one as they are asked for ({@code ImageFolder}).
 *
 * <p>What an index gives never changes, and any number of threads may ask at once.
 */
public interface ImageSet {
  /** What the set is: name, split, size of an image, number of classes, stand-in or not. */
  ImageSetInfo info();

  /** The number of images, at least one. */
  int size();

  /**
   * The class of an image, at no cost.
   *
   * @param image index of the image, from 0
   * @return class number, from 0
   * @throws IndexOutOfBoundsException if there is no such image
   */
  int label(int image);

  /**
   * The pixels of an image, decoded if need be.
   *
   * @param image index of the image, from 0
   * @return the image, of the size that {@link #info()} gives, or of its own
   * @throws IndexOutOfBoundsException if there is no such image
   * @throws DataSetException if it cannot be read, or too many images of the set are corrupt
   */
  Image image(int image);

  /**
   * Adds to a digest what tells this image from another: the pixels of one in memory; of a file its
   * name, its size and some bytes from its middle, since reading whole files would take as long as
   * an epoch.
   *
   * @param image index of the image, from 0
   * @throws IndexOutOfBoundsException if there is no such image
   * @throws DataSetException if it cannot be read
   */
  void digest(int image, MessageDigest digest);

  /**
   * Some images as a set of their own.
   *
   * @param images their indices, in the order wanted, at least one
   * @return a set of the same name, split and classes
   * @throws IndexOutOfBoundsException if there is no such image
   * @throws IllegalArgumentException if there is no index
   */
  ImageSet select(int... images);

  /**
   * The images of some neighboring classes, in the order of this set; the first of these classes
   * gets label 0. What {@link #info()} says of classes follows, and its note says which they are.
   *
   * @param first number of the first class, from 0
   * @param last number of the last class, itself among them
   * @return a set of the same name and split
   * @throws IllegalArgumentException if there are no such classes, or no image of them
   */
  ImageSet classes(int first, int last);

  /**
   * As many images of every class, drawn at random without replacement: what a few-shot task is
   * trained on. The rule, which only needs integers: the set is put into the order that {@link
   * EpochOrder} gives epoch 0 of its size and the seed, and the first images of each class there
   * are taken. So every class is drawn uniformly however many images it has, more shots have the
   * images of fewer among them, and classes of equal size get different places.
   *
   * @param perClass images of each class, at least 1
   * @param seed decides which
   * @return a set of the same name and split, in the order of this one
   * @throws IllegalArgumentException if {@code perClass} is less than 1 or a class has fewer
   *     images; the message names the class
   */
  default ImageSet shots(int perClass, long seed) {
    return select(selection().shots(perClass, seed));
  }

  /**
   * The images that {@link #shots} of the same arguments does not draw.
   *
   * @param perClass images of each class that are left out, at least 1
   * @param seed decides which
   * @return a set of the same name and split, in the order of this one; a class may have no image
   *     in it
   * @throws IllegalArgumentException as {@link #shots}, or if nothing is left
   */
  default ImageSet withoutShots(int perClass, long seed) {
    return select(selection().others(selection().shots(perClass, seed)));
  }

  /**
   * Images drawn at random, to be kept from training: those at the last places of the order that
   * {@link EpochOrder} gives epoch 0 of this set's size and seed 0. With {@link #withoutHeldOut} it
   * cuts a set in two, whatever order that is in.
   *
   * @param count how many, from 1 to one less than {@link #size()}
   * @return a set of the same name and split, in the order of this one
   * @throws IllegalArgumentException if {@code count} is out of range
   */
  default ImageSet heldOut(int count) {
    return select(selection().heldOut(count));
  }

  /**
   * The images that {@link #heldOut} does not draw.
   *
   * @param count how many are left out, from 1 to one less than {@link #size()}
   * @return a set of the same name and split, in the order of this one
   * @throws IllegalArgumentException if {@code count} is out of range
   */
  default ImageSet withoutHeldOut(int count) {
    return select(selection().others(selection().heldOut(count)));
  }

  /**
   * The images of some neighboring classes.
   *
   * @param first number of the first class, from 0
   * @param last number of the last class, itself among them
   * @return their indices, ascending
   */
  default int[] imagesOfClasses(int first, int last) {
    return IntStream.range(0, size())
        .filter(image -> label(image) >= first && label(image) <= last)
        .toArray();
  }

  private Selection selection() {
    return info().selection(IntStream.range(0, size()).map(this::label).toArray());
  }
}
