package org.nola4j.datasets;

/**
 * Images with their class labels, one split of a data set: in memory ({@link LabeledImages}) or
 * decoded one by one as they are asked for ({@link ImageFolder}).
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
}
