// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.AdapterLayer;
import org.nola4j.adapter.Precision;
import org.nola4j.adapter.peft.PeftAdapter;
import org.nola4j.adapter.peft.PeftModule;
import org.nola4j.network.LayerNames;
import org.nola4j.network.NetworkLayer;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;

/** One rule for layer names in plans, adapters and PEFT. */
class LayerNamesTest {
  @TempDir private Path folder;

  /** Layers of five units; an empty name is none. */
  private static MultiLayerNetwork network(String... names) {
    NeuralNetConfiguration.ListBuilder layers =
        new NeuralNetConfiguration.Builder()
            .seed(7)
            .updater(new Adam(0.01))
            .activation(Activation.TANH)
            .list();
    for (String name : names) {
      DenseLayer.Builder layer = new DenseLayer.Builder().nOut(5);
      layers.layer((name.isEmpty() ? layer : layer.name(name)).build());
    }
    layers.layer(new OutputLayer.Builder().activation(Activation.SOFTMAX).nOut(3).build());
    MultiLayerNetwork network =
        new MultiLayerNetwork(layers.setInputType(InputType.feedForward(5)).build());
    network.init();
    return network;
  }

  private static Adapters<MultiLayerNetwork> wrapped(MultiLayerNetwork base) {
    Adapters<MultiLayerNetwork> adapters =
        Adapters.wrap(base, AdapterPlan.builder().adaptAll(w0 -> Nola.on(w0, 2, 4, 4)).build());
    adapters.network().setParams(Nd4j.rand(new long[] {1, adapters.network().numParams()}));
    return adapters;
  }

  private static List<String> names(Adapter adapter) {
    return adapter.layers().stream().map(AdapterLayer::name).toList();
  }

  private static List<String> namesOf(String... given) {
    return LayerNames.of(network(given).getLayerWiseConfigurations());
  }

  @Test
  void aLayerIsCalledByTheNameThatItWasGivenOrElseByItsIndex() {
    assertEquals(List.of("a", "1", "2"), namesOf("a", ""));
    assertEquals(List.of("1", "0", "2"), namesOf("1", "0"));
  }

  @Test
  void anIndexThatIsAnotherLayersNameGivesWay() {
    assertEquals(List.of("2", "1", "layer2"), namesOf("2", ""));
    assertEquals(List.of("layer0", "0", "2"), namesOf("", "0"));
  }

  @Test
  void aNameOfTwoLayersIsNeithers() {
    assertEquals(List.of("0", "1", "b", "3"), namesOf("a", "a", "b"));
  }

  @Test
  void layersThatCannotBeToldApartAreRefused() {
    MultiLayerConfiguration conf = network("layer1", "", "1").getLayerWiseConfigurations();
    assertEquals(
        "layers 0 and 1 are both called \"layer1\": give each a name of its own",
        assertThrows(IllegalArgumentException.class, () -> LayerNames.of(conf)).getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", "1 0", "0 x 1", "2 0 1", "a a", "4 5 3 2", "x"})
  void anAdapterComesBackFromItsFile(String names) throws IOException {
    MultiLayerNetwork base = network(names.split(" "));
    Adapters<MultiLayerNetwork> adapters = wrapped(base);
    Path file = folder.resolve("adapter.safetensors");
    adapters.adapter().write(file, Precision.F32);

    Adapters<MultiLayerNetwork> again = Adapters.wrap(base, Adapter.read(file));

    assertEquals(adapters.adapter(), again.adapter());
    INDArray x = Nd4j.rand(2, 5);
    assertEquals(adapters.network().output(x), again.network().output(x));
  }

  /** Earlier releases called all layers by their index. */
  @ParameterizedTest
  @ValueSource(strings = {"a b", "1 0", "0 x 1", "2 0 1"})
  void anAdapterByIndexStillApplies(String names) {
    MultiLayerNetwork base = network(names.split(" "));
    Adapters<MultiLayerNetwork> adapters = wrapped(base);
    Adapter old = Adapter.of(NetworkLayer.byKey(NetworkLayer.of(adapters.network())));
    assertEquals(indices(names.split(" ").length + 1), names(old));

    assertEquals(adapters.adapter(), Adapters.wrap(base, old).adapter());
    MultiLayerNetwork network = wrapped(base).network();
    old.applyTo(network);
    assertEquals(adapters.adapter(), Adapter.of(network));
  }

  private static List<String> indices(int layers) {
    List<String> indices = new ArrayList<>();
    for (int i = 0; i < layers; i++) {
      indices.add(String.valueOf(i));
    }
    return indices;
  }

  /** Nothing but the fingerprint says here that the names are indices. */
  @Test
  void ordinaryLayersOfAnAdapterByIndexAreNotExchanged() {
    MultiLayerNetwork trained = network("1", "0");
    Adapter old = Adapter.of(NetworkLayer.byKey(NetworkLayer.of(trained)));
    MultiLayerNetwork other = network("1", "0");
    other.setParams(Nd4j.zeros(1L, other.numParams()));
    old.applyTo(other);
    assertEquals(trained.params(), other.params());
    other.setParams(Nd4j.zeros(1L, other.numParams()));
    Adapter.of(trained).applyTo(other);
    assertEquals(trained.params(), other.params());
  }

  @Test
  void aPlansDigitsAreANameBeforeTheyAreAnIndex() {
    MultiLayerNetwork base = network("0", "2", "4");
    AdapterPlan plan = AdapterPlan.builder().adapt("2", w0 -> Lora.on(w0, 2)).freeze("3").build();
    assertEquals(List.of("2"), names(Adapters.wrap(base, plan).adapter()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "layer1"})
  void anIndexAndDl4jsNameStandForALayer(String alias) {
    AdapterPlan plan =
        AdapterPlan.builder().adapt(alias, w0 -> Lora.on(w0, 2)).freeze("head|2").build();
    assertEquals(List.of("1"), names(Adapters.wrap(network("a", ""), plan).adapter()));
  }

  @Test
  void peftsModulesAreCalledLikeTheLayers() {
    AdapterPlan plan =
        AdapterPlan.builder().adapt("encoder|decoder", w0 -> Lora.on(w0, 2)).freeze("2").build();
    MultiLayerNetwork trained = Adapters.wrap(network("encoder", "decoder"), plan).network();
    trained.setParams(Nd4j.rand(new long[] {1, trained.numParams()}));
    PeftAdapter peft = PeftAdapter.of(Adapter.of(trained));
    assertEquals(
        List.of("encoder", "decoder"), peft.modules().stream().map(PeftModule::name).toList());

    for (Map<String, String> names :
        List.of(
            Map.<String, String>of(),
            Map.of("encoder", "encoder"),
            Map.of("0", "encoder", "1", "decoder"))) {
      MultiLayerNetwork other = Adapters.wrap(network("encoder", "decoder"), plan).network();
      peft.applyTo(other, names);
      assertEquals(trained.params(), other.params());
    }
  }

  @Test
  void aModuleForALayerByNameAndByIndexIsRefused() {
    AdapterPlan plan =
        AdapterPlan.builder().adapt("encoder", w0 -> Lora.on(w0, 2)).freeze("1").build();
    MultiLayerNetwork network = Adapters.wrap(network("encoder"), plan).network();
    PeftAdapter peft = PeftAdapter.of(Adapter.of(network));
    assertEquals(
        "layers to name: \"encoder\" and \"0\" are one layer",
        assertThrows(
                IllegalArgumentException.class,
                () -> peft.applyTo(network, Map.of("encoder", "x", "0", "encoder")))
            .getMessage());
  }
}
