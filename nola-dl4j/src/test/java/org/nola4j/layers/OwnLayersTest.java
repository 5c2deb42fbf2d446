// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Modifier;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nola4j.reparameterization.Lora;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

/**
 * Every setting of DL4J's layers on every layer of this library: applied as DL4J's own do, or
 * refused with the layer's name. A setting of DL4J without an entry fails.
 */
@ExtendWith(DoublePrecision.class)
@Tag("slow")
class OwnLayersTest {
  private static final DataType TYPE = DataType.DOUBLE;

  /** Layers whose weights, if any, do not enter a table of refusals and starts. */
  private static final Set<String> WEIGHTLESS = Set.of("TokenNorm", "TokenPooling");

  private static final Set<String> UNDROPPED = Set.of("TokenEmbedding", "LanguageModelHead");

  private static final Set<String> ACTIVATED = Set.of("NolaDense", "NolaConv", "NolaConv in NHWC");

  private interface Check {
    void of(OwnLayers.Case each);
  }

  /** By the names of DL4J's fields. */
  private static final Map<String, Check> SETTINGS = new TreeMap<>();

  static {
    SETTINGS.put("activationFn", OwnLayersTest::activation);
    SETTINGS.put("weightInitFn", OwnLayersTest::weightInit);
    SETTINGS.put("biasInit", OwnLayersTest::biasInit);
    SETTINGS.put("gainInit", OwnLayersTest::gainInit);
    SETTINGS.put("regularization", OwnLayersTest::regularization);
    SETTINGS.put("regularizationBias", OwnLayersTest::regularizationOfBiases);
    SETTINGS.put("iUpdater", OwnLayersTest::updater);
    SETTINGS.put("biasUpdater", OwnLayersTest::biasUpdater);
    SETTINGS.put("weightNoise", OwnLayersTest::weightNoise);
    SETTINGS.put("gradientNormalization", OwnLayersTest::gradientNormalization);
    SETTINGS.put("gradientNormalizationThreshold", OwnLayersTest::gradientNormalization);
    SETTINGS.put("layerName", OwnLayersTest::name);
    SETTINGS.put("iDropout", OwnLayersTest::dropout);
    SETTINGS.put("constraints", OwnLayersTest::constraints);
  }

  @Test
  void everySettingHasAnEntry() {
    Set<String> fields =
        Stream.of(BaseLayer.class, Layer.class)
            .flatMap(type -> Stream.of(type.getDeclaredFields()))
            .filter(field -> !Modifier.isStatic(field.getModifiers()))
            .map(java.lang.reflect.Field::getName)
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(fields, SETTINGS.keySet());
  }

  static Stream<Arguments> settings() {
    return SETTINGS.keySet().stream()
        .flatMap(name -> OwnLayers.all().values().stream().map(each -> Arguments.of(name, each)));
  }

  @ParameterizedTest
  @MethodSource("settings")
  void isAppliedOrRefused(String setting, OwnLayers.Case each) {
    SETTINGS.get(setting).of(each);
  }

  // ------------------------------------------------------------------------------------ helpers

  private static NeuralNetConfiguration.Builder network() {
    return new NeuralNetConfiguration.Builder().updater(new Sgd(1));
  }

  private static ComputationGraph graph(
      OwnLayers.Case each, Consumer<FeedForwardLayer.Builder<?>> settings) {
    return each.graph(network(), each.layer(settings), TYPE);
  }

  private static boolean isBias(ComputationGraph graph, String parameter) {
    Layer x = graph.getLayer("x").conf().getLayer();
    return x.initializer().isBiasParam(x, parameter);
  }

  private static void assertRefused(Runnable building) {
    String message = assertThrows(IllegalArgumentException.class, building::run).getMessage();
    assertTrue(message.contains("\"x\""), message);
  }

  /** How far the parameters of x move in one step. */
  private static Map<String, INDArray> step(OwnLayers.Case each, ComputationGraph graph) {
    Map<String, INDArray> before = new TreeMap<>();
    graph.getLayer("x").paramTable().forEach((name, value) -> before.put(name, value.dup()));
    graph.fit(each.data(TYPE));
    graph.getLayer("x").paramTable().forEach((name, value) -> before.get(name).subi(value));
    return before;
  }

  private static double norm(Collection<INDArray> arrays) {
    return Math.sqrt(
        arrays.stream().mapToDouble(a -> Math.pow(a.norm2Number().doubleValue(), 2)).sum());
  }

  // ----------------------------------------------------------------------------------- settings

  private static void activation(OwnLayers.Case each) {
    if (!ACTIVATED.contains(each.name())) {
      assertRefused(() -> each.layer(layer -> layer.activation(Activation.SIGMOID)));
      return;
    }
    ComputationGraph graph = graph(each, layer -> layer.activation(Activation.SIGMOID));
    INDArray x = graph.feedForward(each.data(TYPE).getFeatures(), false).get("x");
    assertTrue(x.minNumber().doubleValue() > 0 && x.maxNumber().doubleValue() < 1);
  }

  /** The reparameterization says it. */
  private static void weightInit(OwnLayers.Case each) {
    assertRefused(() -> each.layer(layer -> layer.weightInit(WeightInit.ZERO)));
  }

  private static void biasInit(OwnLayers.Case each) {
    starts(each, "(.*\\.)?b(eta)?", layer -> layer.biasInit(0.25));
  }

  private static void gainInit(OwnLayers.Case each) {
    starts(each, "(.*\\.)?gamma", layer -> layer.gainInit(0.25));
  }

  private static void starts(
      OwnLayers.Case each, String names, Consumer<FeedForwardLayer.Builder<?>> settings) {
    INDArray moved = graph(each, layer -> {}).params();
    ComputationGraph graph = graph(each, settings);
    graph.params().subi(moved);
    graph
        .getLayer("x")
        .paramTable()
        .forEach(
            (name, value) -> {
              double usual = name.endsWith("gamma") ? 1 : 0;
              double expected = name.matches(names) ? 0.25 - usual : 0;
              assertTrue(
                  value.equalsWithEps(Nd4j.valueArrayOf(value.shape(), expected, TYPE), 1e-12),
                  name + value);
            });
  }

  private static void regularization(OwnLayers.Case each) {
    ComputationGraph graph = graph(each, layer -> layer.l1(0.01).l2(0.1));
    double expected = 0;
    for (Map.Entry<String, INDArray> entry : graph.getLayer("x").paramTable().entrySet()) {
      if (!isBias(graph, entry.getKey())) {
        INDArray value = entry.getValue();
        expected += 0.01 * value.norm1Number().doubleValue();
        expected += 0.05 * Math.pow(value.norm2Number().doubleValue(), 2);
      }
    }
    assertEquals(expected, graph.getLayer("x").calcRegularizationScore(true), 1e-9);
    assertMovesMore(
        each,
        graph,
        (name, w) -> isBias(graph, name) ? w.mul(0) : w.mul(0.1).add(Transforms.sign(w).mul(0.01)));
    ComputationGraph decayed = graph(each, layer -> layer.weightDecay(0.5, false));
    assertMovesMore(each, decayed, (name, w) -> w.mul(isBias(decayed, name) ? 0 : 0.5));
  }

  private static void regularizationOfBiases(OwnLayers.Case each) {
    ComputationGraph graph = graph(each, layer -> layer.l2Bias(0.1));
    double expected = 0;
    for (Map.Entry<String, INDArray> entry : graph.getLayer("x").paramTable().entrySet()) {
      if (isBias(graph, entry.getKey())) {
        expected += 0.05 * Math.pow(entry.getValue().norm2Number().doubleValue(), 2);
      }
    }
    assertEquals(expected, graph.getLayer("x").calcRegularizationScore(true), 1e-9);
    assertMovesMore(each, graph, (name, w) -> w.mul(isBias(graph, name) ? 0.1 : 0));
  }

  /** What is added to a step without regularization, from the parameters before it. */
  private static void assertMovesMore(
      OwnLayers.Case each, ComputationGraph graph, BiFunction<String, INDArray, INDArray> more) {
    Map<String, INDArray> expected = step(each, graph(each, layer -> {}));
    graph
        .getLayer("x")
        .paramTable()
        .forEach((name, value) -> expected.get(name).addi(more.apply(name, value)));
    step(each, graph)
        .forEach((name, moved) -> assertTrue(moved.equalsWithEps(expected.get(name), 1e-9), name));
  }

  private static void updater(OwnLayers.Case each) {
    assertSteps(each, graph(each, layer -> layer.updater(new Sgd(0.5))), 0.5, 0.5);
  }

  private static void biasUpdater(OwnLayers.Case each) {
    assertSteps(each, graph(each, layer -> layer.biasUpdater(new Sgd(0.25))), 1, 0.25);
  }

  private static void assertSteps(
      OwnLayers.Case each, ComputationGraph graph, double weights, double biases) {
    Map<String, INDArray> usual = step(each, graph(each, layer -> {}));
    step(each, graph)
        .forEach(
            (name, moved) ->
                assertTrue(
                    moved.equalsWithEps(
                        usual.get(name).mul(isBias(graph, name) ? biases : weights), 1e-9),
                    name));
  }

  private static void weightNoise(OwnLayers.Case each) {
    if (!WEIGHTLESS.contains(each.name())) {
      assertRefused(() -> each.layer(layer -> layer.weightNoise(new DropConnect(0.5))));
      assertRefused(
          () -> network().weightNoise(new DropConnect(0.5)).layer(each.layer(layer -> {})).build());
    }
  }

  private static void gradientNormalization(OwnLayers.Case each) {
    ComputationGraph clipped =
        graph(
            each,
            layer ->
                layer
                    .gradientNormalization(GradientNormalization.ClipL2PerLayer)
                    .gradientNormalizationThreshold(1e-3));
    assertEquals(1e-3, norm(step(each, clipped).values()), 1e-9);
  }

  private static void name(OwnLayers.Case each) {
    ComputationGraph graph = graph(each, layer -> {});
    assertEquals("x", graph.getLayer("x").conf().getLayer().getLayerName());
    INDArray wrong = Nd4j.zeros(TYPE, 2, 3, 1, 1, 1);
    assertRefused(
        () -> graph.getLayer("x").activate(wrong, false, LayerWorkspaceMgr.noWorkspaces()));
  }

  private static void constraints(OwnLayers.Case each) {
    ComputationGraph graph =
        graph(each, layer -> layer.constrainBias(new MaxNormConstraint(1e-3, 1)));
    graph.fit(each.data(TYPE));
    graph
        .getLayer("x")
        .paramTable()
        .forEach(
            (name, value) -> {
              if (isBias(graph, name)) {
                assertTrue(value.norm2(1).maxNumber().doubleValue() < 1.001e-3, name + value);
              }
            });
    if (each.name().startsWith("NolaConv")) { // its matrix has other axes
      assertRefused(() -> each.layer(l -> l.constrainWeights(new MaxNormConstraint(0.1, 0))));
      return;
    }
    ComputationGraph weights =
        graph(each, layer -> layer.constrainWeights(new MaxNormConstraint(1e-3, 0)));
    weights.fit(each.data(TYPE));
    weights
        .getLayer("x")
        .paramTable()
        .forEach(
            (name, value) -> {
              if (!isBias(weights, name)) {
                assertTrue(value.norm2(0).maxNumber().doubleValue() < 1.001e-3, name);
              }
            });
  }

  /** Dropout without chance: of each pair of numbers one is doubled, the other zero. */
  private static final class EveryOther implements IDropout {
    static INDArray mask(INDArray input) {
      INDArray mask = Nd4j.arange((double) input.length()).castTo(input.dataType());
      return mask.fmod(2).muli(2).reshape('c', input.shape());
    }

    @Override
    public INDArray applyDropout(
        INDArray input, INDArray result, int iteration, int epoch, LayerWorkspaceMgr workspaces) {
      return result.assign(input.mul(mask(input)));
    }

    @Override
    public INDArray backprop(INDArray epsilon, INDArray below, int iteration, int epoch) {
      return below.assign(epsilon.mul(mask(epsilon)));
    }

    @Override
    public void clear() {}

    @Override
    public IDropout clone() {
      return new EveryOther();
    }
  }

  /** Of the input, in training only, once, and in the gradient below too. */
  private static void dropout(OwnLayers.Case each) {
    if (UNDROPPED.contains(each.name())) {
      assertRefused(() -> each.layer(layer -> layer.dropOut(0.5)));
      assertRefused(() -> network().dropOut(0.5).layer(each.layer(layer -> {})).build());
      return;
    }
    ComputationGraph dropping = graph(each, layer -> layer.dropOut(new EveryOther()));
    ComputationGraph plain = graph(each, layer -> {});
    INDArray[] features = each.data(TYPE).getFeatures();
    assertEquals(plain.outputSingle(features), dropping.outputSingle(features));
    INDArray below = plain.feedForward(features, false).get("below");
    INDArray dropped = below.mul(EveryOther.mask(below));
    assertEquals(
        plain.getLayer("x").activate(dropped, false, LayerWorkspaceMgr.noWorkspaces()),
        dropping.feedForward(features, true).get("x"));
    DirectionalGradients.check(dropping, each.data(TYPE));
  }

  static Collection<OwnLayers.Case> dropping() {
    return OwnLayers.all().values().stream().filter(c -> !UNDROPPED.contains(c.name())).toList();
  }

  /** Adapted layers drop as before, frozen ones do not, and merged ones do again. */
  @ParameterizedTest
  @MethodSource("dropping")
  void dropoutOfWrappedLayers(OwnLayers.Case each) {
    ComputationGraph base = graph(each, layer -> layer.dropOut(new EveryOther()));
    base.params().assign(base.params().castTo(DataType.FLOAT).castTo(TYPE));
    INDArray[] features = each.data(TYPE).getFeatures();
    INDArray used = base.feedForward(features, false).get("x");
    INDArray dropped = base.feedForward(features, true).get("x");
    AdapterPlan.Builder frozen = AdapterPlan.builder().freeze("x").train("below");
    assertDrops(base, frozen.build(), features, used, dropped);
    if (!WEIGHTLESS.contains(each.name())) {
      AdapterPlan.Builder adapted = AdapterPlan.builder().adapt("x", w0 -> Lora.on(w0, 1));
      assertDrops(base, adapted.build(), features, dropped, dropped);
    }
  }

  private static void assertDrops(
      ComputationGraph base,
      AdapterPlan plan,
      INDArray[] features,
      INDArray wrapped,
      INDArray merged) {
    Adapters<ComputationGraph> adapters = Adapters.wrap(base, plan);
    ComputationGraph network = adapters.network();
    assertClose(wrapped, network.feedForward(features, true).get("x"));
    ComputationGraph again = Adapters.wrap(network, plan).network();
    assertClose(wrapped, again.feedForward(features, true).get("x"));
    assertClose(merged, adapters.merge().feedForward(features, true).get("x"));
    assertClose(merged, adapters.unmerge().feedForward(features, true).get("x"));
  }

  private static void assertClose(INDArray expected, INDArray actual) {
    assertTrue(expected.equalsWithEps(actual, 1e-5), expected + " and " + actual);
  }

  // -------------------------------------------------------------------------------------- masks

  static Collection<OwnLayers.Case> ofTokens() {
    return OwnLayers.all().values().stream().filter(OwnLayers.Case::takesTokens).toList();
  }

  @ParameterizedTest
  @MethodSource("ofTokens")
  void maskedTokensDoNotMatter(OwnLayers.Case each) {
    ComputationGraph graph = graph(each, layer -> {});
    MultiDataSet data = each.maskedData(TYPE);
    double score = graph.score(data, false);
    DirectionalGradients.check(graph, data);
    assertEquals(score, graph.score(each.otherMaskedData(TYPE), false), 1e-12);
    assertTrue(Math.abs(score - graph.score(each.data(TYPE), false)) > 1e-6);
    graph.clear();
    assertNull(graph.getLayer("x").getMaskArray());
  }

  @ParameterizedTest
  @MethodSource("ofTokens")
  void masksOfOtherShapesAreRefused(OwnLayers.Case each) {
    ComputationGraph graph = graph(each, layer -> {});
    MultiDataSet data = each.data(TYPE);
    for (INDArray mask : List.of(Nd4j.ones(TYPE, 3, 4), Nd4j.ones(TYPE, 2, 5))) {
      data.setFeaturesMaskArrays(new INDArray[] {mask});
      String message =
          assertThrows(IllegalArgumentException.class, () -> graph.fit(data)).getMessage();
      assertTrue(message.contains("mask of shape"), message);
    }
  }
}
