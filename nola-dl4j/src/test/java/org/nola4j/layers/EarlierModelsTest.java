// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.InputStream;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.L1Regularization;
import org.nd4j.linalg.learning.regularization.L2Regularization;

/** Model files written when layers were DL4J's SameDiff layers, after three steps of training. */
class EarlierModelsTest {
  private static final float[] LAYERS = {
    0.33229953f,
    0.3340637f,
    0.3336367f,
    0.3343751f,
    0.3301041f,
    0.33552077f,
    0.336827f,
    0.32618764f,
    0.33698532f
  };
  private static final float[] TRANSFORMER = {
    0.3264766f,
    0.32511842f,
    0.34840497f,
    0.30014065f,
    0.3834543f,
    0.31640503f,
    0.37146926f,
    0.17876616f,
    0.44976458f
  };

  @Test
  void networksComeBackWithTheirSettings() throws Exception {
    MultiLayerNetwork network;
    try (InputStream file = getClass().getResourceAsStream("/models/v1-layers.zip")) {
      network = ModelSerializer.restoreMultiLayerNetwork(file, true);
    }
    INDArray x = Nd4j.linspace(-1, 1, 384).castTo(DataType.FLOAT).reshape(3, 8, 8, 2);
    assertArrayEquals(LAYERS, network.output(x).dup('c').data().asFloat(), 1e-6f);

    NolaConv first = (NolaConv) network.getLayer(0).conf().getLayer();
    assertEquals(ConvolutionMode.Same, first.getConvolutionMode());
    assertEquals(CNN2DFormat.NHWC, first.getCnn2dDataFormat());
    assertEquals(new Adam(0.01), first.getIUpdater());
    assertEquals(new L2Regularization(0.01), first.getRegularization().get(0));
    NolaConv second = (NolaConv) network.getLayer(1).conf().getLayer();
    assertFalse(second.hasBias());
    assertEquals(4, second.getCoefficientBits());
    NolaDense third = (NolaDense) network.getLayer(2).conf().getLayer();
    assertEquals(new Sgd(0.02), third.getIUpdater());
    assertEquals(new Nesterovs(0.03, 0.8), third.getBiasUpdater());
    assertEquals(new Dropout(0.9), third.getIDropout());
    NolaDense fourth = (NolaDense) network.getLayer(3).conf().getLayer();
    assertEquals(77, fourth.getSeed());
    assertEquals(new L1Regularization(0.3), fourth.getRegularization().get(0));
    network.fit(x, Nd4j.eye(3));
  }

  @Test
  void transformersComeBack() throws Exception {
    ComputationGraph graph;
    try (InputStream file = getClass().getResourceAsStream("/models/v1-transformer.zip")) {
      graph = ModelSerializer.restoreComputationGraph(file, true);
    }
    INDArray x = Nd4j.linspace(-1, 1, 384).castTo(DataType.FLOAT).reshape(3, 2, 8, 8);
    assertArrayEquals(TRANSFORMER, graph.output(x)[0].dup('c').data().asFloat(), 1e-6f);
    graph.fit(new INDArray[] {x}, new INDArray[] {Nd4j.eye(3)});
  }
}
