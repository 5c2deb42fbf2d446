// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import org.deeplearning4j.zoo.ModelMetaData;
import org.deeplearning4j.zoo.ZooType;

/** Base class of zoo models that classify RGB images; subclasses add the network. */
abstract class ImageModel extends GraphModel {
  final int classes;
  private int height;
  private int width;

  ImageModel(Builder<?> builder) {
    super(builder);
    this.classes = builder.classes;
    this.height = builder.imageSize;
    this.width = builder.imageSize;
  }

  final int height() {
    return height;
  }

  final int width() {
    return width;
  }

  /** One input, [3, height, width]. */
  @Override
  public final void setInputShape(int[][] inputShape) {
    if (inputShape.length != 1 || inputShape[0].length != 3 || inputShape[0][0] != 3) {
      throw new IllegalArgumentException(
          getClass().getSimpleName() + " takes one input of shape [3, height, width]");
    }
    height = inputShape[0][1];
    width = inputShape[0][2];
  }

  @Override
  @SuppressWarnings("deprecation")
  public final ModelMetaData metaData() {
    return new ModelMetaData(new int[][] {{3, height, width}}, 1, ZooType.CNN);
  }

  /** Common settings. */
  public abstract static class Builder<B extends Builder<B>> extends GraphModel.Builder<B> {
    private int classes;
    private int imageSize;

    Builder(int classes, int imageSize) {
      this.classes = classes;
      this.imageSize = imageSize;
    }

    /** The number of classes. */
    public B classes(int classes) {
      if (classes < 2) {
        throw new IllegalArgumentException("classes must be at least 2, but is " + classes);
      }
      this.classes = classes;
      return self();
    }

    /** Height and width of the images. */
    public B imageSize(int imageSize) {
      if (imageSize < 1) {
        throw new IllegalArgumentException("imageSize must be positive, but is " + imageSize);
      }
      this.imageSize = imageSize;
      return self();
    }
  }
}
