// SPDX-License-Identifier: Apache-2.0
package org.nola4j.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.spark.api.RDDTrainingApproach;
import org.deeplearning4j.spark.api.Repartition;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.deeplearning4j.spark.impl.multilayer.SparkDl4jMultiLayer;
import org.deeplearning4j.spark.impl.paramavg.ParameterAveragingTrainingMaster;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nola4j.layers.FusedBatchNorm;
import org.nola4j.layers.GlobalAverageVertex;
import org.nola4j.layers.NolaConv;
import org.nola4j.layers.NolaDense;
import org.nola4j.models.LeNet;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Nola;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

/** Deeplearning4j's own Spark module trains this library's networks. */
@Tag("slow")
class TrainingMasterTest {
  private static final int WORKERS = 2;
  private static final int STEPS = 2;
  private static final int BATCH = 8;
  private static final int ROUNDS = 2;

  private static MultiLayerNetwork dense() {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(3)
                .updater(new Adam(0.01))
                .list()
                .layer(
                    new NolaDense.Builder()
                        .nOut(32)
                        .activation(Activation.RELU)
                        .reparameterization(Nola.on(FrozenWeight.seeded(), 4, 30, 30))
                        .build())
                .layer(new OutputLayer.Builder().nOut(10).activation(Activation.SOFTMAX).build())
                .setInputType(InputType.feedForward(28 * 28))
                .build());
    network.init();
    return network;
  }

  private static ComputationGraph convolution() {
    ComputationGraph graph =
        new ComputationGraph(
            new NeuralNetConfiguration.Builder()
                .seed(4)
                .updater(new Adam(0.01))
                .graphBuilder()
                .addInputs("in")
                .addLayer(
                    "conv",
                    new NolaConv.Builder(3, 3)
                        .nOut(8)
                        .dataFormat(CNN2DFormat.NHWC)
                        .reparameterization(Nola.scratch(2, 20, 20))
                        .build(),
                    "in")
                .addLayer("norm", new FusedBatchNorm.Builder().relu(true).build(), "conv")
                .addVertex("mean", new GlobalAverageVertex(), "norm")
                .addLayer(
                    "out",
                    new OutputLayer.Builder().nOut(10).activation(Activation.SOFTMAX).build(),
                    "mean")
                .setOutputs("out")
                .setInputTypes(InputType.convolutional(12, 12, 3, CNN2DFormat.NHWC))
                .build());
    graph.init();
    return graph;
  }

  private static MultiLayerNetwork wrapped() {
    MultiLayerNetwork trained = LeNet.builder().seed(5).build().init();
    return Adapters.wrap(trained, AdapterPlan.nola(2, 30)).network();
  }

  private static ParameterAveragingTrainingMaster master() {
    return new ParameterAveragingTrainingMaster.Builder(WORKERS, 1)
        .saveUpdater(true)
        .averagingFrequency(STEPS)
        .batchSizePerWorker(BATCH)
        .workerPrefetchNumBatches(0)
        .rddTrainingApproach(RDDTrainingApproach.Direct)
        .repartionData(Repartition.Never)
        .build();
  }

  /** The batches of each worker in a round. */
  private static List<List<DataSet>> batches(int round, long... shape) {
    Nd4j.getRandom().setSeed(round);
    List<List<DataSet>> all = new ArrayList<>();
    for (int worker = 0; worker < WORKERS; worker++) {
      List<DataSet> own = new ArrayList<>();
      for (int step = 0; step < STEPS; step++) {
        INDArray labels = Nd4j.zeros(BATCH, 10);
        for (int i = 0; i < BATCH; i++) {
          labels.putScalar(i, (i * 3 + worker + step) % 10, 1);
        }
        own.add(new DataSet(Nd4j.randn(shape), labels));
      }
      all.add(own);
    }
    return all;
  }

  private static JavaRDD<DataSet> rdd(JavaSparkContext context, List<List<DataSet>> batches) {
    return context.parallelize(batches, WORKERS).flatMap(List::iterator);
  }

  private static INDArray mean(Stream<INDArray> arrays) {
    List<INDArray> all = arrays.toList();
    INDArray sum = all.get(0).dup();
    all.subList(1, all.size()).forEach(sum::addi);
    return sum.divi(all.size());
  }

  private static void assertEqualBits(INDArray expected, INDArray found) {
    assertArrayEquals(expected.dup().data().asFloat(), found.dup().data().asFloat(), 0);
  }

  private static void assertAverages(JavaSparkContext context, MultiLayerNetwork network) {
    SparkBase.share(context, network);
    SparkDl4jMultiLayer spark = new SparkDl4jMultiLayer(context, network, master());
    for (int round = 0; round < ROUNDS; round++) {
      List<List<DataSet>> batches = batches(round, BATCH, 28 * 28);
      List<MultiLayerNetwork> copies = new ArrayList<>();
      for (List<DataSet> own : batches) {
        MultiLayerNetwork copy = spark.getNetwork().clone();
        own.forEach(copy::fit);
        copies.add(copy);
      }
      spark.fit(rdd(context, batches));
      MultiLayerNetwork trained = spark.getNetwork();
      assertEqualBits(mean(copies.stream().map(MultiLayerNetwork::params)), trained.params());
      assertEqualBits(
          mean(copies.stream().map(c -> c.getUpdater().getStateViewArray())),
          trained.getUpdater().getStateViewArray());
    }
  }

  private static void assertAverages(JavaSparkContext context, ComputationGraph network) {
    SparkComputationGraph spark = new SparkComputationGraph(context, network, master());
    for (int round = 0; round < ROUNDS; round++) {
      List<List<DataSet>> batches = batches(round, BATCH, 12, 12, 3);
      List<ComputationGraph> copies = new ArrayList<>();
      for (List<DataSet> own : batches) {
        ComputationGraph copy = spark.getNetwork().clone();
        own.forEach(copy::fit);
        copies.add(copy);
      }
      spark.fit(rdd(context, batches));
      assertEqualBits(
          mean(copies.stream().map(ComputationGraph::params)), spark.getNetwork().params());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"local[2]", "local-cluster[2,1,1024]"})
  void parametersAreTheAverageOfCopiesTrainedByHand(String master) {
    try (JavaSparkContext context = Sessions.start(master)) {
      assertAverages(context, dense());
      assertAverages(context, convolution());
      MultiLayerNetwork wrapped = wrapped();
      if (!context.isLocal()) {
        String missing =
            assertThrows(IllegalStateException.class, () -> SparkBase.check(context, wrapped))
                .getMessage();
        assertTrue(
            missing.matches(
                "executor [01] on \\S+ lacks the pretrained weight .*: call SparkBase.share.*"),
            missing);
      }
      assertAverages(context, wrapped);
    }
  }
}
