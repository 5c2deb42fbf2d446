// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.graph.*;
import org.deeplearning4j.nn.conf.graph.rnn.DuplicateToTimeSeriesVertex;
import org.deeplearning4j.nn.conf.graph.rnn.LastTimeStepVertex;
import org.deeplearning4j.nn.conf.graph.rnn.ReverseTimeSeriesVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.*;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;

/** Graphs as they come: many inputs and outputs, all kinds of vertices, masks, truncation. */
@Tag("slow")
class WrappedGraphsTest {
  private static final int EXAMPLES = 4;
  private static final int STEPS = 6;

  /** A graph and what it takes. */
  private record Case(ComputationGraphConfiguration conf, INDArray[] x, INDArray[] masks) {
    Case(ComputationGraphConfiguration conf, INDArray... x) {
      this(conf, x, null);
    }
  }

  private static final Map<String, Supplier<Case>> CASES = new LinkedHashMap<>();

  static {
    CASES.put("two towers that share layers", WrappedGraphsTest::siamese);
    CASES.put("two inputs and three outputs", WrappedGraphsTest::severalOutputs);
    CASES.put("sequence to sequence", WrappedGraphsTest::sequences);
    CASES.put("masked sentences", WrappedGraphsTest::masked);
    CASES.put("truncated backpropagation", WrappedGraphsTest::truncated);
    CASES.put("inception", WrappedGraphsTest::inception);
    CASES.put("u-net", WrappedGraphsTest::unet);
    CASES.put("an output in the middle", WrappedGraphsTest::middleOutput);
    CASES.put("layers that DL4J froze", WrappedGraphsTest::frozen);
  }

  static Collection<String> cases() {
    return CASES.keySet();
  }

  private static ComputationGraphConfiguration.GraphBuilder builder(String... inputs) {
    return new NeuralNetConfiguration.Builder()
        .seed(3)
        .updater(new Sgd(0.1))
        .activation(Activation.TANH)
        .convolutionMode(ConvolutionMode.Same)
        .graphBuilder()
        .addInputs(inputs);
  }

  private static DenseLayer dense(int out) {
    return new DenseLayer.Builder().nOut(out).build();
  }

  private static OutputLayer out(int out) {
    return new OutputLayer.Builder().nOut(out).activation(Activation.SOFTMAX).build();
  }

  private static RnnOutputLayer steps(int out) {
    return new RnnOutputLayer.Builder().nOut(out).activation(Activation.SOFTMAX).build();
  }

  private static ConvolutionLayer conv(int out, int kernel) {
    return new ConvolutionLayer.Builder(kernel, kernel).nOut(out).build();
  }

  private static INDArray random(long... shape) {
    return Nd4j.rand(DataType.FLOAT, shape).subi(0.5);
  }

  private static Case siamese() {
    return new Case(
        builder("a", "b")
            .addVertex("stack", new StackVertex(), "a", "b")
            .addLayer("shared", dense(6), "stack")
            .addLayer("shared2", dense(5), "shared")
            .addVertex("left", new UnstackVertex(0, 2), "shared2")
            .addVertex("right", new UnstackVertex(1, 2), "shared2")
            .addVertex(
                "product", new ElementWiseVertex(ElementWiseVertex.Op.Product), "left", "right")
            .addVertex(
                "difference", new ElementWiseVertex(ElementWiseVertex.Op.Subtract), "left", "right")
            .addVertex("norm", new L2NormalizeVertex(), "product")
            .addVertex("merge", new MergeVertex(), "norm", "difference", "left")
            .addLayer("out", out(2), "merge")
            .setOutputs("out")
            .setInputTypes(InputType.feedForward(4), InputType.feedForward(4))
            .build(),
        random(EXAMPLES, 4),
        random(EXAMPLES, 4));
  }

  private static Case severalOutputs() {
    return new Case(
        builder("a", "b")
            .addLayer("fa", dense(6), "a")
            .addLayer("fb", dense(6), "b")
            .addVertex("average", new ElementWiseVertex(ElementWiseVertex.Op.Average), "fa", "fb")
            .addVertex("maximum", new ElementWiseVertex(ElementWiseVertex.Op.Max), "fa", "fb")
            .addVertex("subset", new SubsetVertex(1, 3), "average")
            .addVertex("scale", new ScaleVertex(0.5), "maximum")
            .addVertex("shift", new ShiftVertex(0.1), "scale")
            .addVertex("distance", new L2Vertex(), "fa", "fb")
            .addVertex("merge", new MergeVertex(), "shift", "distance")
            .addLayer("one", out(2), "subset")
            .addLayer("two", out(3), "merge")
            .addLayer(
                "three",
                new OutputLayer.Builder(LossFunction.MSE)
                    .nOut(2)
                    .activation(Activation.IDENTITY)
                    .build(),
                "fa")
            .setOutputs("one", "two", "three")
            .setInputTypes(InputType.feedForward(4), InputType.feedForward(5))
            .build(),
        random(EXAMPLES, 4),
        random(EXAMPLES, 5));
  }

  private static Case sequences() {
    return new Case(
        builder("words", "start")
            .addLayer("encoder", new LSTM.Builder().nOut(5).build(), "words")
            .addVertex("thought", new LastTimeStepVertex("words"), "encoder")
            .addVertex("again", new DuplicateToTimeSeriesVertex("start"), "thought")
            .addVertex("reversed", new ReverseTimeSeriesVertex("start"), "start")
            .addVertex("merge", new MergeVertex(), "reversed", "again")
            .addLayer("decoder", new SimpleRnn.Builder().nOut(4).build(), "merge")
            .addLayer("out", steps(3), "decoder")
            .setOutputs("out")
            .setInputTypes(InputType.recurrent(3, STEPS), InputType.recurrent(2, STEPS))
            .build(),
        random(EXAMPLES, 3, STEPS),
        random(EXAMPLES, 2, STEPS));
  }

  private static Case masked() {
    INDArray mask = Nd4j.ones(DataType.FLOAT, EXAMPLES, STEPS);
    mask.putScalar(0, STEPS - 1, 0);
    mask.putScalar(1, STEPS - 1, 0).putScalar(1, STEPS - 2, 0);
    return new Case(
        builder("words")
            .addLayer("both", new Bidirectional(new LSTM.Builder().nOut(4).build()), "words")
            .addLayer("attention", attention(), "both")
            .addLayer("pool", new GlobalPoolingLayer(PoolingType.AVG), "attention")
            .addLayer("maximum", new GlobalPoolingLayer(PoolingType.MAX), "both")
            .addVertex("merge", new MergeVertex(), "pool", "maximum")
            .addLayer("fc", dense(5), "merge")
            .addLayer("out", out(2), "fc")
            .setOutputs("out")
            .setInputTypes(InputType.recurrent(3, STEPS))
            .build(),
        new INDArray[] {random(EXAMPLES, 3, STEPS)},
        new INDArray[] {mask});
  }

  private static SelfAttentionLayer attention() {
    return new SelfAttentionLayer.Builder().nOut(4).nHeads(2).projectInput(true).build();
  }

  private static Case truncated() {
    return new Case(
        builder("words")
            .addLayer("lstm", new LSTM.Builder().nOut(5).build(), "words")
            .addLayer("rnn", new SimpleRnn.Builder().nOut(4).build(), "lstm")
            .addVertex("merge", new MergeVertex(), "lstm", "rnn")
            .addLayer("out", steps(3), "merge")
            .setOutputs("out")
            .backpropType(BackpropType.TruncatedBPTT)
            .tBPTTLength(2)
            .setInputTypes(InputType.recurrent(3, STEPS))
            .build(),
        random(EXAMPLES, 3, STEPS));
  }

  private static Case inception() {
    return new Case(
        builder("image")
            .addLayer("stem", conv(4, 3), "image")
            .addLayer("norm", new BatchNormalization(), "stem")
            .addLayer("one", conv(2, 1), "norm")
            .addLayer("three", conv(3, 3), "norm")
            .addLayer(
                "pool",
                new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX)
                    .kernelSize(3, 3)
                    .stride(1, 1)
                    .build(),
                "norm")
            .addLayer("separable", new SeparableConvolution2D.Builder(3, 3).nOut(3).build(), "pool")
            .addVertex("merge", new MergeVertex(), "one", "three", "separable")
            .addLayer("lrn", new LocalResponseNormalization.Builder().build(), "merge")
            .addLayer("drop", new DropoutLayer(0.5), "lrn")
            .addLayer("global", new GlobalPoolingLayer(PoolingType.AVG), "drop")
            .addLayer("out", out(2), "global")
            .setOutputs("out")
            .setInputTypes(InputType.convolutional(6, 6, 2))
            .build(),
        random(EXAMPLES, 2, 6, 6));
  }

  private static Case unet() {
    return new Case(
        builder("image")
            .addLayer("down1", conv(3, 3), "image")
            .addLayer(
                "pool",
                new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX)
                    .kernelSize(2, 2)
                    .stride(2, 2)
                    .build(),
                "down1")
            .addLayer("down2", conv(4, 3), "pool")
            .addLayer("up", new Upsampling2D.Builder(2).build(), "down2")
            .addLayer(
                "deconvolution",
                new Deconvolution2D.Builder(2, 2).stride(2, 2).nOut(3).build(),
                "down2")
            .addVertex("merge", new MergeVertex(), "down1", "up", "deconvolution")
            .addLayer("last", conv(1, 1), "merge")
            .addLayer(
                "out",
                new CnnLossLayer.Builder(LossFunction.MSE).activation(Activation.SIGMOID).build(),
                "last")
            .setOutputs("out")
            .setInputTypes(InputType.convolutional(6, 6, 2))
            .build(),
        random(EXAMPLES, 2, 6, 6));
  }

  /** An auxiliary classifier, whose layer goes on. */
  private static Case middleOutput() {
    return new Case(
        builder("a")
            .addLayer("f1", dense(6), "a")
            .addLayer("auxiliary", out(2), "f1")
            .addLayer(
                "f2", new DenseLayer.Builder().nOut(5).dropOut(new Dropout(0.8)).build(), "f1")
            .addLayer("f3", new DenseLayer.Builder().nOut(6).hasBias(false).build(), "f2")
            .addVertex("skip", new ElementWiseVertex(ElementWiseVertex.Op.Add), "f1", "f3")
            .addLayer("slope", new PReLULayer.Builder().inputShape(6).build(), "skip")
            .addLayer("center", center(), "slope")
            .setOutputs("auxiliary", "center")
            .setInputTypes(InputType.feedForward(4))
            .build(),
        random(EXAMPLES, 4));
  }

  private static CenterLossOutputLayer center() {
    return new CenterLossOutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build();
  }

  private static Case frozen() {
    return new Case(
        builder("a")
            .addLayer("f1", new FrozenLayer(dense(6)), "a")
            .addLayer("f2", new FrozenLayer(dense(6)), "f1")
            .addVertex("skip", new ElementWiseVertex(ElementWiseVertex.Op.Add), "f1", "f2")
            .addLayer("out", out(2), "skip")
            .setOutputs("out")
            .setInputTypes(InputType.feedForward(4))
            .build(),
        random(EXAMPLES, 4));
  }

  private static INDArray[] outputs(ComputationGraph graph, Case each) {
    return graph.output(false, each.x(), each.masks());
  }

  private static MultiDataSet data(ComputationGraph graph, Case each) {
    INDArray[] outputs = outputs(graph, each);
    INDArray[] labels = new INDArray[outputs.length];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = Nd4j.zeros(DataType.FLOAT, outputs[i].shape());
      for (int k = 0; k < labels[i].tensorsAlongDimension(1); k++) {
        labels[i].tensorAlongDimension(k, 1).putScalar(k % labels[i].size(1), 1);
      }
    }
    return new MultiDataSet(each.x(), labels, each.masks(), null);
  }

  private static ComputationGraph trained(Case each) {
    ComputationGraph graph = new ComputationGraph(each.conf());
    graph.init();
    for (int i = 0; i < 3; i++) {
      graph.fit(data(graph, each));
    }
    return graph;
  }

  /** Everything adapted, and every single layer. */
  @ParameterizedTest
  @MethodSource("cases")
  void startAtTheBaseTrainMergeAndComeBack(String name) throws IOException {
    Nd4j.getRandom().setSeed(1);
    Case each = CASES.get(name).get();
    ComputationGraph base = trained(each);
    INDArray[] expected = outputs(base, each);
    for (String layers : layers(base)) {
      AdapterPlan plan =
          AdapterPlan.builder().adapt(layers, w0 -> Lora.on(w0, 1)).updater(new Sgd(0.1)).build();
      Adapters<ComputationGraph> adapters = Adapters.wrap(base, plan);
      check(each, base, expected, adapters, name + ", " + layers);
      ComputationGraph once = adapters.network();
      AdapterPlan again =
          AdapterPlan.builder().adaptAll(w0 -> Nola.on(w0, 1, 3, 3)).updater(new Sgd(0.1)).build();
      check(
          each, once, outputs(once, each), Adapters.wrap(once, again), name + ", again " + layers);
    }
  }

  private static List<String> layers(ComputationGraph graph) {
    List<String> adaptable =
        List.of(graph.getLayers()).stream()
            .filter(layer -> adaptable(graph, layer.conf().getLayer().getLayerName()))
            .map(layer -> layer.conf().getLayer().getLayerName())
            .toList();
    List<String> all = new java.util.ArrayList<>(adaptable);
    all.add(String.join("|", adaptable));
    return all;
  }

  private static boolean adaptable(ComputationGraph graph, String layer) {
    try {
      Adapters.wrap(graph, AdapterPlan.builder().adapt(layer, w0 -> Lora.on(w0, 1)).build());
      return true;
    } catch (IllegalArgumentException e) {
      assertTrue(e.getMessage().contains("cannot have an adapter"), e.getMessage());
      return false;
    }
  }

  private static void check(
      Case each,
      ComputationGraph base,
      INDArray[] expected,
      Adapters<ComputationGraph> adapters,
      String what)
      throws IOException {
    ComputationGraph graph = adapters.network();
    assertSame(expected, outputs(graph, each), 0, what);
    assertEquals(score(base, each), score(graph, each), 1e-5, what);
    MultiDataSet data = data(base, each);
    for (int i = 0; i < 3; i++) {
      graph.fit(data);
    }
    INDArray[] adapted = outputs(graph, each);
    assertTrue(
        java.util.stream.IntStream.range(0, adapted.length)
            .anyMatch(i -> !adapted[i].equalsWithEps(expected[i], 0)),
        what);
    assertSame(adapted, outputs(adapters.merge(), each), 1e-5, what);
    assertSame(expected, outputs(adapters.unmerge(), each), 0, what);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ModelSerializer.writeModel(graph, bytes, true);
    ComputationGraph read =
        ModelSerializer.restoreComputationGraph(
            new ByteArrayInputStream(bytes.toByteArray()), true);
    assertSame(adapted, outputs(read, each), 0, what);
    assertSame(adapted, outputs(Adapters.wrap(base, adapters.adapter()).network(), each), 0, what);
    for (ComputationGraph resumed : List.of(graph, read)) {
      Nd4j.getRandom().setSeed(9); // the same numbers dropped
      resumed.fit(data);
    }
    assertSame(outputs(graph, each), outputs(read, each), 1e-6, what);
  }

  private static double score(ComputationGraph graph, Case each) {
    return graph.score(data(graph, each), false);
  }

  private static void assertSame(INDArray[] expected, INDArray[] found, double eps, String what) {
    assertEquals(expected.length, found.length, what);
    for (int i = 0; i < expected.length; i++) {
      INDArray one = expected[i];
      INDArray other = found[i];
      assertTrue(
          one.equalsWithEps(other, eps),
          () -> what + ": differ by up to " + one.sub(other).amaxNumber());
    }
  }
}
