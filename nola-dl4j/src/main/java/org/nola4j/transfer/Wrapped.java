// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import java.util.LinkedHashMap;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.layers.wrapper.BaseWrapperLayer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.runtime.ReparameterizedLayer;
import org.nola4j.internal.runtime.RuntimeLayer;
import org.nola4j.internal.wrapped.BaseConfs;
import org.nola4j.internal.wrapped.WrappedLayer;
import org.nola4j.reparameterization.FrozenWeight;

/**
 * What a network that was wrapped already has for one of its layers or vertices. Wrapping it once
 * more sees the layer inside instead, with the weights that the adapters below make. The same goes
 * for layers of this library whose weights are computed from coefficients, wrapped or not.
 *
 * @param conf of the layer; null for a vertex
 * @param own its parameters in the network: its coefficients
 */
record Wrapped(ReparameterizedLayer conf, Map<String, INDArray> own) {
  /** Keeps copies. */
  Wrapped {
    Map<String, INDArray> copies = new LinkedHashMap<>();
    own.forEach((name, value) -> copies.put(name, value.dup()));
    own = copies;
  }

  /** What became of a layer of DL4J; null for others. */
  AdaptedLayer adapted() {
    return conf instanceof AdaptedLayer adapted ? adapted : null;
  }

  /** Whether there is an adapter, which goes on being part of the layer. */
  boolean hasAdapter() {
    if (conf instanceof AdaptedLayer adapted) {
      return adapted.hasWeights() || adapted.getAdaptersBelow() > 0;
    }
    return conf != null
        && (!conf.getFrozenParameters().isEmpty()
            || conf.weights().stream()
                .anyMatch(weight -> weight.method().w0() instanceof FrozenWeight.Given));
  }

  /** Whether weights of the layer have fewer bits than float32. */
  boolean isCompact() {
    return adapted() != null && adapted().held().isCompact();
  }

  /** The adapters that the layer's weights have already. */
  int adapters() {
    return adapted().getAdaptersBelow() + (adapted().hasWeights() ? 1 : 0);
  }

  /**
   * Whether the layer goes on being computed as it was, for the sake of equal bits; otherwise the
   * weights, as formed, say all.
   */
  boolean isKept() {
    return adapted() != null && !adapted().held().isFormed();
  }

  /** The layer as it was, to be part of another one. */
  AdaptedLayer kept() {
    AdaptedLayer kept = (AdaptedLayer) BaseConfs.copy(adapted());
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

  /** As {@link #inside}, with weights that are trained themselves in this library's layers. */
  static Layer plain(Layer conf) {
    Layer inside = inside(conf);
    return inside instanceof ReparameterizedLayer ours && !ours.hasTiedWeights()
        ? (Layer) ours.plain()
        : inside;
  }

  /** What became of a layer if its weights are not DL4J's parameters; otherwise null. */
  static Wrapped of(Layer conf, Map<String, INDArray> own) {
    return BaseConfs.unfrozen(conf) instanceof ReparameterizedLayer held
            && (held instanceof AdaptedLayer || !(held.hasPlainWeights() || held.hasTiedWeights()))
        ? new Wrapped(held, own)
        : null;
  }

  /** The parameters of the layer inside of all wrappings. */
  static Map<String, INDArray> parameters(org.deeplearning4j.nn.api.Layer layer) {
    if (layer instanceof BaseWrapperLayer wrapper) {
      return parameters(wrapper.getUnderlying());
    }
    return layer instanceof WrappedLayer wrapped
        ? wrapped.parameters()
        : ((RuntimeLayer) layer).plainParameters();
  }
}
