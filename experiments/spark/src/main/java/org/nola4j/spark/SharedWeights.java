// SPDX-License-Identifier: Apache-2.0
package org.nola4j.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.spark.SparkFiles;
import org.nola4j.reparameterization.GivenWeightsSource;
import org.nola4j.safetensors.SafetensorsFile;

/** On an executor, finds the pretrained weights that {@link SparkBase#share} sent. */
public final class SharedWeights implements GivenWeightsSource {
  static final String PREFIX = "nola-base-";
  static final String SUFFIX = ".safetensors";

  @Override
  public Optional<float[]> find(String sha256) {
    if (!Machine.isExecutor()) {
      return Optional.empty();
    }
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(Path.of(SparkFiles.getRootDirectory()), PREFIX + "*" + SUFFIX)) {
      for (Path file : files) {
        try (SafetensorsFile weights = SafetensorsFile.open(file)) {
          if (weights.tensors().containsKey(sha256)) {
            return Optional.of(weights.floats(sha256));
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new IllegalStateException(
        "%s lacks the pretrained weight with SHA-256 %s of the network it is to train: call SparkBase.share(context, network) on the driver before training"
            .formatted(Machine.describe(), sha256));
  }
}
