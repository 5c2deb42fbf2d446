// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.sets;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSetInfo;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.source.Contents;

/**
 * A subset of MNIST that comes with this library, so that there is always a real data set: the
 * first 1,000 training images and the first 200 test images of each class, in MNIST's order. {@code
 * tools/make_mnist_10k.py} makes its four files.
 */
final class Mnist10k {
  static final String NAME = "mnist-10k";
  static final int CLASSES = 10;

  private static final int SIZE = 28;
  private static final int IMAGES_HEADER = 16;
  private static final int LABELS_HEADER = 8;

  private Mnist10k() {}

  static ImageSplits<LabeledImages> open() {
    return new ImageSplits<>(
        split(
            "train",
            "96448e792027ae8c3d693bf7f6685beb422442276734ffe24b7860a3581dcb08",
            "dfa6309ccbfc44ab3df730fa9d1b133e2baeb0fe7db8e4bbdcd05d3e5bd811ea"),
        split(
            "test",
            "780e99a56e963f3affe4791a03545a6ddbdc0904dd880c7f3c50753282177303",
            "b547e409b08f1d55c77b7f0964dfb27202f97c41c014d9427a3acecfcf6a7129"));
  }

  private static LabeledImages split(String split, String imagesSha256, String labelsSha256) {
    byte[] images = contents(split + "-images.gz", imagesSha256);
    byte[] labels = contents(split + "-labels.gz", labelsSha256);
    ImageSetInfo info =
        new ImageSetInfo(
            NAME,
            split,
            1,
            SIZE,
            SIZE,
            CLASSES,
            false,
            List.of(),
            "the first 1,000 training and 200 test images of each class of MNIST");
    return LabeledImages.owning(
        info,
        Arrays.copyOfRange(images, IMAGES_HEADER, images.length),
        toLabels(Arrays.copyOfRange(labels, LABELS_HEADER, labels.length)));
  }

  private static int[] toLabels(byte[] bytes) {
    int[] labels = new int[bytes.length];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = Byte.toUnsignedInt(bytes[i]);
    }
    return labels;
  }

  /** The contents of an IDX resource whose digest matches. */
  private static byte[] contents(String name, String sha256) {
    MessageDigest digest = Contents.sha256();
    String resource = "/org/nola4j/datasets/" + NAME + "/" + name;
    try (InputStream file = Mnist10k.class.getResourceAsStream(resource)) {
      if (file == null) {
        throw new DataSetException(
            "%s is missing in this build of nola-datasets".formatted(resource));
      }
      byte[] bytes = new DigestInputStream(new GZIPInputStream(file), digest).readAllBytes();
      String found = Contents.hex(digest);
      if (!found.equals(sha256)) {
        throw new DataSetException(
            "%s in this build of nola-datasets is damaged: expected SHA-256 %s, found %s"
                .formatted(resource, sha256, found));
      }
      return bytes;
    } catch (IOException e) {
      throw new UncheckedIOException(resource, e);
    }
  }
}
