// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import java.util.LinkedHashMap;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.layers.wrapper.BaseWrapperLayer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a network that was wrapped already has for one of its layers or vertices. Wrapping it once
 * more sees the layer inside instead, with the weights that the adapters below make.
 *
 * @param conf of the layer; null for a vertex
 * @param own its parameters in the wrapped network: the coefficients of its adapter
 */
record Wrapped(AdaptedLayer conf, Map<String, INDArray> own) {
  /** Keeps copies. */
  Wrapped {
    Map<String, INDArray> copies = new LinkedHashMap<>();
    own.forEach((name, value) -> copies.put(name, value.dup()));
    own = copies;
  }

  /** Whether there is an adapter, which goes on being part of the layer. */
  boolean hasAdapter() {
    return conf != null && (conf.hasWeights() || conf.getAdaptersBelow() > 0);
  }

  /** Whether weights of the layer are kept as integers. */
  boolean hasCodes() {
    return conf != null && conf.hasCodes();
  }

  /** The adapters that the layer's weights have already. */
  int adapters() {
    return conf.getAdaptersBelow() + (conf.hasWeights() ? 1 : 0);
  }

  /**
   * Whether the layer goes on being computed as it was, for the sake of equal bits; otherwise the
   * weights, as formed, say all.
   */
  boolean isKept() {
    return conf != null && !conf.isFormed();
  }

  /** The layer as it was, to be part of another one. */
  AdaptedLayer kept() {
    AdaptedLayer kept = (AdaptedLayer) BaseConfs.copy(conf);
    kept.setInputGradient(true);
    return kept;
  }

  /** The layer of the network that was wrapped first, without wrappers that freeze it. */
  static Layer inside(Layer conf) {
    Layer inside = BaseConfs.unfrozen(conf);
    if (inside instanceof AdaptedLayer adapted) {
      return adapted.innermost();
    }
    return inside instanceof CorrectedGradient corrected ? corrected.getUnderlying() : inside;
  }

  /** The parameters of the layer inside of all wrappings. */
  static Map<String, INDArray> parameters(org.deeplearning4j.nn.api.Layer layer) {
    if (layer instanceof BaseWrapperLayer wrapper) {
      return parameters(wrapper.getUnderlying());
    }
    return ((WrappedLayer) layer).parameters();
  }
}
