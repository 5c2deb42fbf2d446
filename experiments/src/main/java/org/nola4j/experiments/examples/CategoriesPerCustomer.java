// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.examples;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nola4j.models.BertEncoder;
import org.nola4j.models.checkpoint.BertCheckpoint;
import org.nola4j.models.text.TextTokenizer;
import org.nola4j.models.text.TokenBatch;
import org.nola4j.reparameterization.Nola;
import org.nola4j.transfer.AdapterBank;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

/**
 * Two customers sort their mail into two categories of their own: one sentence encoder from Maven
 * Central, an adapter for each customer, and one batch with mail of both.
 *
 * <p>With four emails per customer the new head does nearly all of the work: measure on emails of
 * your own what the adapters add, and how many examples they need.
 */
public final class CategoriesPerCustomer {
  private static final Map<String, List<String>> MAIL = // of one category and the other in turn
      Map.of(
          "shop",
          List.of("Where is my parcel?", "You charged me twice.", "Not delivered!", "Invoice?"),
          "clinic",
          List.of("My tablets are used up.", "Can I come on Monday?", "Which dose?", "Open now?"));

  private CategoriesPerCustomer() {}

  /** Takes no arguments. */
  public static void main(String[] args) throws IOException {
    System.out.println(Arrays.toString(run(15))); // [0, 1]
  }

  static int[] run(int epochs) throws IOException {
    try (BertCheckpoint encoder = BertCheckpoint.ofResource("all-minilm-l6-v2.onnx");
        TextTokenizer tokenizer =
            TextTokenizer.ofResource("all-minilm-l6-v2-tokenizer.json", 128)) {
      ComputationGraph base = encoder.model().classes(2).build().init();
      encoder.readInto(base);
      AdapterPlan plan =
          AdapterPlan.builder()
              .adapt("block\\d\\.(fc1|fc2)", w0 -> Nola.release2023(4, 256, 256).withW0(w0))
              .train(BertEncoder.HEAD)
              .updater(new Adam(0.005))
              .build();
      AdapterBank<ComputationGraph> bank =
          AdapterBank.of(Adapters.wrap(base, plan).network()).bits(8).build();
      MAIL.forEach(
          (customer, mail) -> {
            Adapters<ComputationGraph> adapters = Adapters.wrap(base, plan);
            TokenBatch batch = tokenizer.batch(mail);
            INDArray labels = Nd4j.zeros(mail.size(), 2);
            batch.texts().forEach(text -> labels.putScalar(text, text % 2, 1));
            for (int epoch = 0; epoch < epochs; epoch++) {
              adapters.network().fit(new DataSet(batch.ids(), labels, batch.mask(), null));
            }
            bank.put(customer, adapters.adapter());
          });
      TokenBatch batch = tokenizer.batch(List.of("Has my parcel been sent?", "Can we meet?"));
      return bank.use(
              List.of("shop", "clinic"),
              network -> network.output(false, batch.inputs(), batch.masks())[0].argMax(1))
          .toIntVector();
    }
  }
}
