// SPDX-License-Identifier: Apache-2.0
package org.nola4j.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nola4j.internal.io.Sha256;
import org.nola4j.reparameterization.GivenWeights;
import org.nola4j.safetensors.SafetensorsWriter;
import org.nola4j.safetensors.TensorType;

/**
 * The frozen weights of a wrapped network, or of one on a given W0, on the executors of an
 * application. Configurations name them by their SHA-256 and do not contain them, so that what
 * Spark sends in every round is what is trained.
 *
 * <pre>{@code
 * SparkBase.share(context, adapters.network());
 * new SparkDl4jMultiLayer(context, adapters.network(), trainingMaster).fit(examples);
 * }</pre>
 */
public final class SparkBase {
  private SparkBase() {}

  /**
   * Sends each executor the frozen weights of a network, once, by Spark's own file server; those
   * that join later get them too. Then checks that they arrived. Does nothing for a network
   * without.
   *
   * <p>Cost: four bytes per weight on every executor's disk and in its memory.
   *
   * @throws IllegalStateException if an executor cannot read them; the message names it
   */
  public static void share(JavaSparkContext context, Model network) {
    List<String> weights = weights(network);
    if (weights.isEmpty()) {
      return;
    }
    String name = Sha256.of(String.join("", weights)).substring(0, 16);
    try {
      Path folder = Files.createTempDirectory("nola-base");
      folder.toFile().deleteOnExit();
      Path file = folder.resolve(SharedWeights.PREFIX + name + SharedWeights.SUFFIX);
      write(weights, file);
      file.toFile().deleteOnExit();
      context.addFile(file.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    check(context, network);
  }

  private static void write(List<String> weights, Path file) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    for (String sha256 : weights) {
      FloatBuffer values =
          GivenWeights.get(sha256)
              .orElseThrow(
                  () ->
                      new IllegalStateException(
                          "the frozen weight with SHA-256 %s is not kept in float32, and others are not sent to executors: build the network over float32 weights"
                              .formatted(sha256)));
      writer.floats(
          sha256,
          TensorType.F32,
          List.of((long) values.remaining()),
          () -> {
            float[] copy = new float[values.remaining()];
            values.duplicate().get(copy);
            return copy;
          });
    }
    writer.write(file, Map.of());
  }

  /**
   * Checks that every executor has the frozen weights of a network, so that a training does not
   * fail in its tasks, each of which Spark would try four times.
   *
   * @throws IllegalStateException if one has not; the message names it and says what to do. Also if
   *     {@code spark.serializer} is not Java's: Kryo cannot write the configurations
   */
  public static void check(JavaSparkContext context, Model network) {
    Settings.serializerProblem(context.getConf())
        .ifPresent(
            problem -> {
              throw new IllegalStateException(problem);
            });
    List<String> weights = weights(network);
    int slots = context.defaultParallelism();
    List<Integer> each = IntStream.range(0, slots).boxed().toList();
    context.parallelize(each, slots).map(slot -> missing(weights)).collect().stream()
        .flatMap(List::stream)
        .findFirst()
        .ifPresent(
            message -> {
              throw new IllegalStateException(message);
            });
  }

  /** What an executor lacks. */
  private static List<String> missing(List<String> weights) {
    try {
      return weights.stream()
          .filter(sha256 -> GivenWeights.get(sha256).isEmpty())
          .limit(1)
          .map(sha256 -> Machine.describe() + " lacks the pretrained weight " + sha256)
          .collect(Collectors.toList()); // serializable
    } catch (IllegalStateException | UncheckedIOException e) {
      return List.of(e.getMessage());
    }
  }

  /** The SHA-256 of each frozen weight that a network's configuration names. */
  static List<String> weights(Model network) {
    try {
      return new TreeSet<>(
              NeuralNetConfiguration.mapper().readTree(json(network)).findValuesAsText("sha256"))
          .stream().toList();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a configuration is not JSON", e);
    }
  }

  private static String json(Model network) {
    if (network instanceof MultiLayerNetwork layers) {
      return layers.getLayerWiseConfigurations().toJson();
    }
    if (network instanceof ComputationGraph graph) {
      return graph.getConfiguration().toJson();
    }
    throw new IllegalArgumentException(
        "expected a MultiLayerNetwork or a ComputationGraph, found " + network.getClass());
  }
}
