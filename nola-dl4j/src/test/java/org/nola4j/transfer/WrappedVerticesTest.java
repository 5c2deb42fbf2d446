// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.AttentionVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.samediff.SDVertexParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffVertex;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nola4j.adapter.AdapterLayer;
import org.nola4j.reparameterization.Lora;

/** Vertices of a wrapped graph that are no layers, those with parameters above all. */
@Tag("slow")
class WrappedVerticesTest {
  private static final int STEPS = 4;

  private static AdapterPlan.Builder plan() {
    return AdapterPlan.builder().adapt("e", w0 -> Lora.on(w0, 1)).updater(new Sgd(0.1));
  }

  @Test
  void keepTheirParametersFrozen() {
    ComputationGraph base = graph(DataType.FLOAT);
    INDArray x = features(DataType.FLOAT);
    for (AdapterPlan.Builder plan : List.of(plan(), plan().train("l"))) {
      Adapters<ComputationGraph> adapters = Adapters.wrap(base, plan.build());
      assertEquals(base.output(x)[0], adapters.network().output(x)[0]);
      TrainedNetworks.perturb(adapters.network().params());
      adapters.network().fit(new INDArray[] {x}, new INDArray[] {labels(DataType.FLOAT)});
      assertEquals(
          attention(base), attention(adapters.merge()), "merging must not change the vertex");
      assertEquals(base.params(), adapters.unmerge().params());
      assertTrue(adapters.adapter().layers().stream().noneMatch(l -> l.name().equals("att")));
      INDArray adapted = adapters.network().output(x)[0];
      assertTrue(adapted.equalsWithEps(adapters.merge().output(x)[0], 1e-5));
      assertEquals(adapted, Adapters.wrap(base, adapters.adapter()).network().output(x)[0]);
    }
  }

  @Test
  void areTrainedByARule() {
    ComputationGraph base = graph(DataType.FLOAT);
    Adapters<ComputationGraph> adapters = Adapters.wrap(base, plan().train("att").build());
    INDArray x = features(DataType.FLOAT);
    assertEquals(base.output(x)[0], adapters.network().output(x)[0]);
    adapters.network().fit(new INDArray[] {x}, new INDArray[] {labels(DataType.FLOAT)});
    assertNotEquals(attention(base), attention(adapters.merge()));
    assertEquals(attention(base), attention(adapters.unmerge()));
    assertEquals(
        List.of("att", "e", "o"),
        adapters.adapter().layers().stream().map(AdapterLayer::name).sorted().toList());
    assertEquals(
        adapters.network().output(x)[0],
        Adapters.wrap(base, adapters.adapter()).network().output(x)[0]);
  }

  /** Without one in the plan, by the base's updater, and so are the plain graphs. */
  @Test
  void keepTheirUpdaters() {
    ComputationGraph base = graph(DataType.FLOAT);
    INDArray[] x = {features(DataType.FLOAT)};
    INDArray[] y = {labels(DataType.FLOAT)};
    Adapters<ComputationGraph> adapters =
        Adapters.wrap(base, AdapterPlan.builder().train("att").build());
    ComputationGraph merged = adapters.merge();
    for (ComputationGraph each :
        List.of(adapters.network(), adapters.network().clone(), merged, adapters.unmerge())) {
      each.fit(x, y);
      assertNotEquals(attention(base), attention(each));
    }
    ComputationGraph copy = merged.clone();
    assertThrows(NullPointerException.class, () -> copy.fit(x, y), "DL4J's clones have updaters");
    AdapterPlan frozen = AdapterPlan.builder().adapt("e", w0 -> Lora.on(w0, 1)).build();
    ComputationGraph twice = Adapters.wrap(adapters.network(), frozen).network();
    twice.fit(x, y);
  }

  @Test
  void cannotHaveAdapters() {
    AdapterPlan plan = plan().adapt("att", w0 -> Lora.on(w0, 1)).build();
    assertEquals(
        "layer \"att\" (AttentionVertex) cannot have an adapter: it has no weight that is a matrix;"
            + " train or freeze it",
        assertThrows(
                IllegalArgumentException.class, () -> Adapters.wrap(graph(DataType.FLOAT), plan))
            .getMessage());
  }

  @Test
  void comeBackFromAFile(@TempDir Path folder) throws IOException {
    ComputationGraph network =
        Adapters.wrap(graph(DataType.FLOAT), plan().train("l").build()).network();
    INDArray x = features(DataType.FLOAT);
    java.io.File file = folder.resolve("graph.zip").toFile();
    network.save(file);
    assertEquals(network.output(x)[0], ComputationGraph.load(file, true).output(x)[0]);
    assertEquals(network.output(x)[0], network.clone().output(x)[0]);
  }

  /** A SameDiff vertex of DL4J's gives twice the gradient. */
  @ParameterizedTest
  @ValueSource(strings = {"", "att"})
  void passTheRightGradientOn(String trained) {
    Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
    try {
      AdapterPlan.Builder plan = plan().adapt("l", w0 -> Lora.on(w0, 1)).updater(new NoOp());
      ComputationGraph graph =
          Adapters.wrap(
                  graph(DataType.DOUBLE), (trained.isEmpty() ? plan : plan.train(trained)).build())
              .network();
      TrainedNetworks.perturb(graph.params());
      assertTrue(
          GradientCheckUtil.checkGradients(
              new GradientCheckUtil.GraphConfig()
                  .net(graph)
                  .epsilon(1e-6)
                  .maxRelError(1e-4)
                  .minAbsoluteError(1e-8)
                  .inputs(new INDArray[] {features(DataType.DOUBLE)})
                  .labels(new INDArray[] {labels(DataType.DOUBLE)})));
    } finally {
      Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
    }
  }

  private static Map<String, INDArray> attention(ComputationGraph graph) {
    return Map.copyOf(graph.getVertex("att").paramTable(false));
  }

  private static ComputationGraph graph(DataType type) {
    ComputationGraph graph =
        new ComputationGraph(
            new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(type)
                .updater(new Sgd(0.1))
                .activation(Activation.TANH)
                .graphBuilder()
                .addInputs("in")
                .addLayer("l", new LSTM.Builder().nOut(4).build(), "in")
                .addVertex(
                    "att",
                    new AttentionVertex.Builder()
                        .nInKeys(4)
                        .nInValues(4)
                        .nInQueries(4)
                        .nOut(4)
                        .nHeads(2)
                        .headSize(2)
                        .projectInput(true)
                        .weightInit(WeightInit.XAVIER)
                        .build(),
                    "l",
                    "l",
                    "l")
                .addVertex("twice", new Twice(), "att")
                .addLayer("e", new DenseLayer.Builder().nOut(4).build(), "twice")
                .addLayer(
                    "o",
                    new RnnOutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build(),
                    "e")
                .setOutputs("o")
                .setInputTypes(InputType.recurrent(4, STEPS))
                .build());
    graph.init();
    Nd4j.getRandom().setSeed(9);
    graph.params().assign(Nd4j.rand(DataType.FLOAT, graph.params().shape()).subi(0.5).castTo(type));
    return graph;
  }

  private static INDArray features(DataType type) {
    Nd4j.getRandom().setSeed(2);
    return Nd4j.randn(DataType.FLOAT, 3, 4, STEPS).castTo(type);
  }

  private static INDArray labels(DataType type) {
    INDArray labels = Nd4j.zeros(type, 3, 3, STEPS);
    for (int i = 0; i < 3; i++) {
      for (int t = 0; t < STEPS; t++) {
        labels.putScalar(i, (i + t) % 3, t, 1);
      }
    }
    return labels;
  }

  /** A user's vertex without parameters. */
  public static final class Twice extends SameDiffVertex {
    /** For JSON. */
    public Twice() {}

    @Override
    public SDVariable defineVertex(
        SameDiff graph,
        Map<String, SDVariable> inputs,
        Map<String, SDVariable> parameters,
        Map<String, SDVariable> masks) {
      return inputs.get("in").mul(2);
    }

    @Override
    public void defineParametersAndInputs(SDVertexParams parameters) {
      parameters.defineInputs("in");
    }

    @Override
    public void initializeParameters(Map<String, INDArray> parameters) {}

    @Override
    public GraphVertex clone() {
      return new Twice();
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType... inputs) {
      return inputs[0];
    }

    @Override
    public Pair<INDArray, MaskState> feedForwardMaskArrays(
        INDArray[] masks, MaskState state, int minibatch) {
      return new Pair<>(masks == null ? null : masks[0], state);
    }
  }
}
