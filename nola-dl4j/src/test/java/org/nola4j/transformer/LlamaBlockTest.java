// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.config.Sgd;
import org.nola4j.internal.runtime.Graphs;
import org.nola4j.layers.DirectionalGradients;
import org.nola4j.layers.DoublePrecision;
import org.nola4j.layers.Normals;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

/** Language models of LLaMA's blocks, in double precision. */
@ExtendWith(DoublePrecision.class)
class LlamaBlockTest {
  private static final DataType DOUBLE = DataType.DOUBLE;
  private static final int WIDTH = 8;
  private static final int POSITIONS = 6;

  private static ComputationGraph graph(Reparameterization method, int shared, RotaryPairs pairs) {
    return graph(DOUBLE, method, shared, pairs);
  }

  static ComputationGraph graph(
      DataType type, Reparameterization method, int shared, RotaryPairs pairs) {
    GraphBuilder graph =
        new NeuralNetConfiguration.Builder()
            .dataType(type)
            .seed(12)
            .updater(new Sgd(1))
            .graphBuilder()
            .addInputs("words");
    graph.layer(
        "embed",
        new TokenEmbedding.Builder()
            .nIn(SmallDecoder.WORDS)
            .nOut(WIDTH)
            .maxPositions(POSITIONS)
            .positions(false)
            .typeVocabulary(0)
            .norm(false)
            .build(),
        "words");
    for (int i = 0; i < 2; i++) {
      graph.layer(
          "block" + i,
          new LlamaBlock.Builder()
              .heads(2)
              .keyValueHeads(shared)
              .mlpWidth(6)
              .pairs(pairs)
              .theta(20)
              .reparameterization(method)
              .build(),
          i == 0 ? "embed" : "block0");
    }
    graph.layer("norm", new TokenNorm.Builder().rms(true).build(), "block1");
    graph.layer("head", new LanguageModelHead.Builder().nOut(SmallDecoder.WORDS).build(), "norm");
    graph.setOutputs("head").setInputTypes(InputType.feedForward(POSITIONS));
    ComputationGraph network = new ComputationGraph(graph.build());
    network.init();
    network.params().addi(Normals.of(type, 5, network.params().shape()).muli(0.3));
    // W0s are float32.
    network.params().assign(network.params().castTo(DataType.FLOAT).castTo(type));
    return network;
  }

  @ParameterizedTest
  @CsvSource({"2, HALVES", "1, NEIGHBORS"})
  void gradientsOfEveryParameter(int shared, RotaryPairs pairs) {
    check(graph(new Dense(), shared, pairs));
    check(graph(Nola.scratch(2, 3, 3), shared, pairs));
  }

  /** Also where weights are 8-bit integers, some with adapters and some without. */
  @ParameterizedTest
  @CsvSource({"0", "8"})
  void gradientsOverATrainedModel(int bits) {
    AdapterPlan plan =
        AdapterPlan.builder()
            .adapt("block.\\.(q|v|gate|down)", w0 -> Nola.on(w0, 2, 5, 4))
            .frozenBits(bits)
            .build();
    ComputationGraph network =
        Adapters.wrap(graph(new Dense(), 1, RotaryPairs.HALVES), plan).network();
    network.params().addi(Normals.of(DOUBLE, 6, network.params().shape()).muli(0.1));
    check(network);
  }

  /** The layers' definitions know no masks. */
  @ParameterizedTest
  @CsvSource({"2, NEIGHBORS", "1, HALVES"})
  void activationsAreThoseOfSameDiff(int shared, RotaryPairs pairs) {
    ComputationGraph sameDiff = graph(new Dense(), shared, pairs);
    Graphs.use(sameDiff.getLayers());
    INDArray expected = SmallDecoder.output(sameDiff, SmallDecoder.ids(DOUBLE), null);
    INDArray found =
        SmallDecoder.output(graph(new Dense(), shared, pairs), SmallDecoder.ids(DOUBLE), null);
    assertEquals(0, expected.distance2(found) / expected.norm2Number().doubleValue(), 1e-10);
  }

  @Test
  void configurationsSurviveJsonAndWrongOnesAreNamed() {
    ComputationGraphConfiguration conf =
        graph(new Dense(), 1, RotaryPairs.NEIGHBORS).getConfiguration();
    assertEquals(conf, ComputationGraphConfiguration.fromJson(conf.toJson()));
    LlamaBlock.Builder builder = new LlamaBlock.Builder().heads(3).keyValueHeads(2).mlpWidth(6);
    String message = assertThrows(IllegalArgumentException.class, builder::build).getMessage();
    assertTrue(message.contains("multiple of keyValueHeads"), message);
    assertThrows(
        IllegalArgumentException.class,
        () -> new LlamaBlock.Builder().nIn(9).heads(3).mlpWidth(6).build());
  }

  private static void check(ComputationGraph graph) {
    DataSet data = SmallDecoder.data(DOUBLE);
    DirectionalGradients.check(
        graph,
        new MultiDataSet(
            new INDArray[] {data.getFeatures()},
            new INDArray[] {data.getLabels()},
            new INDArray[] {data.getFeaturesMaskArray()},
            new INDArray[] {data.getLabelsMaskArray()}));
  }
}
