// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.onednn;

import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.stream;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether oneDNN can be used here, and the engine that it runs on. */
public final class OneDnn {
  private static final Logger LOG = LoggerFactory.getLogger(OneDnn.class);

  /** Loaded on first use. */
  private static final class Holder {
    static final engine ENGINE = load();
    static final ThreadLocal<stream> STREAM = ThreadLocal.withInitial(() -> new stream(ENGINE));

    private static engine load() {
      if (Boolean.getBoolean("nola4j.onednn.off")) {
        return null;
      }
      if (!Nd4j.getBackend().getClass().getSimpleName().equals("CpuBackend")) {
        return null;
      }
      try {
        return new engine(engine.kind.cpu, 0);
      } catch (LinkageError | RuntimeException e) {
        LOG.info(
            "oneDNN is not available, convolutions will be several times slower"
                + " (org.bytedeco:dnnl with the platform's classifier on the class path helps): {}",
            e.toString());
        return null;
      }
    }
  }

  private OneDnn() {}

  /**
   * Whether its natives could be loaded and ND4J computes on the CPU; {@code
   * -Dnola4j.onednn.off=true} disables it.
   */
  public static boolean available() {
    return Holder.ENGINE != null;
  }

  static engine engine() {
    return Holder.ENGINE;
  }

  static stream stream() {
    return Holder.STREAM.get();
  }
}
