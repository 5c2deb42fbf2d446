// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nola4j.experiments.config.Setting;
import picocli.CommandLine;

class SettingOptionsTest {
  @Test
  void shortFormsAreSettingsThatComeLast() {
    assertEquals(
        List.of(
            "training.epochs=3",
            "model.depth=2",
            "training.epochs=7",
            "dataset.name=\"fashion-mnist\"",
            "dataset.shots=5",
            "base.file=\"a=b.safetensors\""),
        settings(
            "--shots=5",
            "--base=a=b.safetensors",
            "--dataset=fashion-mnist",
            "--epochs=7",
            "--set=training.epochs=3",
            "--set=model.depth=2"));
  }

  @Test
  void nothingIsChangedWithoutThem() {
    assertEquals(List.of(), settings());
  }

  private static List<String> settings(String... arguments) {
    return CommandLine.populateCommand(new SettingOptions(), arguments).settings().stream()
        .map(Setting::toString)
        .toList();
  }
}
