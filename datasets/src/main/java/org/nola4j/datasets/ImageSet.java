// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets;

import java.security.MessageDigest;
import java.util.stream.IntStream;
import org.nola4j.datasets.image.Image;
import org.nola4j.datasets.random.EpochOrder;
import org.nola4j.datasets.random.ExampleSelection;

/**
 * One split of a data set: images with class labels, either in memory ({@code LabeledImages}) or
 * decoded one by one on demand ({@code ImageFolder}).
 *
 * <p>An index always returns the same image. Implementations are thread-safe.
 */
public interface ImageSet {
  /**
   * Describes the set: name, split, image size, number of classes, and whether it is a stand-in.
   */
  ImageSetInfo info();

  /** The number of images, at least one. */
  int size();

  /**
   * Returns the class of an image without decoding it.
   *
   * @param image index of the image, from 0
   * @return class number, from 0
   * @throws IndexOutOfBoundsException if there is no such image
   */
  int label(int image);

  /**
   * Returns the pixels of an image, decoding it if necessary.
   *
   * @param image index of the image, from 0
   * @return the image, in the size given by {@link #info()} or, if that has none, in its own size
   * @throws IndexOutOfBoundsException if there is no such image
   * @throws DataSetException if it cannot be read or too many images of the set are corrupt
   */
  Image image(int image);

  /**
   * Adds to a digest what distinguishes this image from others: the pixels of an image in memory,
   * or the name, the size, and some bytes from the middle of a file. Reading whole files would take
   * as long as an epoch.
   *
   * @param image index of the image, from 0
   * @throws IndexOutOfBoundsException if there is no such image
   * @throws DataSetException if it cannot be read
   */
  void digest(int image, MessageDigest digest);

  /**
   * Returns a set of some of the images.
   *
   * @param images their indices in the desired order, at least one
   * @return a set with the same name, split, and classes
   * @throws IndexOutOfBoundsException if there is no such image
   * @throws IllegalArgumentException if there is no index
   */
  ImageSet select(int... images);

  /**
   * Returns the images of a range of classes, in the order of this set. The first class gets label
   * 0, and the note in {@link #info()} says which classes they are.
   *
   * @param first number of the first class, from 0
   * @param last number of the last class, inclusive
   * @return a set with the same name and split
   * @throws IllegalArgumentException if there are no such classes or they have no images
   */
  ImageSet classes(int first, int last);

  /**
   * Draws the same number of images from every class, at random and without replacement, as
   * training data of a few-shot task. The rule needs integers only: the set is put into the order
   * that {@link EpochOrder} gives for epoch 0, its size, and the seed, and the first images of each
   * class are taken. So each class is sampled uniformly, a larger number of shots includes the
   * images of a smaller one, and classes of equal size are sampled at different positions.
   *
   * @param perClass number of images per class, at least 1
   * @param seed decides which images are drawn
   * @return a set with the same name and split, in the order of this one
   * @throws IllegalArgumentException if {@code perClass} is less than 1 or a class has fewer
   *     images; the message names that class
   */
  default ImageSet shots(int perClass, long seed) {
    return select(selection().shots(perClass, seed));
  }

  /**
   * Returns the images that {@link #shots} with the same arguments does not draw.
   *
   * @param perClass number of images per class that are left out, at least 1
   * @param seed decides which images are drawn
   * @return a set with the same name and split, in the order of this one; a class may have no
   *     images left
   * @throws IllegalArgumentException like {@link #shots}, or if nothing is left
   */
  default ImageSet withoutShots(int perClass, long seed) {
    return select(selection().others(selection().shots(perClass, seed)));
  }

  /**
   * Draws validation images at random: those at the end of the order that {@link EpochOrder} gives
   * for epoch 0, this set's size, and seed 0. Together with {@link #withoutHeldOut} it splits a set
   * in two, whatever its order.
   *
   * @param count how many, from 1 to one less than {@link #size()}
   * @return a set with the same name and split, in the order of this one
   * @throws IllegalArgumentException if {@code count} is out of range
   */
  default ImageSet heldOut(int count) {
    return select(selection().heldOut(count));
  }

  /**
   * Returns the images that {@link #heldOut} does not draw.
   *
   * @param count how many are left out, from 1 to one less than {@link #size()}
   * @return a set with the same name and split, in the order of this one
   * @throws IllegalArgumentException if {@code count} is out of range
   */
  default ImageSet withoutHeldOut(int count) {
    return select(selection().others(selection().heldOut(count)));
  }

  /**
   * Finds the images of a range of classes.
   *
   * @param first number of the first class, from 0
   * @param last number of the last class, inclusive
   * @return their indices, ascending
   */
  default int[] imagesOfClasses(int first, int last) {
    return IntStream.range(0, size())
        .filter(image -> label(image) >= first && label(image) <= last)
        .toArray();
  }

  private ExampleSelection selection() {
    return info().selection(IntStream.range(0, size()).map(this::label).toArray());
  }
}
