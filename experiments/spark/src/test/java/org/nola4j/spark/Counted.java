// SPDX-License-Identifier: Apache-2.0
package org.nola4j.spark;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerBlockUpdated;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.storage.BlockUpdatedInfo;

/** What Spark itself counts: blocks of broadcasts that executors fetched, and results of tasks. */
final class Counted extends SparkListener {
  /** Bytes of each piece of a broadcast on each executor. */
  private final Map<Piece, Long> pieces = new ConcurrentHashMap<>();

  private final AtomicLong results = new AtomicLong();

  /** The bytes of the largest broadcast, on one executor. */
  long largestBroadcast() {
    return pieces.entrySet().stream()
        .collect(
            Collectors.groupingBy(
                e -> e.getKey().whole(), Collectors.summingLong(Map.Entry::getValue)))
        .values()
        .stream()
        .mapToLong(Long::longValue)
        .max()
        .orElse(0);
  }

  /** The bytes of the largest result of a task, with Spark's own counters in it. */
  long largestResult() {
    return results.get();
  }

  @Override
  public void onBlockUpdated(SparkListenerBlockUpdated event) {
    BlockUpdatedInfo block = event.blockUpdatedInfo();
    String name = block.blockId().name();
    if (name.startsWith("broadcast_")
        && name.contains("_piece")
        && block.memSize() > 0
        && !block.blockManagerId().isDriver()) {
      pieces.put(new Piece(name, block.blockManagerId().executorId()), block.memSize());
    }
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd event) {
    if (event.taskMetrics() != null) {
      results.accumulateAndGet(event.taskMetrics().resultSize(), Math::max);
    }
  }

  /** Such as {@code broadcast_12_piece0}. */
  private record Piece(String name, String executor) {
    String whole() {
      return executor + name.substring(0, name.indexOf("_piece"));
    }
  }
}
