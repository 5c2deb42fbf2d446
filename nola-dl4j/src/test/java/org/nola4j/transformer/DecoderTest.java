// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.Nola;
import org.nola4j.transfer.AdapterBank;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

/** Causal blocks with a language model's head, in float32. */
class DecoderTest {
  private static final DataType FLOAT = DataType.FLOAT;

  @Test
  void laterTokensDoNotMatter() {
    ComputationGraph graph = SmallDecoder.dense().graph(FLOAT);
    INDArray ids = SmallDecoder.ids(FLOAT);
    INDArray before = SmallDecoder.output(graph, ids, null);
    INDArray after = SmallDecoder.output(graph, ids.dup().putScalar(2, 3, 5), null);
    for (int token = 0; token < 5; token++) {
      boolean same =
          before.slice(2).getRow(token).equalsWithEps(after.slice(2).getRow(token), 1e-6);
      assertEquals(token < 3, same, "token " + token);
    }
  }

  @Test
  void eachTextGetsItsOwnLogits() {
    ComputationGraph graph = SmallDecoder.dense().graph(FLOAT);
    INDArray batch = SmallDecoder.output(graph, SmallDecoder.ids(FLOAT), SmallDecoder.mask(FLOAT));
    for (int text = 0; text < SmallDecoder.BATCH; text++) {
      INDArray alone = SmallDecoder.output(graph, SmallDecoder.alone(FLOAT, text), null).slice(0);
      for (int token = 0; token < SmallDecoder.length(text); token++) {
        INDArray expected = alone.getRow(token);
        assertTrue(expected.equalsWithEps(batch.slice(text).getRow(token), 1e-5));
      }
    }
  }

  /** From the network's logits, by the definition of the loss. */
  private static double expected(INDArray logits, INDArray labels, INDArray mask, double e) {
    double sum = 0;
    int count = 0;
    for (int text = 0; text < logits.size(0); text++) {
      for (int token = 0; token < logits.size(1); token++) {
        if (mask == null || mask.getDouble(text, token) == 1) {
          double[] z = logits.slice(text).getRow(token).toDoubleVector();
          double total = 0;
          double mean = 0;
          for (double each : z) {
            total += Math.exp(each);
            mean += each / z.length;
          }
          double label = z[labels.getInt(text, token)];
          sum += Math.log(total) - (1 - e) * label - e * mean;
          count++;
        }
      }
    }
    return sum / count;
  }

  @ParameterizedTest
  @CsvSource({"true, 0.1", "false, 0.1", "true, 0"})
  void scoresAreCrossEntropies(boolean tied, double smoothing) {
    ComputationGraph graph = new SmallDecoder(new Dense(), tied, smoothing).graph(FLOAT);
    INDArray ids = SmallDecoder.ids(FLOAT);
    INDArray labels = SmallDecoder.labels(FLOAT);
    INDArray mask = SmallDecoder.mask(FLOAT);
    INDArray labelMask = SmallDecoder.labelMask(FLOAT);
    INDArray logits = SmallDecoder.output(graph, ids, mask).dup();
    double loss = expected(logits, labels, labelMask, smoothing);
    assertEquals(loss, graph.score(SmallDecoder.data(FLOAT)), 1e-5);
    graph.setInputs(ids);
    graph.setLabels(labels.reshape(SmallDecoder.BATCH, 1, 5));
    graph.setLayerMaskArrays(new INDArray[] {mask}, new INDArray[] {labelMask});
    graph.computeGradientAndScore();
    assertEquals(loss, graph.score(), 1e-5);
    double allOwn = expected(logits, labels, mask, smoothing);
    assertEquals(allOwn, graph.score(new DataSet(ids, labels, mask, null)), 1e-5);
    graph.setInputs(ids);
    graph.setLabels(labels);
    graph.setLayerMaskArrays(new INDArray[] {mask}, null);
    graph.computeGradientAndScore();
    assertEquals(allOwn, graph.score(), 1e-5);
  }

  @Test
  void scoresOfExamples() {
    ComputationGraph graph = SmallDecoder.dense().graph(FLOAT);
    INDArray scores = graph.scoreExamples(SmallDecoder.data(FLOAT), false);
    for (int text = 0; text < SmallDecoder.BATCH; text++) {
      INDArray ids = SmallDecoder.alone(FLOAT, text);
      INDArray mask = Nd4j.ones(FLOAT, ids.shape()).putScalar(0, 0, 0);
      DataSet alone = new DataSet(ids, SmallDecoder.labelsAlone(FLOAT, text), null, mask);
      assertEquals(graph.score(alone), scores.getDouble(text, 0), 1e-5);
    }
  }

  /** A label's probability may vanish in float32. */
  @Test
  void scoresOfImpossibleLabels() {
    ComputationGraph graph = new SmallDecoder(new Dense(), false, 0).graph(FLOAT);
    graph.getParam("head_W").muli(500);
    INDArray ids = SmallDecoder.ids(FLOAT);
    INDArray labels = SmallDecoder.labels(FLOAT);
    INDArray logits = SmallDecoder.output(graph, ids, null).castTo(DataType.DOUBLE);
    double maximum = logits.maxNumber().doubleValue();
    assertTrue(maximum - logits.minNumber().doubleValue() > 300);
    double loss = expected(logits.subi(maximum / 2), labels, null, 0);
    assertEquals(loss, graph.score(new DataSet(ids, labels)), 1e-4 * loss);
  }

  @Test
  void trainsWithoutPaddingsInfluence() {
    ComputationGraph graph = SmallDecoder.dense().graph(FLOAT);
    ComputationGraph other = SmallDecoder.dense().graph(FLOAT);
    DataSet data = SmallDecoder.data(FLOAT);
    double before = graph.score(data);
    for (int i = 0; i < 30; i++) {
      graph.fit(data);
    }
    DataSet padded = SmallDecoder.data(FLOAT);
    padded.getFeatures().putScalar(0, 4, 6);
    padded.getLabels().putScalar(0, 0, 5).putScalar(1, 4, 99);
    for (int i = 0; i < 30; i++) {
      other.fit(padded);
    }
    assertTrue(graph.params().equalsWithEps(other.params(), 1e-5));
    assertTrue(graph.score(data) < before - 0.1, before + " " + graph.score(data));
  }

  @Test
  void aTiedHeadHasNoParametersOfItsOwn() {
    ComputationGraph tied = SmallDecoder.dense().graph(FLOAT);
    ComputationGraph untied = new SmallDecoder(new Dense(), false, 0.1).graph(FLOAT);
    int matrix = SmallDecoder.WORDS * SmallDecoder.WIDTH;
    assertEquals(0, tied.getLayer("head").numParams());
    assertEquals(untied.numParams() - matrix, tied.numParams());
    tied.getParam("embed_W").assign(0);
    INDArray logits = SmallDecoder.output(tied, SmallDecoder.ids(FLOAT), null);
    assertEquals(0, logits.norm1Number().doubleValue());
  }

  /** Embedding and head stay one array, outputs the same bits, and padding without influence. */
  @Test
  void adaptersOverATrainedDecoder() {
    ComputationGraph base = SmallDecoder.dense().graph(FLOAT);
    AdapterPlan plan =
        AdapterPlan.builder()
            .adapt("block.\\.[qv]", w0 -> Nola.on(w0, 2, 11, 7))
            .updater(new Adam(0.1))
            .build();
    Adapters<ComputationGraph> adapters = Adapters.wrap(base, plan);
    ComputationGraph network = adapters.network();
    assertEquals(4 * 18, network.numParams());
    INDArray ids = SmallDecoder.ids(FLOAT);
    INDArray mask = SmallDecoder.mask(FLOAT);
    assertEquals(SmallDecoder.output(base, ids, mask), SmallDecoder.output(network, ids, mask));
    DataSet data = SmallDecoder.data(FLOAT);
    double before = network.score(data);
    for (int i = 0; i < 30; i++) {
      network.fit(data);
    }
    assertTrue(network.score(data) < before - 0.05, before + " " + network.score(data));
    ComputationGraph merged = adapters.merge();
    assertEquals(base.getConfiguration(), merged.getConfiguration());
    assertTrue(
        SmallDecoder.output(network, ids, mask)
            .equalsWithEps(SmallDecoder.output(merged, ids, mask), 1e-5));
    assertEquals(base.getParam("embed_W"), merged.getParam("embed_W"));
    assertEquals(base.params(), adapters.unmerge().params());
    ComputationGraph again = Adapters.wrap(base, adapters.adapter()).network();
    assertEquals(SmallDecoder.output(network, ids, mask), SmallDecoder.output(again, ids, mask));
    AdapterBank<ComputationGraph> bank = AdapterBank.of(again).build();
    bank.put("task", adapters.adapter());
    assertEquals(SmallDecoder.output(network, ids, null), bank.output("task", ids));
    assertTrue(
        bank.output(List.of("task", "task", "task"), ids)
            .equalsWithEps(SmallDecoder.output(network, ids, null), 1e-5));
  }

  @Test
  void tiedLayersAreTrainedTogetherOrNotAtAll() {
    ComputationGraph base = SmallDecoder.dense().graph(FLOAT);
    DataSet data = SmallDecoder.data(FLOAT);
    ComputationGraph all =
        Adapters.wrap(base, AdapterPlan.builder().train("embed").train("head").build()).network();
    INDArray before = all.getParam("embed_W").dup();
    all.fit(data);
    base.fit(data);
    assertFalse(before.equalsWithEps(all.getParam("embed_W"), 1e-5));
    assertTrue(base.getParam("embed_W").equalsWithEps(all.getParam("embed_W"), 1e-6));
    for (AdapterPlan plan :
        new AdapterPlan[] {
          AdapterPlan.builder().train("embed").build(),
          AdapterPlan.builder().train("head").build(),
          AdapterPlan.builder().adapt("embed", w0 -> Nola.on(w0, 2, 11, 7)).build()
        }) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> Adapters.wrap(base, plan))
              .getMessage();
      assertTrue(message.contains("they have one weight"), message);
    }
  }

  @Test
  void survivesJsonAndModelSerializer(@TempDir Path folder) throws Exception {
    for (SmallDecoder form :
        new SmallDecoder[] {
          SmallDecoder.dense(), new SmallDecoder(Nola.scratch(2, 5, 4), false, 0)
        }) {
      ComputationGraphConfiguration conf = form.configuration(FLOAT);
      assertEquals(conf, ComputationGraphConfiguration.fromJson(conf.toJson()));
      assertFalse(
          conf.equals(new SmallDecoder(form.method(), form.tied(), 0.3).configuration(FLOAT)));
      ComputationGraph graph = form.graph(FLOAT);
      File file = folder.resolve("graph.zip").toFile();
      ModelSerializer.writeModel(graph, file, true);
      ComputationGraph read = ModelSerializer.restoreComputationGraph(file, true);
      INDArray ids = SmallDecoder.ids(FLOAT);
      assertEquals(SmallDecoder.output(graph, ids, null), SmallDecoder.output(read, ids, null));
      assertEquals(graph.score(SmallDecoder.data(FLOAT)), read.score(SmallDecoder.data(FLOAT)), 0);
    }
  }

  @Test
  void whatIsWrongIsNamed() {
    ComputationGraph graph = SmallDecoder.dense().graph(FLOAT);
    INDArray ids = SmallDecoder.ids(FLOAT);
    INDArray labels = SmallDecoder.labels(FLOAT);
    assertMessage(graph, ids, labels.dup().putScalar(1, 2, 7), null, "token 2 of text 1 is 7.0");
    assertMessage(graph, ids, labels.dup().putScalar(1, 2, 0.5), null, "token 2 of text 1 is 0.5");
    assertMessage(graph, ids, Nd4j.eye(3).castTo(FLOAT), null, "shape [3, 5] or [3, 1, 5]");
    assertMessage(graph, ids, labels, Nd4j.zeros(FLOAT, 3, 5), "leaves no token");
    assertMessage(graph, ids, labels, Nd4j.valueArrayOf(3, 5, 0.5), "ones and zeros");
  }

  private static void assertMessage(
      ComputationGraph graph, INDArray ids, INDArray labels, INDArray mask, String part) {
    MultiDataSet data =
        new MultiDataSet(
            new INDArray[] {ids},
            new INDArray[] {labels},
            null,
            mask == null ? null : new INDArray[] {mask});
    String message =
        assertThrows(IllegalArgumentException.class, () -> graph.score(data, false)).getMessage();
    assertTrue(message.contains(part), message);
  }
}
