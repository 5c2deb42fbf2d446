// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.Map;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Against DL4J's own layer, which is right on NCHW in float32. */
class FusedBatchNormTest {
  private static final int BATCH = 6;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void trainsAsDl4jsLayerDoes(boolean logStd) {
    FusedBatchNorm fused = new FusedBatchNorm.Builder().relu(true).decay(0.8).eps(1e-3).build();
    fused.setUseLogStd(logStd);
    MultiLayerNetwork ours = network(CNN2DFormat.NHWC, fused);
    MultiLayerNetwork theirs =
        network(
            CNN2DFormat.NCHW,
            new BatchNormalization.Builder().decay(0.8).eps(1e-3).useLogStd(logStd).build(),
            new ActivationLayer(Activation.RELU));
    INDArray gamma = Nd4j.createFromArray(1.5f, -0.5f, 1f, 0.7f).reshape(1, 4);
    INDArray beta = Nd4j.createFromArray(0.5f, 0.1f, -0.3f, 0f).reshape(1, 4);
    for (MultiLayerNetwork network : new MultiLayerNetwork[] {ours, theirs}) {
      network.setParam("0_gamma", gamma);
      network.setParam("0_beta", beta);
    }
    // The output layer sees its inputs in another order.
    INDArray w = Nd4j.linspace(DataType.FLOAT, -1, 0.02, 5 * 3 * 4 * 3).reshape(5, 3, 4, 3);
    ours.setParam("1_W", w.reshape(60, 3).dup('f'));
    theirs.setParam("2_W", w.permute(2, 0, 1, 3).dup('c').reshape(60, 3).dup('f'));
    for (int step = 0; step < 5; step++) {
      ours.fit(input(step), labels());
      theirs.fit(input(step).permute(0, 3, 1, 2).dup('c'), labels());
    }
    String variance = logStd ? "log10stdev" : "var";
    for (String name : new String[] {"gamma", "beta", "mean", variance}) {
      assertClose(theirs.getParam("0_" + name), ours.getParam("0_" + name), 2e-5);
    }
    assertClose(theirs.output(input(9).permute(0, 3, 1, 2).dup('c')), ours.output(input(9)), 1e-4);
  }

  @Test
  void withoutReluNothingIsCut() {
    MultiLayerNetwork network = network(CNN2DFormat.NHWC, new FusedBatchNorm.Builder().build());
    assertTrue(network.feedForward(input(0), true).get(1).minNumber().doubleValue() < -0.5);
  }

  @Test
  void survivesJsonAndModelSerializer(@TempDir Path folder) throws Exception {
    MultiLayerNetwork network =
        network(CNN2DFormat.NHWC, new FusedBatchNorm.Builder().relu(true).eps(1e-4).build());
    network.fit(input(0), labels());
    File file = folder.resolve("network.zip").toFile();
    ModelSerializer.writeModel(network, file, true);
    MultiLayerNetwork read = ModelSerializer.restoreMultiLayerNetwork(file, true);
    assertEquals(network.getLayerWiseConfigurations(), read.getLayerWiseConfigurations());
    assertEquals(network.output(input(1)), read.output(input(1)));
    assertTrue(((FusedBatchNorm) read.getLayer(0).conf().getLayer()).isRelu());
  }

  @Test
  void hasDl4jsParameters() {
    Map<String, INDArray> parameters =
        network(CNN2DFormat.NHWC, new FusedBatchNorm.Builder().build()).getLayer(0).paramTable();
    assertEquals("[gamma, beta, mean, var]", parameters.keySet().toString());
  }

  private static MultiLayerNetwork network(CNN2DFormat format, Layer... layers) {
    NeuralNetConfiguration.ListBuilder list =
        new NeuralNetConfiguration.Builder().seed(3).updater(new Sgd(0.3)).list();
    for (Layer layer : layers) {
      list.layer(layer);
    }
    list.layer(
        new OutputLayer.Builder(LossFunction.MCXENT)
            .nOut(3)
            .activation(Activation.SOFTMAX)
            .build());
    MultiLayerNetwork network =
        new MultiLayerNetwork(list.setInputType(InputType.convolutional(5, 3, 4, format)).build());
    network.init();
    return network;
  }

  private static INDArray input(int seed) {
    return Normals.of(DataType.FLOAT, seed, BATCH, 5, 3, 4).muli(2).addi(0.7);
  }

  private static INDArray labels() {
    INDArray labels = Nd4j.zeros(DataType.FLOAT, BATCH, 3);
    for (int i = 0; i < BATCH; i++) {
      labels.putScalar(i, i % 3, 1);
    }
    return labels;
  }

  private static void assertClose(INDArray expected, INDArray actual, double tolerance) {
    double difference = expected.reshape(-1).sub(actual.reshape(-1)).amaxNumber().doubleValue();
    assertTrue(difference <= tolerance, () -> expected + "\n" + actual);
  }
}
