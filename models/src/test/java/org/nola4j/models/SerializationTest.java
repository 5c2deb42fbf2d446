// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.AttentionVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLambdaLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.Frozen;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.HashedNet;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

/** Configurations go to the other machines of Apache Spark by Java's serialization. */
@Tag("slow")
class SerializationTest {
  private static final List<Object> CONFIGURATIONS = new ArrayList<>();

  @BeforeAll
  static void configurations() {
    methods().forEach(CONFIGURATIONS::add);
    methods().map(m -> Mlp.builder().plan(scaled(m)).build().conf()).forEach(CONFIGURATIONS::add);
    ReparameterizationPlan nola = scaled(Nola.on(FrozenWeight.seeded(), 2, 8, 8));
    CONFIGURATIONS.add(ResNet20.builder().plan(nola).updater(new Adam(0.01)).build().conf());
    CONFIGURATIONS.add(ResNet18.builder().imageSize(64).plan(nola).build().conf());
    CONFIGURATIONS.add(transformer().plan(nola).build().conf());
    CONFIGURATIONS.add(encoder().plan(nola.withCoefficientBits(4)).build().conf());
    ReparameterizationPlan tied = nola.with(Gpt2.EMBEDDING, new Dense());
    CONFIGURATIONS.add(
        Gpt2.sized(8, 1).heads(2).vocabularySize(11).maxPositions(6).plan(tied).build().conf());
    CONFIGURATIONS.add(
        Llama.sized(8, 1)
            .heads(2)
            .mlpWidth(12)
            .vocabularySize(11)
            .maxPositions(6)
            .plan(tied)
            .build()
            .conf());
    CONFIGURATIONS.add(wrappedLayers(LeNet.builder().build().init()));
    CONFIGURATIONS.add(wrappedGraph(transformer().build().init()));
    CONFIGURATIONS.add(wrappedGraph(encoder().classes(3).build().init()));
    CONFIGURATIONS.add(wrappedGraph(recurrent()));
  }

  private static Stream<Reparameterization> methods() {
    FrozenWeight seeded = FrozenWeight.seeded();
    return Stream.of(
        Nola.scratch(2, 8, 8),
        Nola.on(seeded, 2, 8, 8),
        Pranc.scratch(9),
        HashedNet.scratch(9),
        Lora.on(seeded, 1),
        new Dense(),
        new Frozen(seeded));
  }

  private static ReparameterizationPlan scaled(Reparameterization method) {
    return ReparameterizationPlan.all(method).withScaledRate();
  }

  private static VisionTransformer.Builder transformer() {
    return VisionTransformer.tiny().imageSize(8).patchSize(4).width(6).depth(1).heads(3).classes(3);
  }

  private static BertEncoder.Builder encoder() {
    return BertEncoder.builder()
        .vocabularySize(11)
        .width(8)
        .blocks(1)
        .heads(2)
        .mlpWidth(12)
        .maxPositions(6);
  }

  /** A graph with a vertex that has parameters. */
  private static ComputationGraph recurrent() {
    ComputationGraph graph =
        new ComputationGraph(
            new NeuralNetConfiguration.Builder()
                .weightInit(WeightInit.XAVIER)
                .graphBuilder()
                .addInputs("in")
                .addLayer("lstm", new LSTM.Builder().nOut(4).build(), "in")
                .addVertex("attention", attention(), "lstm", "lstm", "lstm")
                .addLayer("twice", new Twice(), "attention")
                .addLayer("dense", new DenseLayer.Builder().nOut(4).build(), "twice")
                .addLayer(
                    "out",
                    new RnnOutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build(),
                    "dense")
                .setOutputs("out")
                .setInputTypes(InputType.recurrent(4, 5))
                .build());
    graph.init();
    return graph;
  }

  /** A user's layer. */
  private static final class Twice extends SameDiffLambdaLayer {
    @Override
    public SDVariable defineLayer(SameDiff graph, SDVariable input) {
      return input.mul(2);
    }

    @Override
    public InputType getOutputType(int index, InputType input) {
      return input;
    }
  }

  private static AttentionVertex attention() {
    return new AttentionVertex.Builder()
        .nInKeys(4)
        .nInValues(4)
        .nInQueries(4)
        .nOut(4)
        .nHeads(2)
        .headSize(2)
        .projectInput(true)
        .weightInit(WeightInit.XAVIER)
        .build();
  }

  private static Object wrappedGraph(ComputationGraph trained) {
    return Adapters.wrap(trained, AdapterPlan.nola(2, 8)).network().getConfiguration();
  }

  private static MultiLayerConfiguration wrappedLayers(MultiLayerNetwork trained) {
    return Adapters.wrap(trained, AdapterPlan.nola(2, 8)).network().getLayerWiseConfigurations();
  }

  /** Names the classes of what it writes. */
  private static final class Names extends ObjectOutputStream {
    private final Set<String> names;

    Names(OutputStream out, Set<String> names) throws IOException {
      super(out);
      this.names = names;
    }

    @Override
    protected void annotateClass(Class<?> written) {
      names.add(written.getName());
    }
  }

  private static Object copy(Object original, Set<String> names) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Names out = new Names(bytes, names)) {
      out.writeObject(original);
    }
    return new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
  }

  @Test
  void everyMethodLayerAndVertexIsReadBackEqual() throws Exception {
    Set<String> seen = new TreeSet<>();
    for (Object configuration : CONFIGURATIONS) {
      assertEquals(configuration, copy(configuration, seen));
    }
    Set<String> all =
        new ClassFileImporter()
            .withImportOption(new DoNotIncludeTests()).importPackages("org.nola4j").stream()
                .filter(SerializationTest::isConfiguration)
                .map(JavaClass::getName)
                .collect(Collectors.toCollection(TreeSet::new));
    assertFalse(all.isEmpty());
    all.removeAll(seen);
    assertEquals(Set.of(), all, "add a network with these to the test");
  }

  private static boolean isConfiguration(JavaClass type) {
    return !type.getModifiers().contains(JavaModifier.ABSTRACT)
        && !type.isInterface()
        && Stream.of(Layer.class, GraphVertex.class, Reparameterization.class, FrozenWeight.class)
            .anyMatch(type::isAssignableTo);
  }

  @Test
  void plansTreatNetworksAsBefore() throws Exception {
    ReparameterizationPlan plan =
        ReparameterizationPlan.all(Nola.scratch(2, 8, 8)).with("dense1", Pranc.scratch(9));
    ReparameterizationPlan read = (ReparameterizationPlan) copy(plan, new TreeSet<>());
    assertEquals(Mlp.builder().plan(plan).build().conf(), Mlp.builder().plan(read).build().conf());

    AdapterPlan adapters =
        AdapterPlan.builder()
            .updater("conv.*", new Adam(0.1))
            .adapt(
                "conv1",
                (Function<FrozenWeight, Reparameterization> & Serializable) w0 -> Lora.on(w0, 1))
            .adaptAll(
                (Function<FrozenWeight, Reparameterization> & Serializable)
                    w0 -> Nola.on(w0, 2, 8, 8))
            .build();
    AdapterPlan again = (AdapterPlan) copy(adapters, new TreeSet<>());
    MultiLayerNetwork trained = LeNet.builder().build().init();
    assertEquals(
        Adapters.wrap(trained, adapters).network().getLayerWiseConfigurations(),
        Adapters.wrap(trained, again).network().getLayerWiseConfigurations());
  }
}
