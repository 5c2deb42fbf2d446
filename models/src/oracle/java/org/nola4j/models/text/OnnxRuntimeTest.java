// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.text;

import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nola4j.models.BertEncoder;
import org.nola4j.models.checkpoint.BertCheckpoint;

/** all-MiniLM-L6-v2 here and in ONNX Runtime, on real texts in filled up batches and alone. */
class OnnxRuntimeTest {
  private static final int TEXTS = 100;
  private static final double TOLERANCE = 1e-4;

  @Tag("slow")
  @Test
  void tokensAndSentencesAreThoseOfOnnxRuntime() throws Exception {
    MiniLm.assumePresent();
    List<String> texts = MiniLm.texts(TEXTS);
    try (BertCheckpoint checkpoint = BertCheckpoint.ofResource(MiniLm.MODEL);
        TextTokenizer tokenizer = TextTokenizer.ofResource(MiniLm.TOKENIZER, 128);
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        OrtSession session = environment.createSession(MiniLm.bytes())) {
      ComputationGraph network = checkpoint.model().normalize(true).build().init();
      checkpoint.readInto(network);
      String last = BertEncoder.block(checkpoint.dimensions().blocks() - 1);
      for (TokenBatch batch : tokenizer.batches(texts, 16)) {
        INDArray expected = tokens(environment, session, batch);
        INDArray sentences = network.output(false, batch.inputs(), batch.masks())[0];
        INDArray tokens = hidden(network, batch, last);
        for (int text = 0; text < sentences.size(0); text++) {
          INDArray own = own(expected, batch, text);
          assertClose(own, own(tokens, batch, text));
          INDArray mean = own.mean(0);
          assertClose(mean.div(mean.norm2Number()), sentences.getRow(text));
        }
        TokenBatch alone = tokenizer.batch(List.of(texts.get(batch.texts().get(0))));
        INDArray vector = network.output(false, alone.inputs(), alone.masks())[0];
        assertTrue(vector.equalsWithEps(sentences.getRow(0, true), 1e-5), "a text alone");
      }
    }
  }

  private static INDArray own(INDArray tokens, TokenBatch batch, int text) {
    return tokens.slice(text).get(NDArrayIndex.interval(0, batch.lengths()[text]));
  }

  private static INDArray hidden(ComputationGraph network, TokenBatch batch, String layer) {
    network.setLayerMaskArrays(batch.masks(), null);
    try {
      return network.feedForward(batch.inputs(), false, true).get(layer);
    } finally {
      network.clearLayerMaskArrays();
    }
  }

  static INDArray tokens(OrtEnvironment environment, OrtSession session, TokenBatch batch)
      throws OrtException {
    long[] shape = batch.ids().shape();
    INDArray mask = batch.mask() == null ? Nd4j.ones(DataType.FLOAT, shape) : batch.mask();
    try (OnnxTensor ids = tensor(environment, batch.ids());
        OnnxTensor attention = tensor(environment, mask);
        OnnxTensor types = tensor(environment, Nd4j.zeros(DataType.FLOAT, shape));
        OrtSession.Result result =
            session.run(
                Map.of("input_ids", ids, "attention_mask", attention, "token_type_ids", types))) {
      FloatBuffer values = ((OnnxTensor) result.get(0)).getFloatBuffer();
      float[] floats = new float[values.remaining()];
      values.get(floats);
      return Nd4j.createFromArray(floats).reshape('c', shape[0], shape[1], -1);
    }
  }

  private static OnnxTensor tensor(OrtEnvironment environment, INDArray array) throws OrtException {
    return OnnxTensor.createTensor(
        environment, LongBuffer.wrap(array.dup('c').data().asLong()), array.shape());
  }

  private static void assertClose(INDArray expected, INDArray actual) {
    double difference = expected.distance2(actual) / expected.norm2Number().doubleValue();
    assertTrue(difference <= TOLERANCE, "relative difference " + difference);
  }
}
