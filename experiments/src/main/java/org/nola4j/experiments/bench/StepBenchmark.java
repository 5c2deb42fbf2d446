package org.nola4j.experiments.bench;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nola4j.accounting.ParameterCount;
import org.nola4j.basis.BasisKernels;
import org.nola4j.experiments.spi.Benchmark;
import org.nola4j.experiments.table.Cell;
import org.nola4j.experiments.table.Column;
import org.nola4j.experiments.table.Table;
import org.nola4j.models.Mlp;
import org.nola4j.models.ReparameterizationPlan;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.HashedNet;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;

/** Milliseconds a training step of the paper's 784-256-10 perceptron, by method, on random data. */
public final class StepBenchmark implements Benchmark {
  private static final int BATCH = 512;
  private static final int INPUTS = 784;
  private static final int CLASSES = 10;

  private record Subject(String name, Reparameterization method) {}

  private static final List<Subject> SUBJECTS =
      List.of(
          new Subject("nola", Nola.scratch(4, 16, 16)),
          new Subject("nola on W0", Nola.on(FrozenWeight.seeded(), 4, 16, 16)),
          new Subject("pranc", Pranc.scratch(32)),
          new Subject("lora on W0", Lora.on(FrozenWeight.seeded(), 1)),
          new Subject("hashednet", HashedNet.scratch(32)),
          new Subject("dense", new Dense()));

  @Override
  public String name() {
    return "step";
  }

  @Override
  public String description() {
    return "a training step of the 784-256-10 perceptron, batch 512, by method";
  }

  @Override
  public Table run(double seconds) {
    INDArray features = Nd4j.rand(BATCH, INPUTS);
    INDArray labels = Nd4j.zeros(BATCH, CLASSES);
    for (int i = 0; i < BATCH; i++) {
      labels.putScalar(i, i % CLASSES, 1);
    }
    List<List<Cell>> rows = new ArrayList<>();
    for (Subject subject : SUBJECTS) {
      MultiLayerNetwork network =
          Mlp.builder()
              .plan(ReparameterizationPlan.all(subject.method()))
              .updater(new Adam(1e-4))
              .build()
              .init();
      long trained = ParameterCount.of(network).trained();
      Stopwatch.Times times = Stopwatch.time(seconds, () -> network.fit(features, labels));
      rows.add(
          List.of(
              Cell.of(subject.name(), subject.name()),
              Cell.of("%,d".formatted(trained), trained),
              Cell.of("%.2f".formatted(times.median()), times.median()),
              Cell.of("%.2f".formatted(times.min()), times.min())));
    }
    return new Table(
        "A training step of the 784-256-10 perceptron, batch %d, random data".formatted(BATCH),
        List.of(
            Column.text("method", "method"),
            Column.number("trained", "trained"),
            Column.number("median ms", "medianMillis"),
            Column.number("min ms", "minMillis")),
        rows,
        List.of(
            "Bases are generated anew in every pass; none is stored. Kernel %s, %d threads."
                .formatted(BasisKernels.active().name(), BasisKernels.threads())));
  }
}
