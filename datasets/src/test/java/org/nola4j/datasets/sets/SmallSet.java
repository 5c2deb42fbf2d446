// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.sets;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nola4j.datasets.format.IdxWriter;
import org.nola4j.datasets.source.Contents;
import org.nola4j.datasets.source.PublishedFile;
import org.nola4j.datasets.source.SearchPath;

/** A published set of three train and two test images of 2x2, in MNIST's layout. */
public final class SmallSet {
  public static final String TRAIN_IMAGES = "train-images-idx3-ubyte";
  static final String TRAIN_LABELS = "train-labels-idx1-ubyte";
  static final String TEST_IMAGES = "t10k-images-idx3-ubyte";
  public static final String TEST_LABELS = "t10k-labels-idx1-ubyte";

  /** Uncompressed contents by name. */
  public static final Map<String, byte[]> CONTENTS =
      Map.of(
          TRAIN_IMAGES,
          IdxWriter.idx(new int[] {3, 2, 2}, new byte[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}),
          TRAIN_LABELS,
          IdxWriter.idx(new int[] {3}, new byte[] {2, 0, 1}),
          TEST_IMAGES,
          IdxWriter.idx(new int[] {2, 2, 2}, new byte[] {12, 13, 14, 15, 16, 17, 18, 19}),
          TEST_LABELS,
          IdxWriter.idx(new int[] {2}, new byte[] {1, 2}));

  private SmallSet() {}

  public static PublishedSet at(URI... mirrors) {
    return new PublishedSet(
        "small",
        3,
        List.of(mirrors),
        file(TRAIN_IMAGES),
        file(TRAIN_LABELS),
        file(TEST_IMAGES),
        file(TEST_LABELS));
  }

  /** Puts the set's files into a new folder, gzipped. */
  public static Path putInto(Path folder) {
    CONTENTS.forEach((name, contents) -> put(folder, name + ".gz", IdxWriter.gzip(contents)));
    return folder;
  }

  public static Path put(Path folder, String name, byte[] bytes) {
    try {
      return Files.write(Files.createDirectories(folder).resolve(name), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where a user looks who named {@code data} and has nothing else. */
  public static SearchPath within(Path data, Path folder) {
    return new SearchPath(Optional.of(data), Optional.empty(), folder.resolve("home"));
  }

  private static PublishedFile file(String name) {
    byte[] contents = CONTENTS.get(name);
    MessageDigest digest = Contents.sha256();
    digest.update(contents);
    return new PublishedFile(name, contents.length, Contents.hex(digest));
  }
}
