// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter.peft;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.Networks;
import org.nola4j.adapter.Python;
import org.nola4j.basis.Distribution;
import org.nola4j.layers.Bias;
import org.nola4j.layers.NolaConv;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.GivenWeights;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;

/**
 * A committed export with a convolution, dense layers of two ranks and scales, biases and a head:
 * these bytes never change, and mean the same to PEFT as here.
 */
class PeftGoldenTest {
  private static final Map<String, String> NAMES =
      Map.of("0", "stem.conv", "2", "encoder.0.dense", "3", "encoder.1.dense", "4", "classifier");

  private static MultiLayerNetwork network() {
    FrozenWeight w0 = FrozenWeight.seeded();
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(7)
                .list()
                .layer(
                    new NolaConv.Builder(1)
                        .nOut(6)
                        .reparameterization(
                            Nola.on(w0, 2, 4, 3).withDistribution(Distribution.UNIFORM))
                        .activation(Activation.TANH)
                        .build())
                .layer(new GlobalPoolingLayer())
                .layer(
                    Networks.dense(
                        5,
                        Nola.on(w0, 3, 5, 4).withDistribution(Distribution.UNIFORM).withC(0.75),
                        Bias.FREE))
                .layer(Networks.dense(4, new Lora(2, 1, 1, w0), Bias.NONE))
                .layer(
                    new OutputLayer.Builder(LossFunction.MCXENT)
                        .nOut(3)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.convolutional(3, 3, 4, CNN2DFormat.NHWC))
                .build());
    network.init();
    return Networks.perturb(network, 1);
  }

  private static PeftAdapter export() {
    return PeftAdapter.of(Adapter.of(network()), NAMES, Set.of()).withBaseModel("golden");
  }

  private static Path golden() throws URISyntaxException {
    return resource("golden");
  }

  private static Path resource(String name) throws URISyntaxException {
    return Path.of(PeftGoldenTest.class.getResource("/peft/" + name).toURI());
  }

  /** An adapter that saved.py made with PEFT, and the deltas that PEFT computes from it. */
  @Test
  void whatPeftSavesMeansTheSameHere() throws Exception {
    PeftAdapter adapter = PeftAdapter.read(resource("saved"));
    Map<String, float[]> deltas = parsed(Files.readString(resource("saved/deltas.txt")));
    Map<String, float[]> found = arrays(adapter);
    assertEquals(5, deltas.size());
    deltas.forEach((name, delta) -> assertArrayEquals(delta, found.get(name), 1e-6f, name));
    // Beside the deltas, their biases and the head's weight and bias.
    assertEquals(5 + 5 + 2, found.size());
    assertTrue(found.containsKey("weight classifier 3 5"));
  }

  @Test
  void theWriterStillGivesTheseBytes(@TempDir Path folder) throws Exception {
    export().write(folder);
    PeftAdapter.read(golden()).write(folder.resolve("again"));
    for (String file : List.of(PeftAdapter.CONFIG, PeftAdapter.TENSORS)) {
      byte[] expected = Files.readAllBytes(golden().resolve(file));
      assertArrayEquals(expected, Files.readAllBytes(folder.resolve(file)), file);
      assertArrayEquals(expected, Files.readAllBytes(folder.resolve("again").resolve(file)), file);
    }
  }

  @Test
  void deltas() throws Exception {
    List<String> found = new ArrayList<>();
    for (PeftModule module : PeftAdapter.read(golden()).modules()) {
      if (module instanceof PeftModule.LowRank lowRank) {
        found.add(module.name() + " " + GivenWeights.sha256(lowRank.delta()));
      }
    }
    assertEquals(
        List.of(
            "stem.conv " + "d05399ed23678b62c98f5cfedfee54c33c928766656b70a7c460974534b76b76",
            "encoder.0.dense " + "d6b78c7ab0d4c62785480fb5da4a86b8c50557fb4d1abe9b896b2cf6d03069cc",
            "encoder.1.dense "
                + "4237cf3761f95d59b830a07dad9cce94bc1a4e83f2f66d28551a33212ae80932"),
        found);
  }

  /** PEFT's arithmetic in numpy. */
  @Tag("slow")
  @Test
  void numpyComputesTheSame() throws Exception {
    assumeTrue(Python.run("-c", "import numpy").status() == 0, "needs python3 with numpy");
    compare();
  }

  /** PEFT itself. */
  @Test
  void peftComputesTheSame() throws Exception {
    assumeTrue(Python.run("-c", "import peft").status() == 0, "needs python3 with peft");
    compare("--peft");
  }

  private static void compare(String... options) throws Exception {
    Path script = resource("deltas.py");
    List<String> command = new ArrayList<>(List.of(script.toString(), golden().toString()));
    command.addAll(List.of(options));
    Python.Output output = Python.run(command.toArray(String[]::new));
    assertEquals(0, output.status(), output.text());
    Map<String, float[]> expected = arrays(export());
    Map<String, float[]> found = parsed(output.text());
    assertEquals(expected.keySet(), found.keySet());
    expected.forEach((name, array) -> assertArrayEquals(array, found.get(name), 1e-6f, name));
  }

  private static Map<String, float[]> arrays(PeftAdapter adapter) {
    Map<String, float[]> arrays = new TreeMap<>();
    for (PeftModule module : adapter.modules()) {
      String shape = module.name() + " " + module.outputs();
      if (module instanceof PeftModule.LowRank lowRank) {
        arrays.put("delta " + shape + " " + module.inputs(), lowRank.delta());
      } else if (module instanceof PeftModule.Whole whole) {
        arrays.put("weight " + shape + " " + module.inputs(), whole.weight());
      }
      if (module.bias() != null) {
        arrays.put("bias " + shape, module.bias());
      }
    }
    return arrays;
  }

  /** Lines of kind, module, sizes, numbers: as many as the sizes say. */
  private static Map<String, float[]> parsed(String text) {
    Map<String, float[]> arrays = new TreeMap<>();
    for (String line : text.lines().toList()) {
      String[] words = line.split(" ");
      int dimensions = words[0].equals("bias") ? 1 : 2;
      String name = String.join(" ", List.of(words).subList(0, 2 + dimensions));
      float[] numbers = new float[words.length - 2 - dimensions];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = Float.parseFloat(words[2 + dimensions + i]);
      }
      arrays.put(name, numbers);
    }
    return arrays;
  }
}
