// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import org.nola4j.datasets.ImageSet;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.source.Contents;

/** Distinguishes data sets with the same name and size. */
final class DataDigest {
  private DataDigest() {}

  /** The SHA-256 of all labels and of the parts of images that {@link ImageSet#digest} uses. */
  static String of(ImageSplits<?> data) {
    MessageDigest digest = Contents.sha256();
    add(data.train(), digest);
    add(data.test(), digest);
    return Contents.hex(digest);
  }

  private static void add(ImageSet images, MessageDigest digest) {
    digest.update(bytes(images.size()));
    for (int image = 0; image < images.size(); image++) {
      digest.update(bytes(images.label(image)));
      images.digest(image, digest);
    }
  }

  private static byte[] bytes(int value) {
    return ByteBuffer.allocate(Integer.BYTES).putInt(value).array();
  }
}
