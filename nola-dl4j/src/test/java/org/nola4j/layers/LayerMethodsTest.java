// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.CacheMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.VertexIndices;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.deeplearning4j.optimize.listeners.ScoreIterationListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;

/**
 * Every method that DL4J may call on this library's runtime layers and vertices, with its effect. A
 * method of DL4J's interfaces without an entry fails, and so does an entry without a method.
 */
@SuppressWarnings("deprecation") // fit() is, and is refused
class LayerMethodsTest {
  private static final LayerWorkspaceMgr NONE = LayerWorkspaceMgr.noWorkspaces();

  /** A method's check, on a layer with an input, in a network that was trained for a step. */
  private interface Check<T> {
    void on(T subject);
  }

  // ------------------------------------------------------------------------------------- layers

  private static final Map<String, Check<Layer>> LAYER = new TreeMap<>();

  private static INDArray x() {
    return Nd4j.linspace(-1, 1, 12).castTo(DataType.FLOAT).reshape(3, 4);
  }

  private static INDArray epsilon() {
    return Nd4j.linspace(1, 2, 15).castTo(DataType.FLOAT).reshape(3, 5);
  }

  private static Check<Layer> refuses(Check<Layer> call) {
    return layer -> assertThrows(UnsupportedOperationException.class, () -> call.on(layer));
  }

  static {
    // passes
    LAYER.put(
        "activate(boolean,LayerWorkspaceMgr)",
        layer -> assertArrayEquals(new long[] {3, 5}, layer.activate(false, NONE).shape()));
    LAYER.put(
        "activate(INDArray,boolean,LayerWorkspaceMgr)",
        layer -> assertEquals(layer.activate(false, NONE), layer.activate(x(), false, NONE)));
    LAYER.put(
        "backpropGradient(INDArray,LayerWorkspaceMgr)",
        layer -> {
          layer.activate(true, NONE);
          var result = layer.backpropGradient(epsilon(), NONE);
          assertArrayEquals(new long[] {3, 4}, result.getSecond().shape());
          assertEquals(
              layer.paramTable().keySet(), result.getFirst().gradientForVariable().keySet());
        });
    LAYER.put(
        "setInput(INDArray,LayerWorkspaceMgr)",
        layer -> {
          layer.setInput(x().castTo(DataType.DOUBLE), NONE);
          assertEquals(DataType.FLOAT, layer.input().dataType());
        });
    LAYER.put("input()", layer -> assertEquals(x(), layer.input()));
    LAYER.put("batchSize()", layer -> assertEquals(3, layer.batchSize()));
    LAYER.put("getInputMiniBatchSize()", layer -> assertEquals(3, layer.getInputMiniBatchSize()));
    LAYER.put(
        "setInputMiniBatchSize(int)",
        layer -> {
          layer.setInputMiniBatchSize(7); // of recurrent layers; the input says it here
          assertEquals(3, layer.getInputMiniBatchSize());
        });
    LAYER.put(
        "allowInputModification(boolean)",
        layer -> {
          INDArray input = x();
          layer.allowInputModification(true);
          layer.activate(input, true, NONE);
          assertEquals(x(), input);
        });
    LAYER.put(
        "clear()",
        layer -> {
          layer.setMaskArray(Nd4j.ones(3, 1));
          layer.clear();
          assertNull(layer.input());
          assertNull(layer.getMaskArray());
        });

    // masks
    LAYER.put(
        "setMaskArray(INDArray)",
        layer -> {
          layer.setMaskArray(Nd4j.createFromArray(1f, 0f, 1f).reshape(3, 1));
          INDArray masked = layer.activate(false, NONE);
          assertEquals(0, masked.getRow(1).norm1Number().doubleValue());
          assertNotEquals(0, masked.getRow(2).norm1Number().doubleValue());
          layer.activate(true, NONE);
          INDArray below = layer.backpropGradient(epsilon(), NONE).getSecond();
          assertEquals(0, below.getRow(1).norm1Number().doubleValue());
        });
    LAYER.put(
        "getMaskArray()",
        layer -> {
          INDArray mask = Nd4j.ones(3, 1);
          layer.setMaskArray(mask);
          assertSame(mask, layer.getMaskArray());
        });
    LAYER.put(
        "feedForwardMaskArray(INDArray,MaskState,int)",
        layer -> {
          INDArray mask = Nd4j.ones(3, 1);
          var above = layer.feedForwardMaskArray(mask, MaskState.Active, 3);
          assertSame(mask, above.getFirst());
          assertEquals(MaskState.Active, above.getSecond());
          assertSame(mask, layer.getMaskArray());
        });

    // parameters
    LAYER.put("params()", layer -> assertEquals(16 + 16 + 5, layer.params().length()));
    LAYER.put("numParams()", layer -> assertEquals(37, layer.numParams()));
    LAYER.put("numParams(boolean)", layer -> assertEquals(37, layer.numParams(true)));
    LAYER.put(
        "setParams(INDArray)",
        layer -> {
          layer.setParams(Nd4j.arange(37).castTo(DataType.FLOAT));
          assertEquals(16, layer.getParam("beta").getDouble(0));
          assertThrows(IllegalArgumentException.class, () -> layer.setParams(Nd4j.ones(36)));
          assertThrows(IllegalArgumentException.class, () -> layer.setParams(null));
        });
    LAYER.put(
        "getParam(String)",
        layer -> {
          assertArrayEquals(new long[] {1, 16}, layer.getParam("alpha").shape());
          assertNull(layer.getParam("W"));
        });
    LAYER.put(
        "setParam(String,INDArray)",
        layer -> {
          INDArray before = layer.activate(false, NONE).dup();
          layer.setParam("b", Nd4j.ones(1, 5));
          assertEquals(
              Nd4j.ones(1, 5),
              layer
                  .params()
                  .reshape(1, 37)
                  .get(
                      org.nd4j.linalg.indexing.NDArrayIndex.all(),
                      org.nd4j.linalg.indexing.NDArrayIndex.interval(32, 37)));
          assertNotEquals(before, layer.activate(false, NONE));
          assertThrows(IllegalArgumentException.class, () -> layer.setParam("W", Nd4j.ones(1, 5)));
          assertThrows(IllegalArgumentException.class, () -> layer.setParam("b", Nd4j.ones(1, 4)));
        });
    LAYER.put(
        "paramTable()",
        layer ->
            assertEquals(List.of("alpha", "beta", "b"), List.copyOf(layer.paramTable().keySet())));
    LAYER.put(
        "paramTable(boolean)", layer -> assertEquals(layer.paramTable(), layer.paramTable(true)));
    LAYER.put(
        "setParamTable(Map)",
        layer -> {
          layer.setParamTable(Map.of("b", Nd4j.ones(1, 5)));
          assertEquals(5, layer.params().reshape(37).getDouble(36) * 5);
        });
    LAYER.put(
        "setParamsViewArray(INDArray)",
        layer -> {
          INDArray view = layer.params();
          layer.setParamsViewArray(view);
          assertSame(view, layer.params());
        });
    LAYER.put(
        "getGradientsViewArray()",
        layer -> assertEquals(37, layer.getGradientsViewArray().length()));
    LAYER.put(
        "setBackpropGradientsViewArray(INDArray)",
        layer -> {
          INDArray view = Nd4j.zeros(1, 37);
          layer.setBackpropGradientsViewArray(view);
          layer.activate(true, NONE);
          layer.backpropGradient(epsilon(), NONE);
          layer.getGradientsViewArray();
          assertNotEquals(0, view.norm1Number().doubleValue());
          assertThrows(
              IllegalArgumentException.class,
              () -> layer.setBackpropGradientsViewArray(Nd4j.zeros(1, 36)));
        });
    LAYER.put(
        "applyConstraints(int,int)",
        layer -> {
          layer.setParam("b", Nd4j.ones(1, 5));
          layer.applyConstraints(0, 0);
          assertEquals(0.1, layer.getParam("b").norm2Number().doubleValue(), 1e-5);
        });
    LAYER.put(
        "calcRegularizationScore(boolean)",
        layer -> {
          double alpha = layer.getParam("alpha").norm2Number().doubleValue();
          double beta = layer.getParam("beta").norm2Number().doubleValue();
          assertEquals(
              0.5 * 0.1 * (alpha * alpha + beta * beta), layer.calcRegularizationScore(true), 1e-6);
        });
    LAYER.put(
        "updaterDivideByMinibatch(String)",
        layer -> assertTrue(layer.updaterDivideByMinibatch("alpha")));
    LAYER.put(
        "clearNoiseWeightParams()",
        layer -> { // there is no weight noise
          INDArray before = layer.activate(false, NONE).dup();
          layer.clearNoiseWeightParams();
          assertEquals(before, layer.activate(false, NONE));
        });

    // what a layer is
    LAYER.put("type()", layer -> assertEquals(Layer.Type.FEED_FORWARD, layer.type()));
    LAYER.put("conf()", layer -> assertTrue(layer.conf().getLayer() instanceof NolaDense));
    LAYER.put(
        "setConf(NeuralNetConfiguration)",
        layer -> {
          NeuralNetConfiguration conf = layer.conf().clone();
          layer.setConf(conf);
          assertSame(conf, layer.conf());
        });
    LAYER.put("getConfig()", layer -> assertSame(layer.conf().getLayer(), layer.getConfig()));
    LAYER.put("isPretrainLayer()", layer -> assertFalse(layer.isPretrainLayer()));
    LAYER.put("getHelper()", layer -> assertNull(layer.getHelper())); // none of DL4J's
    LAYER.put("getIndex()", layer -> assertEquals(0, layer.getIndex()));
    LAYER.put(
        "setIndex(int)",
        layer -> {
          layer.setIndex(4);
          assertEquals(4, layer.getIndex());
        });
    LAYER.put(
        "setIterationCount(int)",
        layer -> {
          layer.setIterationCount(9);
          assertEquals(9, layer.getIterationCount());
        });
    LAYER.put("getIterationCount()", layer -> assertTrue(layer.getIterationCount() >= 0));
    LAYER.put(
        "setEpochCount(int)",
        layer -> {
          layer.setEpochCount(9);
          assertEquals(9, layer.getEpochCount());
        });
    LAYER.put("getEpochCount()", layer -> assertTrue(layer.getEpochCount() >= 0));
    LAYER.put(
        "setCacheMode(CacheMode)",
        layer -> { // nothing is cached
          INDArray before = layer.activate(false, NONE).dup();
          layer.setCacheMode(CacheMode.DEVICE);
          assertEquals(before, layer.activate(false, NONE));
        });
    LAYER.put(
        "setListeners(TrainingListener[])",
        layer -> {
          TrainingListener listener = new ScoreIterationListener(1);
          layer.setListeners(listener);
          assertEquals(List.of(listener), List.copyOf(layer.getListeners()));
        });
    LAYER.put(
        "setListeners(Collection)",
        layer -> {
          layer.setListeners(List.of());
          assertTrue(layer.getListeners().isEmpty());
        });
    LAYER.put(
        "addListeners(TrainingListener[])",
        layer -> {
          layer.setListeners(new java.util.ArrayList<>());
          layer.addListeners(new ScoreIterationListener(1));
          assertEquals(1, layer.getListeners().size());
        });
    LAYER.put("getListeners()", layer -> assertNotNull(layer.getListeners()));
    LAYER.put(
        "init()",
        layer -> { // parameters are there already
          INDArray before = layer.params().dup();
          layer.init();
          assertEquals(before, layer.params());
        });
    LAYER.put(
        "close()",
        layer -> { // arrays are the network's or garbage collected
          layer.close();
          assertNotNull(layer.activate(false, NONE));
        });

    // a hidden layer is trained as part of a network only; DL4J's AbstractLayer refuses these
    LAYER.put("fit()", refuses(Layer::fit));
    LAYER.put("fit(INDArray,LayerWorkspaceMgr)", refuses(layer -> layer.fit(x(), NONE)));
    LAYER.put("update(Gradient)", refuses(layer -> layer.update(null)));
    LAYER.put("update(INDArray,String)", refuses(layer -> layer.update(x(), "alpha")));
    LAYER.put("gradient()", refuses(Layer::gradient));
    LAYER.put("score()", refuses(Layer::score));
    LAYER.put("gradientAndScore()", refuses(Layer::gradientAndScore));
    LAYER.put(
        "computeGradientAndScore(LayerWorkspaceMgr)",
        refuses(layer -> layer.computeGradientAndScore(NONE)));
    LAYER.put("getOptimizer()", refuses(Layer::getOptimizer));
  }

  static Set<String> layerMethods() {
    return signatures(Layer.class);
  }

  static Set<String> vertexMethods() {
    return signatures(GraphVertex.class);
  }

  private static Set<String> signatures(Class<?> type) {
    return Arrays.stream(type.getMethods())
        .filter(method -> !Modifier.isStatic(method.getModifiers()))
        .map(LayerMethodsTest::signature)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String signature(Method method) {
    return Stream.of(method.getParameterTypes())
        .map(Class::getSimpleName)
        .collect(Collectors.joining(",", method.getName() + "(", ")"));
  }

  @Test
  void everyMethodHasAnEntry() {
    assertEquals(layerMethods(), LAYER.keySet());
    assertEquals(vertexMethods(), VERTEX.keySet());
  }

  @ParameterizedTest
  @MethodSource("layerMethods")
  void layerDoes(String method) {
    Layer layer = layer();
    LAYER.get(method).on(layer);
  }

  private static Layer layer() {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(3)
                .updater(new Sgd(0.1))
                .l2(0.1)
                .activation(Activation.TANH)
                .list()
                .layer(
                    new NolaDense.Builder()
                        .nOut(5)
                        .constrainBias(new MaxNormConstraint(0.1, 1))
                        .build())
                .layer(new OutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build())
                .setInputType(InputType.feedForward(4))
                .build());
    network.init();
    network.fit(x(), Nd4j.eye(3));
    Layer layer = network.getLayer(0);
    layer.setInput(x(), NONE);
    return layer;
  }

  // ----------------------------------------------------------------------------------- vertices

  private static final Map<String, Check<GraphVertex>> VERTEX = new TreeMap<>();

  private static INDArray images() {
    return Nd4j.linspace(-1, 1, 36).castTo(DataType.FLOAT).reshape(2, 3, 3, 2);
  }

  static {
    VERTEX.put("getVertexName()", v -> assertEquals("mean", v.getVertexName()));
    VERTEX.put("getVertexIndex()", v -> assertTrue(v.getVertexIndex() > 0));
    VERTEX.put("getNumInputArrays()", v -> assertEquals(1, v.getNumInputArrays()));
    VERTEX.put("getNumOutputConnections()", v -> assertEquals(1, v.getNumOutputConnections()));
    VERTEX.put("getInputVertices()", v -> assertEquals(1, v.getInputVertices().length));
    VERTEX.put("getOutputVertices()", v -> assertEquals(1, v.getOutputVertices().length));
    VERTEX.put(
        "setInputVertices(VertexIndices[])",
        v -> {
          VertexIndices[] indices = {new VertexIndices(0, 0)};
          v.setInputVertices(indices);
          assertSame(indices, v.getInputVertices());
        });
    VERTEX.put(
        "setOutputVertices(VertexIndices[])",
        v -> {
          VertexIndices[] indices = {new VertexIndices(2, 0)};
          v.setOutputVertices(indices);
          assertSame(indices, v.getOutputVertices());
        });
    VERTEX.put("hasLayer()", v -> assertFalse(v.hasLayer()));
    VERTEX.put("getLayer()", v -> assertNull(v.getLayer()));
    VERTEX.put("isInputVertex()", v -> assertFalse(v.isInputVertex()));
    VERTEX.put("isOutputVertex()", v -> assertFalse(v.isOutputVertex()));
    VERTEX.put(
        "setOutputVertex(boolean)",
        v -> {
          v.setOutputVertex(true);
          assertTrue(v.isOutputVertex());
        });
    VERTEX.put(
        "setInput(int,INDArray,LayerWorkspaceMgr)",
        v -> {
          v.setInput(0, images().castTo(DataType.DOUBLE), NONE);
          assertEquals(DataType.FLOAT, v.getInputs()[0].dataType());
          assertThrows(IllegalArgumentException.class, () -> v.setInput(1, images(), NONE));
        });
    VERTEX.put("getInputs()", v -> assertEquals(images(), v.getInputs()[0]));
    VERTEX.put(
        "setInputs(INDArray[])",
        v -> {
          v.setInputs(images().add(1));
          assertEquals(images().add(1), v.getInputs()[0]);
        });
    VERTEX.put("setEpsilon(INDArray)", v -> assertTrue(v.canDoBackward()));
    VERTEX.put("getEpsilon()", v -> assertEquals(Nd4j.ones(2, 2), v.getEpsilon()));
    VERTEX.put("canDoForward()", v -> assertTrue(v.canDoForward()));
    VERTEX.put("canDoBackward()", v -> assertTrue(v.canDoBackward()));
    VERTEX.put(
        "clear()",
        v -> {
          v.clear();
          assertFalse(v.canDoForward());
          assertThrows(IllegalStateException.class, () -> v.doForward(false, NONE));
        });
    VERTEX.put(
        "clearVertex()",
        v -> {
          v.clearVertex();
          assertFalse(v.canDoBackward());
          assertThrows(IllegalStateException.class, () -> v.doBackward(false, NONE));
        });
    VERTEX.put(
        "doForward(boolean,LayerWorkspaceMgr)",
        v -> assertEquals(images().mean(1, 2), v.doForward(true, NONE)));
    VERTEX.put(
        "doBackward(boolean,LayerWorkspaceMgr)",
        v -> {
          v.doForward(true, NONE);
          INDArray below = v.doBackward(false, NONE).getSecond()[0];
          assertTrue(
              Nd4j.valueArrayOf(new long[] {2, 3, 3, 2}, 1.0 / 9, DataType.FLOAT)
                  .equalsWithEps(below, 1e-6));
        });
    VERTEX.put(
        "setBackpropGradientsViewArray(INDArray)",
        v -> {
          v.setBackpropGradientsViewArray(null);
          assertThrows(
              IllegalStateException.class, () -> v.setBackpropGradientsViewArray(Nd4j.ones(1)));
        });
    VERTEX.put(
        "feedForwardMaskArrays(INDArray[],MaskState,int)",
        v -> {
          assertNull(v.feedForwardMaskArrays(null, MaskState.Active, 2).getFirst());
          assertNull(
              v.feedForwardMaskArrays(new INDArray[] {null}, MaskState.Active, 2).getFirst());
          String message =
              assertThrows(
                      UnsupportedOperationException.class,
                      () ->
                          v.feedForwardMaskArrays(
                              new INDArray[] {Nd4j.ones(2, 1)}, MaskState.Active, 2))
                  .getMessage();
          assertTrue(message.contains("\"mean\""), message);
        });
    VERTEX.put(
        "setLayerAsFrozen()",
        v -> assertThrows(IllegalArgumentException.class, v::setLayerAsFrozen)); // it is none
    VERTEX.put("paramTable(boolean)", v -> assertEquals(Map.of(), v.paramTable(true)));
    VERTEX.put("numParams()", v -> assertEquals(0, v.numParams()));
    VERTEX.put("params()", v -> assertNull(v.params()));
    VERTEX.put("getConfig()", v -> assertNull(v.getConfig()));
    VERTEX.put("getGradientsViewArray()", v -> assertNull(v.getGradientsViewArray()));
    VERTEX.put(
        "updaterDivideByMinibatch(String)", v -> assertTrue(v.updaterDivideByMinibatch("none")));
  }

  @ParameterizedTest
  @MethodSource("vertexMethods")
  void vertexDoes(String method) {
    ComputationGraph graph =
        new ComputationGraph(
            new NeuralNetConfiguration.Builder()
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.convolutional(3, 3, 2, CNN2DFormat.NHWC))
                .addVertex("mean", new GlobalAverageVertex(), "in")
                .addLayer(
                    "out",
                    new OutputLayer.Builder().nOut(2).activation(Activation.SOFTMAX).build(),
                    "mean")
                .setOutputs("out")
                .build());
    graph.init();
    GraphVertex vertex = graph.getVertex("mean");
    vertex.setInput(0, images(), NONE);
    vertex.setEpsilon(Nd4j.ones(2, 2));
    VERTEX.get(method).on(vertex);
  }
}
