// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.tasks.MnistExperiment;

/** Parameter averaging against copies that are trained by hand. */
class RoundsTest {
  private static final ExampleShape SHAPE = ExampleShape.flat(784, 10);

  private static ExperimentConfig config(int workers, int every, boolean updater) {
    List<Setting> settings =
        List.of(
            Setting.of("training.averaging.workers", workers),
            Setting.of("training.averaging.every", every),
            Setting.parse("training.averaging.updater=" + updater));
    return ConfigLoader.packaged().load("mnist", "nola", settings);
  }

  private static Network network(ExperimentConfig config) {
    return new MnistExperiment().network(config, SHAPE);
  }

  private static NetworkRun run(ExperimentConfig config, Network network) {
    return new NetworkRun(
        config, network, new RandomImages(SHAPE), (any, file) -> {}, Rounds::oneAfterAnother, null);
  }

  private static float[] numbers(INDArray array) {
    return array.dup().data().asFloat();
  }

  private static float[] mean(float[] one, float[] other) {
    float[] mean = new float[one.length];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = (float) (((double) one[i] + other[i]) / 2);
    }
    return mean;
  }

  /** Four batches: one round of two workers and two steps. */
  @Test
  void theNetworkIsTheMeanOfItsCopies() throws IOException {
    ExperimentConfig config = config(2, 2, true);
    Network averaged = network(config);
    List<Integer> examples = new ArrayList<>();
    NetworkRun run = run(config, averaged);
    run.trainEpoch(1, 0, (count, loss) -> examples.add(count));
    List<Network> copies = List.of(network(config), network(config));
    RandomImages data = new RandomImages(SHAPE);
    for (int i = 0; i < 2; i++) {
      copies.get(i).setLearningRate(config.training().learningRateIn(1));
      data.steps(1, 2 * i, 2 * i + 2, copies.get(i)::fit);
    }
    assertEquals(1, run.batchesPerEpoch());
    assertEquals(List.of(32), examples);
    assertArrayEquals(
        mean(numbers(copies.get(0).model().params()), numbers(copies.get(1).model().params())),
        numbers(averaged.model().params()),
        0);
    assertArrayEquals(
        mean(numbers(copies.get(0).updaterState()), numbers(copies.get(1).updaterState())),
        numbers(averaged.updaterState()),
        0);
    assertEquals(2, averaged.counters().iterations());
  }

  /** Rounds of three batches: the second one has a single batch, and so a single copy. */
  @Test
  void whatIsLeftOfAnEpochIsDealtOut() throws IOException {
    ExperimentConfig config = config(3, 1, false);
    Network averaged = network(config);
    NetworkRun run = run(config, averaged);
    List<Integer> examples = new ArrayList<>();
    ByteArrayOutputStream state = new ByteArrayOutputStream();
    run.trainEpoch(
        1,
        0,
        (count, loss) -> {
          if (examples.isEmpty()) {
            run.writeState(state);
          }
          examples.add(count);
        });
    assertEquals(2, run.batchesPerEpoch());
    assertEquals(List.of(24, 8), examples);

    Network resumed = network(config);
    NetworkRun again = run(config, resumed);
    again.readState(new ByteArrayInputStream(state.toByteArray()));
    again.trainEpoch(1, 1, (count, loss) -> assertEquals(8, count));
    assertArrayEquals(numbers(averaged.model().params()), numbers(resumed.model().params()), 0);
  }

  /** The product of these numbers is no int. */
  @Test
  void moreCopiesThanBatchesAreOneRound() throws IOException {
    NetworkRun run = run(config(70_000, 70_000, true), network(config(1, 1, true)));
    List<Integer> examples = new ArrayList<>();
    run.trainEpoch(1, 0, (count, loss) -> examples.add(count));
    assertEquals(1, run.batchesPerEpoch());
    assertEquals(List.of(32), examples);
  }
}
