// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter.peft;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.AdapterLayer;
import org.nola4j.adapter.AdapterMismatchException;
import org.nola4j.adapter.Networks;
import org.nola4j.internal.arrays.FloatArrays;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.layers.Bias;
import org.nola4j.layers.KernelView;
import org.nola4j.layers.NolaConv;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.HashedNet;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.safetensors.SafetensorsFile;

class PeftAdapterTest {
  private static final FrozenWeight SEEDED = FrozenWeight.seeded();

  @TempDir private Path folder;

  static List<Reparameterization> lowRank() {
    return List.of(
        Nola.scratch(2, 4, 3),
        Nola.on(SEEDED, 3, 5, 5).withC(0.7),
        Nola.release2024(2, 3, 4),
        new Lora(2, 5, 1, SEEDED),
        Lora.on(FrozenWeight.none(), 1));
  }

  /** W = W0 + delta to the bit, through the files. */
  @ParameterizedTest
  @MethodSource("lowRank")
  void deltaIsTheWeightWithoutW0(Reparameterization method) throws IOException {
    Adapter adapter = Adapter.of(Networks.perturb(Networks.small(method), 1));
    PeftAdapter peft = throughFiles(PeftAdapter.of(adapter));
    assertEquals(List.of("0", "1"), peft.modules().stream().map(PeftModule::name).toList());
    for (AdapterLayer layer : adapter.layers()) {
      checkDense(adapter, layer, layer.weights().get(0), module(peft, layer.name()));
      assertArrayEquals(adapter.values(layer.name(), "b"), module(peft, layer.name()).bias());
    }
  }

  private static void checkDense(
      Adapter adapter, AdapterLayer layer, WeightSpec weight, PeftModule.LowRank module) {
    assertEquals(weight.shape().rows(), module.inputs());
    assertEquals(weight.shape().columns(), module.outputs());
    float[] delta = PeftExport.transposed(module.delta(), module.inputs());
    checkWeight(adapter, layer, weight, delta);
  }

  private static void checkWeight(
      Adapter adapter, AdapterLayer layer, WeightSpec weight, float[] delta) {
    float[] w0 = weight.factorize(layer.seed()).frozenWeight();
    for (int e = 0; w0 != null && e < delta.length; e++) {
      delta[e] = w0[e] + delta[e];
    }
    assertArrayEquals(adapter.weight(layer.name(), weight.name()), delta);
  }

  @Test
  void sharedCoefficientsAreExpandedForEachLayer() throws IOException {
    Adapter adapter = Adapter.of(Networks.perturb(Networks.tied(Nola.on(SEEDED, 2, 3, 4)), 1));
    PeftAdapter peft = throughFiles(PeftAdapter.of(adapter));
    assertEquals(3, peft.modules().size());
    assertNull(peft.modules().get(1).bias());
    for (AdapterLayer layer : adapter.layers()) {
      checkDense(adapter, layer, layer.weights().get(0), module(peft, layer.name()));
    }
  }

  @Test
  void weightsOfOneLayerAreModulesOfTheirOwn() throws IOException {
    Adapter adapter =
        Adapter.of(Networks.perturb(Networks.twoWeights(Nola.on(SEEDED, 2, 3, 4)), 1));
    Map<String, String> names = Map.of("0.fc2", "block.output.dense");
    PeftAdapter peft = throughFiles(PeftAdapter.of(adapter, names, Set.of()));
    AdapterLayer layer = adapter.layers().get(0);
    checkDense(adapter, layer, layer.weight("fc1"), module(peft, "0.fc1"));
    checkDense(adapter, layer, layer.weight("fc2"), module(peft, "block.output.dense"));
    MultiLayerNetwork lora = Networks.twoWeights(Lora.on(SEEDED, 2));
    Lora method = module(peft, "0.fc1").method(SEEDED);
    MultiLayerNetwork network = Networks.twoWeights(method);
    assertThrows(AdapterMismatchException.class, () -> peft.applyTo(lora, names)); // c = 2
    peft.applyTo(network, names);
    float[] a = FloatArrays.read(network.getLayer(0).getParam("fc2.A"));
    assertArrayEquals(module(peft, "block.output.dense").loraA(), PeftExport.transposed(a, 2));
  }

  /** NOLA expanded is LoRA: on the same W0 the networks compute the same. */
  @Test
  void loraLayersTakeWhatNolaTrained() throws IOException {
    MultiLayerNetwork nola = Networks.perturb(Networks.small(Nola.on(SEEDED, 3, 5, 4)), 1);
    PeftAdapter peft = throughFiles(PeftAdapter.of(Adapter.of(nola)));
    MultiLayerNetwork lora = Networks.small(module(peft, "0").method(SEEDED));
    peft.applyTo(lora);
    INDArray input = Networks.input(12);
    assertEquals(nola.output(input), lora.output(input));
    assertEquals(
        nola.output(input), nola.output(input), "a network's own output is the same each time");
  }

  @Test
  void graphsWithATrainedHead() throws IOException {
    var graph = Networks.perturb(Networks.graph(true), 1);
    Adapter adapter = Adapter.of(graph);
    assertMessage(
        "layer \"norm\" cannot be exported to PEFT: BatchNormalization is trained directly; of"
            + " ordinary layers only DenseLayer and OutputLayer have a counterpart, or leave the"
            + " layer out",
        () -> PeftAdapter.of(adapter));
    Map<String, String> names = Map.of("head", "classifier", "first", "encoder.0.dense");
    PeftAdapter peft = throughFiles(PeftAdapter.of(adapter, names, Set.of("norm")));
    assertEquals(2, peft.modules().size());
    PeftModule.Whole head = (PeftModule.Whole) peft.modules().get(1);
    assertEquals("classifier", head.name());
    assertArrayEquals(
        adapter.values("head", "W"), PeftExport.transposed(head.weight(), head.inputs()));
    assertArrayEquals(adapter.values("head", "b"), head.bias());
    assertMessage(
        "layer \"first\", method: expected lora (adapter), but found nola (network)",
        () -> peft.applyTo(Networks.graph(true), names));
  }

  /** A LoRA layer under an ordinary head. */
  private static MultiLayerNetwork withHead(long seed) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(seed)
                .list()
                .layer(Networks.dense(5, new Lora(2, 3, 1, SEEDED), Bias.FREE))
                .layer(
                    new OutputLayer.Builder(LossFunction.MCXENT)
                        .nOut(3)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.feedForward(6))
                .build());
    network.init();
    return network;
  }

  @Test
  void headsAndBiasesComeBack() throws IOException {
    MultiLayerNetwork from = Networks.perturb(withHead(7), 1);
    PeftAdapter peft = throughFiles(PeftAdapter.of(Adapter.of(from)));
    MultiLayerNetwork to = withHead(7);
    peft.applyTo(to);
    assertEquals(from.params(), to.params());
  }

  private static MultiLayerNetwork convolutions(KernelView view, int... kernel) {
    NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder().seed(7).list();
    for (int size : kernel) {
      list.layer(
          new NolaConv.Builder(size)
              .nOut(6)
              .kernelView(view)
              .reparameterization(new Lora(2, 3, 1, SEEDED))
              .activation(Activation.TANH)
              .build());
    }
    list.layer(new LossLayer.Builder(LossFunction.MSE).build());
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            list.setInputType(InputType.convolutional(3, 3, 4, CNN2DFormat.NHWC)).build());
    network.init();
    return network;
  }

  @Test
  void convolutionsOfKernelOne() throws IOException {
    MultiLayerNetwork network =
        Networks.perturb(convolutions(KernelView.OUT_BY_IN, 1, 1), 1); // 6 x 4, then 6 x 6
    Adapter adapter = Adapter.of(network);
    PeftAdapter peft = throughFiles(PeftAdapter.of(adapter));
    try (SafetensorsFile file =
        SafetensorsFile.open(folder.resolve("peft").resolve(PeftAdapter.TENSORS))) {
      assertEquals(
          List.of(2L, 4L, 1L, 1L), file.tensors().get("base_model.model.0.lora_A.weight").shape());
      assertEquals(
          List.of(6L, 2L, 1L, 1L), file.tensors().get("base_model.model.1.lora_B.weight").shape());
    }
    for (AdapterLayer layer : adapter.layers()) {
      checkWeight(adapter, layer, layer.weights().get(0), module(peft, layer.name()).delta());
    }
    MultiLayerNetwork to = convolutions(KernelView.OUT_BY_IN, 1, 1);
    peft.applyTo(to);
    assertEquals(network.params(), to.params());
    MultiLayerNetwork dense = Networks.stack(7, 6, Bias.FREE, List.of(6), lora(2, 3));
    PeftAdapter square = PeftAdapter.of(List.of(renamed(module(peft, "1"), "0")));
    assertMessage(
        "layer \"0\", convolution: expected true (adapter), but found false (network)",
        () -> square.applyTo(dense));
  }

  @Test
  void kernelsAsOtherMatricesAreRefused() {
    Adapter adapter = Adapter.of(convolutions(KernelView.NEAREST_SQUARE, 1));
    assertMessage(
        "which PEFT's two convolutions cannot express; adapt kernels as KernelView.OUT_BY_IN",
        () -> PeftAdapter.of(adapter));
  }

  @Test
  void methodsWithoutFactorsAreRefused() {
    for (Reparameterization method : List.of(Pranc.scratch(3), HashedNet.scratch(3), new Dense())) {
      Adapter adapter = Adapter.of(Networks.small(method));
      assertMessage(
          "layer \"0\" cannot be exported to PEFT: "
              + method.method()
              + " has no two factors; train NOLA or LoRA for PEFT, or leave the layer out",
          () -> PeftAdapter.of(adapter));
    }
    Adapter folded =
        Adapter.of(Networks.stack(7, 6, Bias.FOLDED, List.of(6), List.of(Nola.scratch(2, 4, 3))));
    assertMessage("its bias is folded into the weight", () -> PeftAdapter.of(folded));
  }

  @Test
  void namesThatDoNotFitAreRefused() {
    Adapter adapter = Adapter.of(Networks.small(Nola.scratch(2, 4, 3)));
    assertMessage(
        "layers to name: there is no [2], only [0, 1]",
        () -> PeftAdapter.of(adapter, Map.of("2", "x"), Set.of()));
    assertMessage(
        "layers to leave out: there is no [x], only [0, 1]",
        () -> PeftAdapter.of(adapter, Map.of(), Set.of("x")));
    assertMessage(
        "letters, digits, '_' and '-' between dots, but one is \"a b\"",
        () -> PeftAdapter.of(adapter, Map.of("1", "a b"), Set.of()));
    assertMessage("must be different", () -> PeftAdapter.of(adapter, Map.of("1", "0"), Set.of()));
    assertMessage(
        "at least one module with two factors",
        () -> PeftAdapter.of(adapter, Map.of(), Set.of("0", "1")));
  }

  /** PEFT goes by the ends of names: "fc" is also "encoder.fc". */
  @Test
  void namesThatPeftConfusesAreRefused() {
    PeftModule small = lowRankModule("fc", 1, 2);
    PeftModule large = lowRankModule("encoder.fc", 2, 2);
    PeftModule other = lowRankModule("key", 1, 2);
    assertEquals(2, PeftAdapter.of(List.of(small, large)).modules().size());
    assertEquals(3, PeftAdapter.of(List.of(other, small, large)).modules().size());
    assertMessage(
        "PEFT would take module \"encoder.fc\" for another one of [encoder.fc, fc]",
        () -> PeftAdapter.of(List.of(large, small)));
    PeftModule head = new PeftModule.Whole("fc", 1, new float[2], null);
    assertMessage(
        "PEFT would take module \"encoder.fc\" for another one",
        () -> PeftAdapter.of(List.of(large, head)));
    PeftModule inside = lowRankModule("fc.0", 2, 2);
    assertMessage("PEFT would take module \"fc.0\"", () -> PeftAdapter.of(List.of(inside, head)));
  }

  private static PeftModule.LowRank lowRankModule(String name, int rank, double c) {
    return new PeftModule.LowRank(
        name, rank, c, false, new float[3 * rank], new float[2 * rank], null);
  }

  private static PeftModule.LowRank renamed(PeftModule.LowRank module, String name) {
    return new PeftModule.LowRank(
        name,
        module.rank(),
        module.c(),
        module.convolution(),
        module.loraA(),
        module.loraB(),
        module.bias());
  }

  @Test
  void ranksAndScalesOfEachModuleComeBack() throws IOException {
    List<PeftModule> modules =
        List.of(
            lowRankModule("a.0", 2, 3),
            lowRankModule("b.0", 1, 0.25),
            lowRankModule("a.1", 1, 3),
            lowRankModule("b.1", 2, 1e-3));
    List<PeftModule> read =
        throughFiles(PeftAdapter.of(modules).withBaseModel("some/base")).modules();
    for (int i = 0; i < modules.size(); i++) {
      PeftModule.LowRank expected = (PeftModule.LowRank) modules.get(i);
      PeftModule.LowRank found = (PeftModule.LowRank) read.get(i);
      assertEquals(expected.name(), found.name());
      assertEquals(expected.rank(), found.rank());
      assertEquals(expected.c(), found.c());
    }
    assertEquals("some/base", PeftAdapter.read(folder.resolve("peft")).baseModel());
  }

  @Test
  void nothingChangesWhereSomethingDoesNotFit() {
    MultiLayerNetwork network = Networks.stack(7, 3, Bias.NONE, List.of(2, 2), lora(1, 2, 2));
    INDArray before = network.params().dup();
    PeftModule first = lowRankModule("0", 1, 2);
    float[] ones = {1, 1};
    PeftModule second = new PeftModule.LowRank("1", 1, 2, false, ones, ones, null);
    record Case(List<PeftModule> modules, String message) {}
    List<Case> cases =
        List.of(
            new Case(List.of(first), "layer \"1\", module: expected none (adapter), but found a"),
            new Case(
                List.of(first, second, lowRankModule("2", 1, 2)),
                "layers for all modules: expected [2] (adapter), but found [0, 1] (network)"),
            new Case(
                List.of(first, lowRankModule("1", 1, 2)),
                "layer \"1\", inputs: expected 3 (adapter), but found 2 (network)"),
            new Case(
                List.of(first, new PeftModule.LowRank("1", 1, 2, false, ones, new float[3], null)),
                "layer \"1\", outputs: expected 3 (adapter), but found 2 (network)"),
            new Case(
                List.of(first, lowRankModule("1", 2, 2)),
                "layer \"1\", rank: expected 2 (adapter), but found 1 (network)"),
            new Case(
                List.of(first, new PeftModule.LowRank("1", 1, 3, false, ones, ones, null)),
                "layer \"1\", scale (build it with Lora(1, 3.0, ...)): expected 3.0 (adapter), but"
                    + " found 2.0"),
            new Case(
                List.of(first, new PeftModule.LowRank("1", 1, 2, false, ones, ones, ones)),
                "layer \"1\", numbers of \"b\": expected 2 (adapter), but found 0 (network)"),
            new Case(
                List.of(first, new PeftModule.Whole("1", 2, new float[4], null)),
                "layer \"1\", module: expected \"1\", stored whole (adapter), but found a LoRA"));
    for (Case wrong : cases) {
      PeftAdapter adapter = PeftAdapter.of(wrong.modules());
      assertMessage(wrong.message(), () -> adapter.applyTo(network));
      assertEquals(before, network.params());
    }
    PeftAdapter right = PeftAdapter.of(List.of(first, second));
    assertMessage(
        "layers to name: there is no [3]", () -> right.applyTo(network, Map.of("3", "1")));
    assertEquals(before, network.params());
    right.applyTo(network);
    assertTrue(!before.equals(network.params()));
  }

  @Test
  void aTensorFileOfAnotherNameIsReadWithTheConfigurationBesideIt() throws IOException {
    throughFiles(PeftAdapter.of(List.of(lowRankModule("a", 1, 2))));
    Path peft = folder.resolve("peft");
    Path other = Files.move(peft.resolve(PeftAdapter.TENSORS), peft.resolve("x.safetensors"));
    assertEquals(1, PeftAdapter.read(other).modules().size());
    assertThrows(NoSuchFileException.class, () -> PeftAdapter.read(peft));
    Files.createFile(peft.resolve("adapter_model.bin"));
    assertMessage("a pickle may run any code", () -> PeftAdapter.read(peft));
    Files.delete(peft.resolve(PeftAdapter.CONFIG));
    assertThrows(NoSuchFileException.class, () -> PeftAdapter.read(other));
  }

  @Test
  void configurationIsWhatPeftWrites() throws IOException {
    throughFiles(PeftAdapter.of(List.of(lowRankModule("a", 1, 2))));
    assertEquals(
        """
        {
          "alpha_pattern" : { },
          "auto_mapping" : null,
          "base_model_name_or_path" : null,
          "bias" : "none",
          "fan_in_fan_out" : false,
          "inference_mode" : true,
          "init_lora_weights" : true,
          "lora_alpha" : 2,
          "lora_dropout" : 0.0,
          "modules_to_save" : null,
          "peft_type" : "LORA",
          "r" : 1,
          "rank_pattern" : { },
          "revision" : null,
          "target_modules" : [
            "a"
          ],
          "task_type" : null,
          "use_dora" : false,
          "use_rslora" : false
        }
        """,
        Files.readString(folder.resolve("peft").resolve(PeftAdapter.CONFIG)));
  }

  /** Newer releases of PEFT have fields that nobody here knows, and users have their own values. */
  @Test
  void fieldsThatAreNotKnownSurvive() throws IOException {
    throughFiles(PeftAdapter.of(List.of(lowRankModule("a", 1, 2))));
    Path config = folder.resolve("peft").resolve(PeftAdapter.CONFIG);
    String json = Files.readString(config);
    String theirs =
        json.replace("\"task_type\" : null", "\"task_type\" : \"CAUSAL_LM\"")
            .replace("\"lora_dropout\" : 0.0", "\"lora_dropout\" : 0.05")
            .replace("\"fan_in_fan_out\" : false", "\"fan_in_fan_out\" : true")
            .replace("\"use_rslora\" : false", "\"use_rslora\" : false,\n  \"lora_news\" : { }");
    Files.writeString(config, theirs);
    throughFiles(PeftAdapter.read(folder.resolve("peft")).withBaseModel("base/model"));
    assertEquals(
        theirs.replace(
            "\"base_model_name_or_path\" : null", "\"base_model_name_or_path\" : \"base/model\""),
        Files.readString(config));
  }

  private static List<Reparameterization> lora(int rank, int... cs) {
    List<Reparameterization> methods = new ArrayList<>();
    for (int c : cs) {
      methods.add(new Lora(rank, c, 1, SEEDED));
    }
    return methods;
  }

  private PeftAdapter throughFiles(PeftAdapter adapter) throws IOException {
    Path peft = folder.resolve("peft");
    adapter.write(peft);
    return PeftAdapter.read(peft);
  }

  private static PeftModule.LowRank module(PeftAdapter adapter, String name) {
    return (PeftModule.LowRank)
        adapter.modules().stream().filter(m -> m.name().equals(name)).findFirst().orElseThrow();
  }

  private interface Action {
    void run() throws IOException;
  }

  private static void assertMessage(String part, Action action) {
    String message = assertThrows(RuntimeException.class, action::run).getMessage();
    assertTrue(message.contains(part), message);
  }
}
