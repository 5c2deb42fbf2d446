// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.runtime;

import org.deeplearning4j.nn.api.Layer;

/** Lets tests compute by a layer's definition in place of its direct computation. */
public final class Graphs {
  private Graphs() {}

  /** For those of the layers that are ours. */
  public static void use(Layer... layers) {
    for (Layer layer : layers) {
      if (layer instanceof RuntimeLayer ours) {
        ours.useGraph();
      }
    }
  }
}
