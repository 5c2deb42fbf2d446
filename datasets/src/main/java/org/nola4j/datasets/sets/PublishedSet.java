// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.sets;

import java.net.URI;
import java.util.List;
import org.nola4j.datasets.source.PublishedFile;

/**
 * A published data set in MNIST's format: four IDX files.
 *
 * @param name name of the set and of its folder
 * @param classes number of classes
 * @param mirrors addresses of folders with the gzipped files, in order of preference, each ending
 *     in a slash
 * @param trainImages [count, rows, columns]
 * @param trainLabels [count]
 * @param testImages like {@code trainImages}
 * @param testLabels like {@code trainLabels}
 */
public record PublishedSet(
    String name,
    int classes,
    List<URI> mirrors,
    PublishedFile trainImages,
    PublishedFile trainLabels,
    PublishedFile testImages,
    PublishedFile testLabels) {

  /** Y. LeCun, C. Cortes, C. Burges. The digests are of the files with the published MD5s. */
  static final PublishedSet MNIST =
      new PublishedSet(
          "mnist",
          10,
          List.of(
              URI.create("https://ossci-datasets.s3.amazonaws.com/mnist/"),
              URI.create("https://storage.googleapis.com/cvdf-datasets/mnist/")),
          new PublishedFile(
              "train-images-idx3-ubyte",
              47040016,
              "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
          new PublishedFile(
              "train-labels-idx1-ubyte",
              60008,
              "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
          new PublishedFile(
              "t10k-images-idx3-ubyte",
              7840016,
              "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
          new PublishedFile(
              "t10k-labels-idx1-ubyte",
              10008,
              "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"));

  /** Zalando Research: ten classes of clothing in MNIST's format, with the same file names. */
  static final PublishedSet FASHION_MNIST =
      new PublishedSet(
          "fashion-mnist",
          10,
          List.of(URI.create("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/")),
          new PublishedFile(
              "train-images-idx3-ubyte",
              47040016,
              "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
          new PublishedFile(
              "train-labels-idx1-ubyte",
              60008,
              "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
          new PublishedFile(
              "t10k-images-idx3-ubyte",
              7840016,
              "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
          new PublishedFile(
              "t10k-labels-idx1-ubyte",
              10008,
              "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"));

  /** All known sets in this format. */
  static final List<PublishedSet> ALL = List.of(MNIST, FASHION_MNIST);

  public List<PublishedFile> files() {
    return List.of(trainImages, trainLabels, testImages, testLabels);
  }
}
