// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.basis.Distribution;
import org.nola4j.layers.Bias;
import org.nola4j.layers.Methods;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.Frozen;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.GivenWeights;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;

class AdapterTest {
  private static final Reparameterization NOLA = Nola.scratch(4, 16, 16);

  @TempDir private Path folder;

  static Stream<Reparameterization> methods() {
    return Methods.all();
  }

  @ParameterizedTest
  @MethodSource("methods")
  void savePerturbApplyGivesEqualOutputs(Reparameterization method) throws IOException {
    MultiLayerNetwork network = Networks.perturb(Networks.small(method), 1);
    INDArray before = network.output(Networks.input(12)).dup();
    INDArray parameters = network.params().dup();
    Adapter saved = Adapter.of(network);
    Adapter read = throughFile(saved, Precision.F32);
    assertEquals(saved, read);
    assertEquals(saved.hashCode(), read.hashCode());

    Networks.perturb(network, 2);
    assertFalse(Arrays.equals(bits(before), bits(network.output(Networks.input(12)))));
    assertNotEquals(saved, Adapter.of(network));

    read.applyTo(network);
    assertArrayEquals(bits(parameters), bits(network.params()));
    assertArrayEquals(bits(before), bits(network.output(Networks.input(12))));
  }

  @Test
  void graphWithBatchNormalizationAndOrdinaryHead() throws IOException {
    ComputationGraph graph = Networks.perturb(Networks.graph(false), 1);
    INDArray before = graph.outputSingle(Networks.input(6)).dup();
    Adapter saved = throughFile(Adapter.of(graph), Precision.F32);
    assertEquals(graph.numParams(), saved.size());
    assertEquals(
        List.of("first", "norm", "head"), saved.layers().stream().map(AdapterLayer::name).toList());

    ComputationGraph fresh = Networks.graph(false);
    saved.applyTo(fresh);
    assertArrayEquals(bits(graph.params()), bits(fresh.params()));
    assertArrayEquals(bits(before), bits(fresh.outputSingle(Networks.input(6))));
  }

  @Test
  void halfPrecisionRounds() throws IOException {
    MultiLayerNetwork network = Networks.perturb(Networks.small(NOLA), 1);
    Adapter exact = Adapter.of(network);
    Adapter rounded = throughFile(exact, Precision.F16);
    assertNotEquals(exact, rounded);
    assertEquals(rounded, exact.rounded(Precision.F16));
    assertEquals(exact, exact.rounded(Precision.F32));
    assertArrayEquals(exact.values("0", "alpha"), rounded.values("0", "alpha"), 0x1p-11f);
    assertEquals(rounded, throughFile(rounded, Precision.F16), "a second rounding changes nothing");
    rounded.applyTo(network);
    assertArrayEquals(rounded.values("1", "b"), network.getLayer(1).getParam("b").toFloatVector());
  }

  @Test
  void halfPrecisionRefusesWhatItCannotHold() {
    MultiLayerNetwork network = Networks.small(NOLA);
    network.getLayer(1).getParam("b").putScalar(2, 65520);
    Adapter adapter = Adapter.of(network);
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> adapter.write(folder.resolve("a"), Precision.F16))
            .getMessage();
    assertTrue(message.contains("1.b") && message.contains("65520"), message);
    assertEquals(List.of(), files());
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void sizeIsKnownBeforeWriting(Precision precision) throws IOException {
    for (MultiLayerNetwork network :
        List.of(Networks.mlp(NOLA, Bias.FREE), Networks.small(Pranc.scratch(3)))) {
      Adapter adapter = Adapter.of(network);
      Path file = folder.resolve("a.safetensors");
      adapter.write(file, precision);
      assertEquals(Files.size(file), adapter.bytes(precision));
    }
  }

  @Test
  void filesAreSmall() {
    Adapter mlp = Adapter.of(Networks.mlp(NOLA, Bias.FREE));
    assertEquals(64 + 266, mlp.size());
    long beyond = mlp.bytes(Precision.F32) - 4 * mlp.size();
    assertTrue(beyond <= 1536, () -> beyond + " bytes beyond the numbers");

    Adapter large = Adapter.of(Networks.mlp(Nola.scratch(4, 2500, 2500), Bias.FREE));
    assertEquals(10_000 + 266, large.size());
    double perNumber = (double) large.bytes(Precision.F32) / large.size();
    assertTrue(
        perNumber <= 4.11, // uniform bases take 16 bytes less and reach 4.10
        () -> perNumber + " bytes a number");
  }

  @Test
  void equalAdaptersGiveEqualBytes() throws IOException {
    Path first = folder.resolve("first");
    Path second = folder.resolve("second");
    Adapter adapter = Adapter.of(Networks.perturb(Networks.small(NOLA), 1));
    adapter.write(first, Precision.F32);
    Adapter.read(first).write(second, Precision.F32);
    assertEquals(-1, Files.mismatch(first, second));
  }

  @Test
  void writingReplacesTheFileAndLeavesNothingBeside() throws IOException {
    Path file = folder.resolve("a.safetensors");
    Adapter first = Adapter.of(Networks.perturb(Networks.small(NOLA), 1));
    Adapter second = Adapter.of(Networks.perturb(Networks.small(NOLA), 2));
    first.write(file, Precision.F32);
    second.write(file, Precision.F32);
    assertEquals(second, Adapter.read(file));
    assertEquals(List.of(file), files());
  }

  @Test
  void failureToWriteLeavesNothingBehind() throws IOException {
    Path occupied = Files.createDirectories(folder.resolve("occupied/inner")).getParent();
    Adapter adapter = Adapter.of(Networks.small(NOLA));
    assertThrows(FileSystemException.class, () -> adapter.write(occupied, Precision.F32));
    assertEquals(List.of(occupied), files());
    Path nowhere = folder.resolve("missing/a");
    Exception error =
        assertThrows(NoSuchFileException.class, () -> adapter.write(nowhere, Precision.F32));
    assertEquals(nowhere + ": its folder does not exist; create it", error.getMessage());
    assertThrows(NoSuchFileException.class, () -> Adapter.read(nowhere));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void weightIsWhatTheLayerMultipliesWith(Reparameterization method) {
    MultiLayerNetwork network = Networks.perturb(Networks.small(method), 1);
    INDArray w = Nd4j.createFromArray(Adapter.of(network).weight("0", "W")).reshape(12, 9);
    INDArray x = Networks.input(12);
    INDArray z = x.mmul(w).addiRowVector(network.getLayer(0).getParam("b"));
    INDArray y = Nd4j.math().tanh(z);
    assertTrue(network.feedForwardToLayer(0, x).get(1).equalsWithEps(y, 1e-4));
  }

  @Test
  void layersOfSeveralWeights() throws IOException {
    MultiLayerNetwork network =
        Networks.perturb(Networks.twoWeights(Lora.on(FrozenWeight.seeded(), 2)), 1);
    Adapter adapter = throughFile(Adapter.of(network), Precision.F32);
    assertEquals(
        List.of("fc1.A", "fc1.B", "fc2.A", "fc2.B"),
        List.copyOf(adapter.layers().get(0).shapes().keySet()));
    INDArray fc1 = Nd4j.createFromArray(adapter.weight("0", "fc1")).reshape(6, 8);
    INDArray fc2 = Nd4j.createFromArray(adapter.weight("0", "fc2")).reshape(8, 6);
    INDArray x = Networks.input(6);
    assertTrue(network.output(x).equalsWithEps(x.mmul(fc1).mmul(fc2), 1e-3));
  }

  @Test
  void sharedCoefficientsAreHeldOnce() throws IOException {
    Reparameterization method = Pranc.scratch(5);
    MultiLayerNetwork network = Networks.perturb(Networks.tied(method), 1);
    Adapter adapter = throughFile(Adapter.of(network), Precision.F32);
    assertEquals(Adapter.of(network), adapter);
    assertEquals(5 + 9 + 4, adapter.size());
    assertEquals(List.of("alpha", "b"), List.copyOf(adapter.layers().get(0).shapes().keySet()));
    assertEquals("0", adapter.layers().get(1).tiedTo());
    assertEquals(Map.of(), adapter.layers().get(1).shapes());
    assertEquals(List.of("b"), List.copyOf(adapter.layers().get(2).shapes().keySet()));

    INDArray x = Networks.input(12);
    INDArray first = network.feedForwardToLayer(0, x).get(1).dup();
    INDArray w = Nd4j.createFromArray(adapter.weight("1", "W")).reshape(9, 9);
    assertTrue(
        network
            .feedForwardToLayer(1, x)
            .get(2)
            .equalsWithEps(Nd4j.math().tanh(first.mmul(w)), 1e-5));

    MultiLayerNetwork fresh = Networks.tied(method);
    adapter.applyTo(fresh);
    assertArrayEquals(bits(network.output(x)), bits(fresh.output(x)));
    assertMessage("[alpha, b]", () -> adapter.values("0", "beta"));
    assertMessage("has no parameter \"alpha\", only []", () -> adapter.values("1", "alpha"));
  }

  @Test
  void graphsThatShareCoefficients() throws IOException {
    Reparameterization method = Nola.release2023(2, 3, 4);
    ComputationGraph graph = Networks.perturb(Networks.tiedGraph(method), 1);
    Adapter adapter = throughFile(Adapter.of(graph), Precision.F32);
    assertEquals("first", adapter.layers().get(1).tiedTo());
    ComputationGraph fresh = Networks.tiedGraph(method);
    adapter.applyTo(fresh);
    INDArray x = Networks.input(12);
    assertArrayEquals(bits(graph.outputSingle(x)), bits(fresh.outputSingle(x)));

    String message =
        assertThrows(IllegalArgumentException.class, () -> Adapter.of(frozenUpTo("first", graph)))
            .getMessage();
    assertTrue(message.contains("layer \"second\" takes its coefficients from layer \"first\""));
    assertEquals(0, Adapter.of(frozenUpTo("third", graph)).size());
  }

  @Test
  void refusesNetworksThatShareCoefficientsOtherwise() {
    Reparameterization method = Pranc.scratch(5);
    List<Reparameterization> three = List.of(method, method, method);
    Adapter tied = Adapter.of(Networks.tied(method));
    MultiLayerNetwork apart = Networks.stack(7, 12, Bias.FREE, List.of(9, 9, 4), three);
    assertRefused(tied, apart, "layer \"1\", coefficientsOf: expected 0 (adapter), but found null");
    assertRefused(
        Adapter.of(apart),
        Networks.tied(method),
        "layer \"1\", coefficientsOf: expected null (adapter), but found 0 (network)");
  }

  @Test
  void givenFrozenWeightsAreNamedByTheirSha256() throws IOException {
    float[] values =
        Networks.input(12).mean(0).reshape(12, 1).mmul(Nd4j.ones(1, 9)).data().asFloat();
    Reparameterization method = Nola.on(FrozenWeight.given(values, "trunk.bin"), 2, 3, 3);
    MultiLayerNetwork network = Networks.stack(1, 12, Bias.NONE, List.of(9), List.of(method));
    Adapter adapter = throughFile(Adapter.of(network), Precision.F32);
    assertArrayEquals(values, adapter.weight("0", "W"), "beta starts at zero, so W is W0");

    Reparameterization elsewhere = Nola.on(FrozenWeight.given(values, "copy.bin"), 2, 3, 3);
    adapter.applyTo(Networks.stack(1, 12, Bias.NONE, List.of(9), List.of(elsewhere)));

    values[5] += 1;
    Reparameterization changed = Nola.on(FrozenWeight.given(values), 2, 3, 3);
    assertRefused(
        adapter,
        Networks.stack(1, 12, Bias.NONE, List.of(9), List.of(changed)),
        "layer \"0\", weight \"W\", w0.sha256",
        GivenWeights.sha256(values));
  }

  static Stream<Arguments> otherNetworks() {
    Nola nola = (Nola) NOLA;
    return Stream.of(
        other(
            "layer \"0\", weight \"W\", k: expected 16 (adapter), but found 17",
            n -> Nola.scratch(4, 17, 16)),
        other(
            "layer \"0\", weight \"W\", law: expected \"HADAMARD\"",
            n -> nola.withDistribution(Distribution.SIGN)),
        other("layer \"0\", weight \"W\", c: expected 1.0", n -> nola.withC(2)),
        other("layer \"0\", weight \"W\", anchor", n -> nola.withAnchor(true)),
        other("layer \"0\", weight \"W\", w0.kind", n -> nola.withW0(FrozenWeight.seeded())),
        other("layer \"0\", weight \"W\", method", n -> new Dense()));
  }

  private static Arguments other(String where, UnaryOperator<Reparameterization> change) {
    return Arguments.of(where, change.apply(NOLA));
  }

  @ParameterizedTest
  @MethodSource("otherNetworks")
  void refusesOtherMethods(String where, Reparameterization other) {
    Adapter adapter = Adapter.of(Networks.perturb(Networks.small(NOLA), 1));
    assertRefused(adapter, Networks.small(other), where);
  }

  @Test
  void refusesOtherArchitecturesAndSeeds() {
    Adapter adapter = Adapter.of(Networks.perturb(Networks.small(NOLA), 1));
    List<Reparameterization> two = List.of(NOLA, NOLA);
    assertRefused(
        adapter,
        Networks.stack(8, 12, Bias.FREE, List.of(9, 4), two),
        "layer \"0\", seed: expected " + adapter.layers().get(0).seed());
    assertRefused(
        adapter,
        Networks.stack(7, 12, Bias.FREE, List.of(9, 5), two),
        "layer \"1\", weight \"W\", shape: expected 9 x 4 (adapter), but found 9 x 5 (network)");
    assertRefused(
        adapter,
        Networks.stack(7, 12, Bias.NONE, List.of(9, 4), two),
        "layer \"0\", shape of parameter \"b\": expected [1, 9] (adapter), but found null");
    assertRefused(
        adapter,
        Networks.stack(7, 12, Bias.FREE, List.of(9), List.of(NOLA)),
        "trained layers: expected [0, 1] (adapter), but found [0] (network)");
    assertRefused(
        Adapter.of(Networks.graph(false)),
        Networks.graph(true),
        "layer \"norm\", shape of parameter \"gamma\"");
  }

  @Test
  void refusesOtherFrozenLayers() {
    ComputationGraph graph = Networks.perturb(Networks.graph(false), 1);
    Adapter adapter = Adapter.of(frozenUpTo("norm", graph));
    assertEquals(18, adapter.size());
    adapter.applyTo(frozenUpTo("norm", graph));
    ComputationGraph other = Networks.perturb(Networks.graph(false), 2);
    assertRefused(adapter, frozenUpTo("norm", other), "hash of the frozen layers' parameters");
    assertRefused(adapter, other, "trained layers: expected [head]");
  }

  /** Such as the embedding of a GPT-2 whose blocks are adapted. */
  @Test
  void refusesOtherWeightsOfLayersThatTrainNothing() throws IOException {
    Adapter adapter = Adapter.of(onFrozen(1));
    adapter.applyTo(onFrozen(1));
    String refusal = "hash of the frozen layers' parameters";
    assertRefused(adapter, onFrozen(2), refusal);

    FileEdit file = FileEdit.of(FileEdit.bytes(adapter, Precision.F32, folder));
    String earlier = file.header().replaceFirst(",.{2,3}frozen.{2,3}:.{2,3}[0-9a-f]{32}.{1,2}", "");
    assertNotEquals(file.header(), earlier);
    Path path = Files.write(folder.resolve("a"), new FileEdit(earlier, file.data()).sealed());
    Adapter.read(path).applyTo(onFrozen(1)); // files of earlier releases do not know
    double[] halves = {0.5, 0.5};
    assertEquals(
        Adapter.sum(List.of(adapter, adapter), halves),
        Adapter.sum(List.of(Adapter.read(path), adapter), halves));
    List<Adapter> ofTwoBases = List.of(adapter, Adapter.of(onFrozen(2)));
    assertThrows(AdapterMismatchException.class, () -> Adapter.sum(ofTwoBases, halves));
  }

  private static MultiLayerNetwork onFrozen(int value) {
    float[] values = new float[12 * 9];
    values[5] = value;
    Reparameterization frozen = new Frozen(FrozenWeight.given(values, "words.bin"));
    Reparameterization adapted = Nola.on(FrozenWeight.given(new float[9 * 4], "head.bin"), 2, 3, 3);
    return Networks.stack(1, 12, Bias.NONE, List.of(9, 4), List.of(frozen, adapted));
  }

  private static ComputationGraph frozenUpTo(String vertex, ComputationGraph graph) {
    return new TransferLearning.GraphBuilder(graph).setFeatureExtractor(vertex).build();
  }

  @Test
  void divergedNetworksHaveNoAdapter() {
    MultiLayerNetwork network = Networks.small(NOLA);
    network.getLayer(1).getParam("beta").putScalar(3, Float.NaN);
    String message =
        assertThrows(IllegalArgumentException.class, () -> Adapter.of(network)).getMessage();
    assertTrue(message.contains("\"1.beta\" has NaN at 3"), message);
  }

  @Test
  void valuesAreCopies() {
    MultiLayerNetwork network = Networks.perturb(Networks.small(NOLA), 1);
    Adapter adapter = Adapter.of(network);
    float[] alpha = adapter.values("0", "alpha");
    Networks.perturb(network, 2);
    adapter.values("0", "alpha")[0] = 77;
    assertArrayEquals(alpha, adapter.values("0", "alpha"));
  }

  @Test
  void errorsNameWhatThereIs() {
    Adapter adapter = Adapter.of(Networks.small(NOLA));
    assertMessage("[0, 1]", () -> adapter.values("2", "alpha"));
    assertMessage("[alpha, beta, b]", () -> adapter.values("1", "gamma"));
    assertMessage("[W]", () -> adapter.weight("1", "V"));
    MultiLayerNetwork bare =
        new MultiLayerNetwork(Networks.small(NOLA).getLayerWiseConfigurations());
    assertTrue(
        assertThrows(IllegalStateException.class, () -> Adapter.of(bare))
            .getMessage()
            .contains("init()"));
  }

  private static void assertMessage(String part, Runnable action) {
    String message = assertThrows(IllegalArgumentException.class, action::run).getMessage();
    assertTrue(message.contains(part), message);
  }

  private static void assertRefused(Adapter adapter, MultiLayerNetwork network, String... parts) {
    INDArray before = network.params().dup();
    refusal(() -> adapter.applyTo(network), parts);
    assertArrayEquals(bits(before), bits(network.params()));
  }

  private static void assertRefused(Adapter adapter, ComputationGraph network, String... parts) {
    INDArray before = network.params().dup();
    refusal(() -> adapter.applyTo(network), parts);
    assertArrayEquals(bits(before), bits(network.params()));
  }

  private static void refusal(Runnable apply, String... parts) {
    String message = assertThrows(AdapterMismatchException.class, apply::run).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), message);
    }
  }

  /** INDArray.equals accepts almost equal numbers. */
  private static float[] bits(INDArray array) {
    return array.dup('c').data().asFloat();
  }

  private Adapter throughFile(Adapter adapter, Precision precision) throws IOException {
    Path file = folder.resolve("through.safetensors");
    adapter.write(file, precision);
    Adapter read = Adapter.read(file);
    Files.delete(file);
    return read;
  }

  private List<Path> files() {
    try (Stream<Path> files = Files.list(folder)) {
      return new ArrayList<>(files.toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
