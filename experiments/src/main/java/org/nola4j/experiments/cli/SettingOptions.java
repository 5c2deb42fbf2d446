// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.util.ArrayList;
import java.util.List;
import org.nola4j.experiments.config.Setting;
import picocli.CommandLine.Option;

/** Changes to a configuration: {@code --set} and short forms for frequent settings. */
final class SettingOptions {
  @Option(
      names = "--set",
      paramLabel = "path=value",
      description =
          "Change a setting of the configuration, for example training.learningRate=0.01;"
              + " repeatable. The value is JSON or a string. nola run --dry-run shows all settings."
              + " Default: none.")
  private List<String> settings = List.of();

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description =
          "Number of epochs; short for --set training.epochs=N. Default: from the configuration.")
  private Integer epochs;

  @Option(
      names = "--dataset",
      paramLabel = "NAME",
      description = "Data set; short for --set dataset.name=NAME. Default: from the configuration.")
  private String dataset;

  @Option(
      names = "--shots",
      paramLabel = "N",
      description =
          "Training examples per class; short for --set dataset.shots=N. Default: from the"
              + " configuration.")
  private Integer shots;

  @Option(
      names = "--base",
      paramLabel = "FILE",
      description =
          "Pretrained model: a file (safetensors, ONNX), a folder for gpt2-nlg and llama-alpaca,"
              + " llama2.c's .bin for llama-alpaca, or minilm or bge-small for"
              + " text-classification; the same as --set base.file=FILE. Default: the"
              + " configuration's.")
  private String base;

  @Option(
      names = "--bits",
      paramLabel = "N",
      description =
          "Bits of a pretrained transformer's frozen weights: 8 (integers) or 16 (bfloat16); short"
              + " for --set base.bits=N. Default: from the configuration, or else float32.")
  private Integer bits;

  /** All changes; short forms override {@code --set}. */
  List<Setting> settings() {
    List<Setting> all = new ArrayList<>(settings.stream().map(Setting::parse).toList());
    if (epochs != null) {
      all.add(Setting.of("training.epochs", epochs));
    }
    if (dataset != null) {
      all.add(Setting.of("dataset.name", dataset));
    }
    if (shots != null) {
      all.add(Setting.of("dataset.shots", shots));
    }
    if (base != null) {
      all.add(Setting.of("base.file", base));
    }
    if (bits != null) {
      all.add(Setting.of("base.bits", bits));
    }
    return all;
  }
}
