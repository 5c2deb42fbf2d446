// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.text;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.models.checkpoint.BertCheckpoint;

/**
 * The time of all-MiniLM-L6-v2 for texts of 128 tokens, here and in ONNX Runtime on as many
 * threads: medians in milliseconds, in turns.
 *
 * <pre>
 * OMP_NUM_THREADS=2 java ... org.nola4j.models.text.EncoderBenchmark 2
 * </pre>
 */
final class EncoderBenchmark {
  private static final int TOKENS = 128;
  private static final int ROUNDS = 3;
  private static final long NANOSECONDS = 4_000_000_000L;

  private EncoderBenchmark() {}

  /** The argument is the number of ONNX Runtime's threads. */
  public static void main(String[] arguments) throws Exception {
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(Integer.parseInt(arguments[0]));
    try (BertCheckpoint checkpoint = BertCheckpoint.ofResource(MiniLm.MODEL);
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        OrtSession session = environment.createSession(MiniLm.bytes(), options)) {
      ComputationGraph network = checkpoint.model().build().init();
      checkpoint.readInto(network);
      for (int texts : new int[] {1, 32}) {
        INDArray ids = ids(texts);
        INDArray mask = mask(texts);
        TokenBatch whole = new TokenBatch(ids, null, List.of());
        TokenBatch filled = new TokenBatch(ids, mask, List.of());
        for (int round = 0; round < ROUNDS; round++) {
          System.out.printf(
              "%d texts: ONNX Runtime %.2f, with padding %.2f; here %.2f, with padding %.2f%n",
              texts,
              median(() -> OnnxRuntimeTest.tokens(environment, session, whole)),
              median(() -> OnnxRuntimeTest.tokens(environment, session, filled)),
              median(() -> network.output(false, whole.inputs(), whole.masks())),
              median(() -> network.output(false, filled.inputs(), filled.masks())));
        }
      }
    }
  }

  private static INDArray ids(int texts) {
    Random random = new Random(1);
    float[] ids = new float[texts * TOKENS];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = 1000 + random.nextInt(20_000);
    }
    return Nd4j.createFromArray(ids).reshape(texts, TOKENS);
  }

  /** Texts of 64 to 128 tokens. */
  private static INDArray mask(int texts) {
    INDArray mask = Nd4j.ones(DataType.FLOAT, texts, TOKENS);
    for (int text = 0; text < texts; text++) {
      for (int i = TOKENS - 2 * (text + 1); i < TOKENS; i++) {
        mask.putScalar(text, i, 0);
      }
    }
    return mask;
  }

  private interface Work {
    Object run() throws Exception;
  }

  private static double median(Work work) throws Exception {
    List<Double> times = new ArrayList<>();
    long end = System.nanoTime() + NANOSECONDS;
    while (System.nanoTime() < end) {
      long begin = System.nanoTime();
      work.run();
      times.add((System.nanoTime() - begin) / 1e6);
    }
    Collections.sort(times);
    return times.get(times.size() / 2);
  }
}
