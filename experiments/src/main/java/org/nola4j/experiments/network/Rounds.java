// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.nola4j.experiments.config.AveragingConfig;
import org.nola4j.experiments.spi.BatchListener;
import org.nola4j.experiments.spi.Share;
import org.nola4j.experiments.spi.TrainedShare;
import org.nola4j.experiments.spi.Workers;

/**
 * Parameter averaging: in a round, each copy of the network trains on some batches of its own, and
 * the network becomes the mean of the copies, added up in their order. The last round of an epoch
 * deals out the batches that are left; a copy that gets none does not count.
 */
final class Rounds {
  private final AveragingConfig averaging;
  private final Replica network;
  private final int batchesPerEpoch;

  Rounds(AveragingConfig averaging, Replica network, int batchesPerEpoch) {
    this.averaging = averaging;
    this.network = network;
    this.batchesPerEpoch = batchesPerEpoch;
  }

  /** All of an epoch if a round could take more. */
  private int batchesPerRound() {
    return (int) Math.min((long) averaging.workers() * averaging.every(), batchesPerEpoch);
  }

  int perEpoch() {
    return (batchesPerEpoch + batchesPerRound() - 1) / batchesPerRound();
  }

  /** Trains an epoch or the rest of one; a round is a step of the listener's. */
  void train(int epoch, int fromRound, Workers workers, BatchListener listener) throws IOException {
    for (int round = fromRound; round < perEpoch(); round++) {
      List<TrainedShare> trained = workers.train(network.state(), shares(epoch, round));
      network.restore(mean(trained.stream().map(TrainedShare::state).toList()));
      int examples = trained.stream().mapToInt(TrainedShare::examples).sum();
      double loss = trained.stream().mapToDouble(TrainedShare::lossSum).sum();
      listener.batchDone(examples, loss / examples);
    }
  }

  /** Trains the copies on this machine, with one network. */
  static Workers oneAfterAnother(Replica replica) {
    return (state, shares) -> {
      List<TrainedShare> trained = new ArrayList<>();
      for (Share share : shares) {
        trained.add(replica.train(state, share));
      }
      return trained;
    };
  }

  /** Consecutive batches for each copy. */
  private List<Share> shares(int epoch, int round) {
    int from = round * batchesPerRound();
    int count = Math.min(batchesPerRound(), batchesPerEpoch - from);
    List<Share> shares = new ArrayList<>();
    for (long worker = 0; worker < averaging.workers(); worker++) {
      int first = from + (int) (worker * count / averaging.workers());
      int next = from + (int) ((worker + 1) * count / averaging.workers());
      if (next > first) {
        shares.add(new Share(epoch, first, next));
      }
    }
    return shares;
  }

  /** The mean of states, whose layout is that of {@link NetworkState}; of counters the highest. */
  static byte[] mean(List<byte[]> states) {
    byte[] mean = states.get(0).clone();
    ByteBuffer to = ByteBuffer.wrap(mean);
    List<ByteBuffer> all = states.stream().map(ByteBuffer::wrap).toList();
    to.putInt(0, all.stream().mapToInt(state -> state.getInt(0)).max().orElseThrow());
    int at = 2 * Integer.BYTES; // behind the counters
    while (at < mean.length) {
      int end = at + Integer.BYTES + to.getInt(at) * Float.BYTES;
      for (at += Integer.BYTES; at < end; at += Float.BYTES) {
        double sum = 0;
        for (ByteBuffer state : all) {
          sum += state.getFloat(at);
        }
        to.putFloat(at, (float) (sum / all.size()));
      }
    }
    return mean;
  }
}
