// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What parts of the library a thread spends its time in, from samples of its stack: the innermost
 * class that belongs to a part counts.
 */
final class StepProfile implements AutoCloseable {
  private static final int MILLIS = 10;
  private static final String OTHER = "other";

  /** By the ends of classes' names. */
  private static final Map<String, String> PARTS = new LinkedHashMap<>();

  static {
    PARTS.put("onednn.FloatConversion", "frozen weights to float32");
    PARTS.put("arrays.CompactProduct", "products with frozen weights");
    PARTS.put("onednn.InnerProduct", "products with frozen weights");
    PARTS.put("weights.WeightProduct", "products with adapters");
    PARTS.put("transformer.HeadComputation", "head and loss");
    PARTS.put("transformer.Rotation", "rotary positions");
    PARTS.put("transformer.AttentionSublayer", "attention");
    PARTS.put("transformer.GatedMlp", "gates");
    PARTS.put("transformer.Normalization", "norms");
    PARTS.put("weights.FloatExpansion", "bases");
    PARTS.put("weights.MaterializedFactor", "bases");
    PARTS.put("runtime.ExpandedFactors", "bases");
    PARTS.put("updater.BaseMultiLayerUpdater", "optimizer");
  }

  private final Map<String, Long> samples = new ConcurrentHashMap<>();
  private final Thread sampler;

  /** Samples a thread until it is closed. */
  StepProfile(Thread thread) {
    sampler = new Thread(() -> sample(thread), "step-profile");
    sampler.setDaemon(true);
    sampler.start();
  }

  private void sample(Thread thread) {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        samples.merge(part(thread.getStackTrace()), 1L, Long::sum);
        Thread.sleep(MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The part that a stack is in. */
  static String part(StackTraceElement... stack) {
    for (StackTraceElement frame : stack) {
      for (Map.Entry<String, String> part : PARTS.entrySet()) {
        if (frame.getClassName().endsWith("." + part.getKey())) {
          return part.getValue();
        }
      }
    }
    return OTHER;
  }

  /** Ends sampling; shares of the time by part, together one. */
  Map<String, Double> shares() {
    close();
    double all = samples.values().stream().mapToLong(Long::longValue).sum();
    Map<String, Double> shares = new LinkedHashMap<>();
    samples.entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .forEach(part -> shares.put(part.getKey(), part.getValue() / all));
    return shares;
  }

  @Override
  public void close() {
    sampler.interrupt();
    try {
      sampler.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
