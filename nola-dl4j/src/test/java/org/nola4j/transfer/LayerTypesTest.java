// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Cnn3DLossLayer;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nola4j.adapter.Adapter;
import org.nola4j.layers.DirectionalGradients;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Reparameterization;

/** Adapters on each of DL4J's layer types. */
@Tag("slow")
class LayerTypesTest {
  static Collection<String> types() {
    return LayerCases.adapted().keySet();
  }

  private static AdapterPlan plan(IUpdater updater, String... layers) {
    return AdapterPlan.builder()
        .adapt(String.join("|", layers), w0 -> Lora.on(w0, 1))
        .updater(updater)
        .build();
  }

  @ParameterizedTest
  @MethodSource("types")
  void startAtTheBaseAndMerge(String type) {
    LayerCases.Case each = LayerCases.adapted().get(type);
    MultiLayerNetwork base = each.network(DataType.FLOAT);
    INDArray x = each.features(DataType.FLOAT);
    AdapterPlan plan =
        AdapterPlan.builder().adapt("x", w0 -> Lora.on(w0, 1)).updater(new Sgd(0.1)).build();
    Adapters<MultiLayerNetwork> adapters = Adapters.wrap(base, plan);
    assertSame(base.output(x), adapters.network().output(x));
    assertSame(base.output(x, true), adapters.network().output(x, true));
    DataSet data = each.data(base, DataType.FLOAT);
    base.score(data, false);
    double score = adapters.network().score(data);
    assertEquals(base.score(data), score, 1e-6 * Math.abs(score));
    TrainedNetworks.perturb(adapters.network().params());
    adapters.network().fit(data);
    INDArray adapted = adapters.network().output(x);
    assertTrue(adapted.sub(base.output(x)).norm2Number().doubleValue() > 0);
    assertTrue(adapted.equalsWithEps(adapters.merge().output(x), 1e-5));
    assertSame(base.params(), adapters.unmerge().params());
    assertSame(adapted, Adapters.wrap(base, adapters.adapter()).network().output(x));
    assertSame(adapted, adapters.network().clone().output(x));
  }

  /** Against the weights of the trained network, to which both changes are added. */
  @ParameterizedTest
  @MethodSource("types")
  void takeWeightedSums(String type) {
    LayerCases.Case each = LayerCases.adapted().get(type);
    MultiLayerNetwork base = each.network(DataType.FLOAT);
    Adapters<MultiLayerNetwork> one = perturbed(base, 1, w0 -> Lora.on(w0, 1));
    Adapters<MultiLayerNetwork> two = perturbed(base, 2, w0 -> Nola.on(w0, 1, 4, 5));
    Adapter sum = Adapter.sum(List.of(one.adapter(), two.adapter()), 0.5, 2);
    MultiLayerNetwork expected = sum(each.below() ? 1 : 0, one, two);
    INDArray x = each.features(DataType.FLOAT);
    INDArray actual = Adapters.wrap(base, sum).network().output(x);
    assertNear(expected.output(x), actual, 1e-6);
    assertTrue(distance(base.output(x), actual) > 1e-5);
  }

  /**
   * Outputs of thousands, of which float32 has steps of 4.9e-4: a sum of low rank differs by a few
   * of these, since the products are added up in another order.
   */
  @Test
  void sumsOnVolumesAreExactToRounding() {
    MultiLayerNetwork base =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(7)
                .activation(Activation.IDENTITY)
                .list()
                .layer(new Convolution3D.Builder(3, 3, 3).name("x").nOut(16).build())
                .layer(
                    new Cnn3DLossLayer.Builder(Convolution3D.DataFormat.NCDHW)
                        .lossFunction(LossFunction.MSE)
                        .activation(Activation.IDENTITY)
                        .build())
                .setInputType(InputType.convolutional3D(Convolution3D.DataFormat.NCDHW, 5, 5, 5, 8))
                .build());
    base.init();
    Adapters<MultiLayerNetwork> one = perturbed(base, 1, w0 -> Lora.on(w0, 1));
    Adapters<MultiLayerNetwork> two = perturbed(base, 2, w0 -> Nola.on(w0, 1, 4, 5));
    Adapter sum = Adapter.sum(List.of(one.adapter(), two.adapter()), 0.5, 2);
    assertTrue(sum.layers().get(0).weight("W").method() instanceof Lora);
    MultiLayerNetwork expected = sum(0, one, two);
    INDArray x = Nd4j.rand(DataType.FLOAT, 2, 8, 5, 5, 5);
    x.muli(6000 / expected.output(x).amaxNumber().doubleValue());
    INDArray actual = Adapters.wrap(base, sum).network().output(x);
    assertTrue(actual.amaxNumber().doubleValue() > 4096);
    assertNear(expected.output(x), actual, 1e-6);
  }

  /** Half the change of one and twice that of the other, in DL4J's own layer. */
  private static MultiLayerNetwork sum(
      int layer, Adapters<MultiLayerNetwork> one, Adapters<MultiLayerNetwork> two) {
    MultiLayerNetwork sum = one.unmerge();
    one.delta("x").forEach((name, w) -> sum.getParam(layer + "_" + name).addi(w.mul(0.5)));
    two.delta("x").forEach((name, w) -> sum.getParam(layer + "_" + name).addi(w.mul(2)));
    return sum;
  }

  private static double distance(INDArray one, INDArray two) {
    return one.sub(two).amaxNumber().doubleValue();
  }

  /** Up to a share of the greatest number. */
  private static void assertNear(INDArray expected, INDArray actual, double share) {
    double most = expected.amaxNumber().doubleValue();
    double difference = distance(expected, actual);
    assertTrue(difference <= share * most, difference + " of " + most);
  }

  private static Adapters<MultiLayerNetwork> perturbed(
      MultiLayerNetwork base, long seed, Function<FrozenWeight, Reparameterization> method) {
    AdapterPlan plan = AdapterPlan.builder().adapt("x", method).freeze(".*").seed(seed).build();
    Adapters<MultiLayerNetwork> adapters = Adapters.wrap(base, plan);
    TrainedNetworks.perturb(adapters.network().params());
    return adapters;
  }

  @ParameterizedTest
  @MethodSource("types")
  void haveRightGradients(String type) {
    Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
    try {
      LayerCases.Case each = LayerCases.adapted().get(type);
      MultiLayerNetwork base = each.network(DataType.DOUBLE);
      String[] adapted = each.below() ? new String[] {"x", "below"} : new String[] {"x"};
      assertGradients(each, base, plan(new NoOp(), adapted));
      if (each.below() && !each.last()) {
        assertGradients(each, base, plan(new NoOp(), "below"));
      }
    } finally {
      Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
    }
  }

  static Collection<String> others() {
    return LayerCases.others().keySet();
  }

  /** Gradients go through what cannot be adapted, and asking for an adapter names the layer. */
  @ParameterizedTest
  @MethodSource("others")
  void withoutWeightsPassGradientsOn(String type) {
    Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
    try {
      LayerCases.Case each = LayerCases.others().get(type);
      MultiLayerNetwork base = each.network(DataType.DOUBLE);
      assertSame(
          base.output(each.features(DataType.DOUBLE)),
          Adapters.wrap(base, plan(new NoOp(), "below"))
              .network()
              .output(each.features(DataType.DOUBLE)));
      assertGradients(each, base, plan(new NoOp(), "below"));
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> Adapters.wrap(base, plan(new NoOp(), "x", "below")))
              .getMessage();
      assertTrue(
          message.startsWith("layer \"x\" (") && message.contains("cannot have an adapter"),
          message);
    } finally {
      Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
    }
  }

  /**
   * Wrappers that freeze a layer, which are looked through; one that is random; one that has labels
   * of another shape. All of them are kept unchanged.
   */
  private static final Set<String> NO_CASES =
      Set.of("FrozenLayer", "FrozenLayerWithBackprop", "DropoutLayer", "Yolo2OutputLayer");

  /** Other names of layers, whose builders give those layers. */
  private static final Set<String> ALIASES =
      Set.of("Convolution1D", "Convolution2D", "Pooling1D", "Pooling2D");

  static Collection<String> failing() {
    return LayerCases.failing().keySet();
  }

  /** What DL4J cannot run cannot be adapted; where a later one can, it belongs to the others. */
  @ParameterizedTest
  @MethodSource("failing")
  void thatDl4jCannotRun(String type) {
    LayerCases.Case each = LayerCases.failing().get(type);
    MultiLayerNetwork base = each.network(DataType.FLOAT);
    assertThrows(RuntimeException.class, () -> base.output(each.features(DataType.FLOAT)));
  }

  /** A DL4J that has other layers needs other cases. */
  @Test
  void areAllOfThem() throws IOException, URISyntaxException {
    Set<String> tried = new TreeSet<>(NO_CASES);
    Stream.of(LayerCases.adapted(), LayerCases.others(), LayerCases.failing())
        .flatMap(cases -> cases.values().stream())
        .map(each -> each.layer().get().getClass())
        .filter(type -> type.getName().startsWith("org.deeplearning4j"))
        .forEach(type -> tried.add(type.getSimpleName()));
    tried.addAll(ALIASES);
    assertEquals(layers(), tried);
  }

  /** The simple names of all layers in DL4J's jar. */
  private static Set<String> layers() throws IOException, URISyntaxException {
    Set<String> layers = new TreeSet<>();
    Path jar = Path.of(Layer.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (JarFile file = new JarFile(jar.toFile())) {
      for (JarEntry entry : Collections.list(file.entries())) {
        String name = entry.getName();
        if (name.startsWith("org/deeplearning4j/nn/conf/") && name.endsWith(".class")) {
          Class<?> type = load(name.substring(0, name.length() - 6).replace('/', '.'));
          if (Layer.class.isAssignableFrom(type) && !Modifier.isAbstract(type.getModifiers())) {
            layers.add(type.getSimpleName());
          }
        }
      }
    }
    return layers;
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name, false, Layer.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  private static void assertGradients(
      LayerCases.Case each, MultiLayerNetwork base, AdapterPlan plan) {
    MultiLayerNetwork network = Adapters.wrap(base, plan).network();
    TrainedNetworks.perturb(network.params());
    DataSet data = each.data(base, DataType.DOUBLE);
    DirectionalGradients.check(network, data.getFeatures(), data.getLabels());
  }

  private static void assertSame(INDArray expected, INDArray actual) {
    assertTrue(
        expected.equalsWithEps(actual, 0),
        () -> "differ by up to " + expected.sub(actual).amaxNumber());
  }
}
