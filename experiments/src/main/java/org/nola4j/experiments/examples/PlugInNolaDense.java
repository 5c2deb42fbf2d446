// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.examples;

import static org.nola4j.experiments.examples.ExampleData.batches;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.Precision;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.layers.NolaDense;
import org.nola4j.network.ParameterCount;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Nola;

/** A perceptron whose hidden layer, 784 x 256, consists of 1,000 numbers and a seed. */
public final class PlugInNolaDense {
  private PlugInNolaDense() {}

  /** Writes what was trained to a file given as argument; {@code digits.safetensors} by default. */
  public static void main(String[] args) throws IOException {
    Path file = Path.of(args.length == 0 ? "digits.safetensors" : args[0]);
    run(ExampleData.first("mnist", 20_000, 2_000), file);
  }

  static MultiLayerConfiguration conf() {
    // W = W0 + A B, A and B of rank 8: each a sum of 500 random matrices that are never stored.
    Nola method = Nola.on(FrozenWeight.seeded(), 8, 500, 500);
    // NolaDense takes the place of DL4J's DenseLayer and is trained at the same rate.
    return new NeuralNetConfiguration.Builder()
        .seed(42)
        .updater(new Adam(0.003))
        .list()
        .layer(
            new NolaDense.Builder()
                .nOut(256)
                .activation(Activation.RELU)
                .reparameterization(method)
                .scaledRate(true)
                .build())
        .layer(new OutputLayer.Builder().nOut(10).activation(Activation.SOFTMAX).build())
        .setInputType(InputType.feedForward(784))
        .build();
  }

  static void run(ImageSplits<LabeledImages> digits, Path file) throws IOException {
    MultiLayerNetwork network = new MultiLayerNetwork(conf());
    network.init();
    ParameterCount count = ParameterCount.of(network);
    System.out.printf(
        "the hidden layer has %,d weights, %,d coefficients and %d biases%n",
        count.frozen(), count.coefficients(), count.biases());

    network.fit(batches(digits.train()), 2);
    report("trained", network, digits.test());

    // Only what was trained; the bases come from the seed.
    Adapter.of(network).write(file, Precision.F32);
    System.out.printf("  saved as %s, %,d bytes%n", file, Files.size(file));
    MultiLayerNetwork again = new MultiLayerNetwork(conf());
    again.init();
    Adapter.read(file).applyTo(again);
    report("from the file", again, digits.test());
  }

  private static void report(String what, MultiLayerNetwork network, LabeledImages images) {
    double accuracy = network.evaluate(batches(images)).accuracy();
    String set = images.info().name();
    System.out.printf("%s: %.1f %% of %s are correct%n", what, 100 * accuracy, set);
  }
}
