// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.examples;

import static org.nola4j.experiments.examples.ExampleData.batches;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.learning.config.Adam;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.Precision;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.models.LeNet;
import org.nola4j.reparameterization.Nola;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

/**
 * A LeNet trained on MNIST's digits learns Fashion-MNIST's clothes from 5 and from 10 images per
 * class. Each task is one small file.
 */
public final class FewShotAdapters {
  /** All layers get NOLA adapters with 1,000 numbers; the last layer is trained directly. */
  static final AdapterPlan PLAN =
      AdapterPlan.builder()
          .adaptAll(w0 -> Nola.on(w0, 4, 500, 500))
          .updater(new Adam(0.003))
          .scaledRate()
          .build();

  private FewShotAdapters() {}

  /** Writes the files to a folder given as argument; {@code adapters} by default. */
  public static void main(String[] args) throws IOException {
    Path folder = Files.createDirectories(Path.of(args.length == 0 ? "adapters" : args[0]));
    run(
        ExampleData.first("mnist", 10_000, 1_000),
        ExampleData.first("fashion-mnist", 60_000, 1_000),
        60,
        folder);
  }

  static void run(
      ImageSplits<LabeledImages> digits,
      ImageSplits<LabeledImages> clothes,
      int epochs,
      Path folder)
      throws IOException {
    // A trained network with DL4J's own layers, such as yours.
    MultiLayerNetwork lenet = LeNet.builder().build().init();
    lenet.fit(batches(digits.train()));
    report("LeNet", lenet, digits.test());
    for (int shots : new int[] {5, 10}) {
      Adapters<MultiLayerNetwork> adapters = Adapters.wrap(lenet, PLAN);
      adapters.network().fit(batches(clothes.train().shots(shots, 1)), epochs);
      report(shots + " shots", adapters.network(), clothes.test());
      Path file = file(folder, shots);
      adapters.adapter().write(file, Precision.F32);
      System.out.printf("  saved as %s, %,d bytes%n", file, Files.size(file));
    }

    // Later: the base and a file give the task's network again, also as plain DL4J.
    Adapters<MultiLayerNetwork> later = Adapters.wrap(lenet, PLAN);
    Adapter.read(file(folder, 10)).applyTo(later.network());
    report("10 shots, from the file", later.network(), clothes.test());
    report("10 shots, merged", later.merge(), clothes.test());
  }

  private static Path file(Path folder, int shots) {
    return folder.resolve("clothes-from-" + shots + "-shots.safetensors");
  }

  private static void report(String what, MultiLayerNetwork network, LabeledImages images) {
    double accuracy = network.evaluate(batches(images)).accuracy();
    System.out.printf(
        "%s: %.1f %% of %s are correct%n", what, 100 * accuracy, images.info().name());
  }
}
