// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.experiments.network.NetworkExperiment;
import org.nola4j.experiments.spi.Catalog;
import org.nola4j.internal.runtime.ReparameterizedLayer;

/** {@code training.scaledRate} reaches the layers of every experiment's network. */
@Tag("slow")
class ScaledRateSettingTest {
  private static final Catalog CATALOG = Catalog.installed();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          mnist                | nola     |
          mnist-to-fashion     | nola     |
          cifar10-resnet20     | nola     | reparameterization.k=10 reparameterization.l=10
          imagenet100-resnet18 | lora     |
          vit-fewshot          | nola-mlp | model.network=vit-tiny model.depth=1 dataset.imageSize=32
          """)
  void reachesTheLayers(String experiment, String method, String settings) {
    List<Setting> common = new ArrayList<>();
    for (String setting : settings == null ? new String[0] : settings.split(" ")) {
      common.add(Setting.parse(setting));
    }
    check(experiment, method, common, false);
    common.add(Setting.parse("training.scaledRate=true"));
    check(experiment, method, common, true);
  }

  private static void check(
      String experiment, String method, List<Setting> settings, boolean scaled) {
    ExperimentConfig config = ConfigLoader.packaged().load(experiment, method, settings);
    NetworkExperiment trained = (NetworkExperiment) CATALOG.experiment(experiment);
    ExampleShape shape =
        trained.shape().features().get(0) > 200 ? ExampleShape.images(32, 10) : trained.shape();
    int layers = 0;
    for (Map.Entry<String, Layer> layer : trained.network(config, shape).layers().entrySet()) {
      if (layer.getValue().conf().getLayer() instanceof ReparameterizedLayer conf
          && hasCoefficients(conf)) {
        assertEquals(scaled, conf.isScaledRate(), layer.getKey());
        layers++;
      }
    }
    assertFalse(layers == 0, "no layer has coefficients");
  }

  /** Weights that are trained themselves have the rate of weights in any case. */
  private static boolean hasCoefficients(ReparameterizedLayer layer) {
    return layer.factorizations().values().stream()
        .anyMatch(weight -> weight.isTrained() && !weight.isElementwise());
  }
}
