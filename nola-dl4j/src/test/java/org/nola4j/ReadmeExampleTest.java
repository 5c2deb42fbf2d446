package org.nola4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.Precision;
import org.nola4j.layers.NolaDense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Nola;

/** The README's example is this one, line by line, and it runs. */
class ReadmeExampleTest {
  @TempDir Path folder;

  @Test
  void exampleRuns() throws IOException {
    Path file = folder.resolve("task.safetensors");
    INDArray features = Nd4j.rand(32, 784);
    INDArray labels = Nd4j.eye(32).getColumns(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    // README begins
    // Rank 4 on a seeded random W0: 32 + 32 coefficients instead of 200,704 weights.
    Nola method = Nola.on(FrozenWeight.seeded(), 4, 32, 32);
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .seed(42)
            .updater(new Adam(0.05))
            .activation(Activation.RELU)
            .list()
            .layer(new NolaDense.Builder().nOut(256).reparameterization(method).build())
            .layer(new OutputLayer.Builder().nOut(10).activation(Activation.SOFTMAX).build())
            .setInputType(InputType.feedForward(784))
            .build();
    MultiLayerNetwork network = new MultiLayerNetwork(conf);
    network.init();
    network.fit(features, labels);
    Adapter.of(network).write(file, Precision.F32); // what was trained: no basis, no W0

    MultiLayerNetwork again = new MultiLayerNetwork(conf.clone());
    again.init();
    Adapter.read(file).applyTo(again);
    // README ends
    assertEquals(network.output(features), again.output(features));
  }

  @Test
  void readmeShowsThisExample() throws IOException {
    String test = "src/test/java/org/nola4j/ReadmeExampleTest.java";
    List<String> lines = Files.readAllLines(Path.of(test));
    int from = lines.indexOf("    // README begins") + 1;
    int to = lines.indexOf("    // README ends");
    String example = String.join("\n", lines.subList(from, to)).stripIndent();
    String readme = Files.readString(Path.of("../README.md"));
    assertTrue(
        readme.contains(example.strip()), "README.md does not contain the example of " + test);
  }
}
