// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.BaseConfig;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.network.GraphNetwork;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.experiments.tasks.TextClassificationExperiment;
import org.nola4j.models.BertEncoder;
import org.nola4j.transformer.TokenEmbedding;

/**
 * What one process measures of a text encoder.
 *
 * @param method a configuration of text-classification
 * @param settings changes to the configuration
 * @param batch texts of a step
 * @param tokens of each text
 * @param seconds how long each figure is measured
 */
record BertTask(String method, List<Setting> settings, int batch, int tokens, double seconds) {
  /** As many as MMLU has subjects. */
  static final int CLASSES = 57;

  private static final int FIXED_ARGUMENTS = 4;

  BertTask {
    settings = List.copyOf(settings);
  }

  List<String> arguments() {
    Stream<String> fixed =
        Stream.of(method, String.valueOf(batch), "" + tokens, Double.toString(seconds));
    return Stream.concat(fixed, settings.stream().map(Setting::toString)).toList();
  }

  static BertTask parse(String... arguments) {
    return new BertTask(
        arguments[0],
        Arrays.stream(arguments).skip(FIXED_ARGUMENTS).map(Setting::parse).toList(),
        Integer.parseInt(arguments[1]),
        Integer.parseInt(arguments[2]),
        Double.parseDouble(arguments[3]));
  }

  ExperimentConfig config() {
    return ConfigLoader.packaged().load("text-classification", method, settings);
  }

  /** What the encoder is called. */
  String encoder() {
    return config().base().as(BaseConfig.Stored.class).file();
  }

  /**
   * Checks everything before anything is measured.
   *
   * @throws UserException if the configuration, the encoder, or the number of tokens is wrong
   */
  void check() {
    int positions = embedding().getMaxPositions();
    if (tokens > positions) {
      throw new UserException(
          "--tokens must be at most %d, the positions of %s, was %d"
              .formatted(positions, encoder(), tokens));
    }
  }

  /** The number of different tokens. */
  int vocabulary() {
    return Math.toIntExact(embedding().getNIn());
  }

  private TokenEmbedding embedding() {
    var conf = TextClassificationExperiment.sizes(config(), RunContext.USUAL).build().conf();
    var vertex = (LayerVertex) conf.getVertices().get(BertEncoder.EMBEDDING);
    return (TokenEmbedding) vertex.getLayerConf().getLayer();
  }

  /** With random weights. */
  GraphNetwork network() {
    return TextClassificationExperiment.random(config(), CLASSES);
  }
}
