// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.examples;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.adapter.SingletonDataSetIterator;
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
 * Two customers sort their mail into "to answer" and "to file": one sentence encoder from Maven
 * Central, an adapter for each customer, and one batch with mail of both. For subjects a new head
 * would do; here both categories have the same ones.
 */
public final class CategoriesPerCustomer {
  static final Map<String, List<String>> MAIL = // in turn to answer and to file
      Map.of(
          "shop",
          List.of(
              "Where is my parcel?", "My parcel has arrived.",
              "Can I pay by card?", "I paid by card.",
              "Could you send a larger box?", "The larger box fits.",
              "Do you ship to Norway?", "I had it shipped to Norway.",
              "May I return the shoes?", "I returned the shoes."),
          "clinic",
          List.of(
              "I need an appointment.", "I had my appointment.",
              "My tablets are used up.", "I picked up my tablets.",
              "Which dose do I take?", "I take the dose at noon.",
              "Can Anna see the doctor?", "Anna saw the doctor.",
              "Is my blood test back?", "I got my blood test."));

  static final AdapterPlan PLAN =
      AdapterPlan.builder()
          .adapt("block\\d\\.(fc1|fc2)", w0 -> Nola.release2023(4, 256, 256).withW0(w0))
          .train(BertEncoder.HEAD)
          .updater(new Adam(0.01))
          .build();

  private CategoriesPerCustomer() {}

  /** Takes no arguments. */
  public static void main(String[] args) throws IOException {
    System.out.println(Arrays.toString(run(24))); // [0, 1]
  }

  static int[] run(int epochs) throws IOException {
    try (BertCheckpoint encoder = BertCheckpoint.ofResource("all-minilm-l6-v2.onnx");
        TextTokenizer tokenizer =
            TextTokenizer.ofResource("all-minilm-l6-v2-tokenizer.json", 128)) {
      ComputationGraph base = encoder.model().classes(2).build().init();
      encoder.readInto(base);
      AdapterBank<ComputationGraph> bank =
          AdapterBank.of(Adapters.wrap(base, PLAN).network()).bits(8).build();
      MAIL.forEach(
          (customer, mail) -> {
            Adapters<ComputationGraph> adapters = Adapters.wrap(base, PLAN);
            DataSet labeled = ExampleData.inTurn(tokenizer.batch(mail));
            adapters.network().fit(new SingletonDataSetIterator(labeled), epochs);
            bank.put(customer, adapters.adapter());
          });
      TokenBatch batch = tokenizer.batch(List.of("Is the lamp in stock?", "I came on Friday."));
      return bank.use(
              List.of("shop", "clinic"),
              network -> network.output(false, batch.inputs(), batch.masks())[0].argMax(1))
          .toIntVector();
    }
  }
}
