// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.examples;

import static org.nola4j.experiments.examples.ExampleData.batches;
import static org.nola4j.experiments.examples.ExampleData.lowered;

import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.reparameterization.Nola;
import org.nola4j.transfer.AdapterBank;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

/**
 * Eight cameras, mounted at eight heights, see the same digits: one network and a bank of eight
 * adapters with 4-bit coefficients serve requests from many threads.
 */
public final class ServeManyAdapters {
  private static final int CAMERAS = 8;

  /** Every layer gets an adapter, trained with the precision it will be stored in. */
  static final AdapterPlan PLAN =
      AdapterPlan.builder()
          .adapt(".*", w0 -> Nola.on(w0, 8, 250, 250))
          .coefficientBits(4)
          .updater(new Adam(0.003))
          .scaledRate()
          .build();

  private ServeManyAdapters() {}

  /** Takes no arguments. */
  public static void main(String[] args) {
    run(ExampleData.first("mnist", 10_000, 1_000), 5);
  }

  static void run(ImageSplits<LabeledImages> digits, int epochs) {
    // Any DL4J network with dense or convolution layers, such as yours.
    MultiLayerNetwork base =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(42)
                .updater(new Adam())
                .list()
                .layer(
                    new DenseLayer.Builder().nIn(784).nOut(256).activation(Activation.RELU).build())
                .layer(new OutputLayer.Builder().nIn(256).nOut(10).build())
                .build());
    base.init();
    base.fit(batches(digits.train()), epochs);
    AdapterBank<MultiLayerNetwork> bank =
        AdapterBank.of(Adapters.wrap(base, PLAN).network()).bits(4).build();
    for (int camera = 0; camera < CAMERAS; camera++) {
      Adapters<MultiLayerNetwork> task = Adapters.wrap(base, PLAN);
      task.network().fit(batches(lowered(digits.train(), 3 * camera)), epochs);
      bank.put("camera " + camera, task.adapter());
    }
    System.out.printf("%d adapters in %,d bytes%n", bank.names().size(), bank.bytes());

    // Requests arrive in any order; each uses its own camera's adapter.
    IntStream.range(0, CAMERAS)
        .parallel()
        .forEach(
            camera -> {
              LabeledImages images = lowered(digits.test(), 3 * camera);
              String name = "camera " + camera;
              double accuracy = bank.use(name, net -> net.evaluate(batches(images)).accuracy());
              System.out.printf("%s: %.1f %% are correct%n", name, 100 * accuracy);
            });
    double unadapted = base.evaluate(batches(lowered(digits.test(), 15))).accuracy();
    System.out.printf("camera 5, no adapter: %.1f %% are correct%n", 100 * unadapted);
  }
}
