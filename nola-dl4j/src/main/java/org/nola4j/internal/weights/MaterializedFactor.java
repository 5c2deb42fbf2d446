// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.weights;

import java.util.List;
import java.util.Optional;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.basis.Basis;
import org.nola4j.internal.arrays.HostArrays;
import org.nola4j.internal.cuda.DeviceArrays;
import org.nola4j.quantization.Quantizer;
import org.nola4j.reparameterization.Factor;

/**
 * A factor's elements and their gradient as arrays, kept in step with the trained vector in DL4J's
 * flat parameters.
 *
 * <p>Where the elements are the trained numbers themselves, both are views of DL4J's and nothing is
 * copied. Otherwise they take 4 bytes per element each, and bases none. If there is a quantizer,
 * the elements are computed from the rounded vector and the gradient passes straight through the
 * rounding.
 */
public final class MaterializedFactor {
  private final String name;
  private final Factor factor;
  private final INDArray parameter;
  private final INDArray elements;
  private final Expansion expansion;
  private INDArray parameterGradient;
  private INDArray gradient;

  /** The factors of the same map; null if this is the only one. */
  private SharedBasis shared;

  /** Whether the elements have changed since the last call of {@link #refresh()}. */
  private boolean renewed;

  /**
   * A factor that follows a vector.
   *
   * @param quantizer rounds the vector before it is expanded; null for no rounding
   */
  public MaterializedFactor(String name, Factor factor, INDArray parameter, Quantizer quantizer) {
    this.name = name;
    this.factor = factor;
    this.parameter = parameter;
    if (factor.isParameter() && quantizer == null) {
      this.elements = parameter;
      this.expansion = null;
    } else {
      this.elements = HostArrays.allocate(parameter.dataType(), factor.rows(), factor.columns());
      this.expansion = expansion(factor, quantizer);
    }
  }

  private Expansion expansion(Factor factor, Quantizer quantizer) {
    if (elements.dataType() == DataType.DOUBLE) {
      return new DoubleExpansion(factor, quantizer);
    }
    Optional<Basis> basis = factor.map().combinedBasis();
    return basis.isPresent() && DeviceArrays.active().isPresent()
        ? new DeviceExpansion(DeviceArrays.active().get(), factor, basis.get(), quantizer, elements)
        : new FloatExpansion(factor, quantizer);
  }

  /** The trained vector's name among DL4J's parameters. */
  public String name() {
    return name;
  }

  public INDArray elements() {
    return elements;
  }

  public INDArray gradient() {
    return gradient;
  }

  public void setGradientView(INDArray view) {
    parameterGradient = view;
    if (expansion == null) {
      gradient = view;
    } else if (gradient == null) {
      gradient = HostArrays.allocate(elements.dataType(), elements.shape());
    }
  }

  /** Whether it is expanded and pulled back together with others. */
  public boolean isShared() {
    return shared != null;
  }

  /** Lets this factor be expanded and pulled back together with others of its map. */
  public void share(SharedBasis basis, String layer) {
    shared = basis;
    basis.add(this, layer);
  }

  /** Expands again if the trained vector has changed; returns whether the elements have. */
  boolean refresh() {
    if (expansion == null) {
      return true;
    }
    if (changed()) {
      if (shared == null) {
        expand(List.of(this));
      } else {
        shared.expand();
      }
    }
    boolean result = renewed;
    renewed = false;
    return result;
  }

  /** Whether the trained vector differs from the one that was expanded. */
  boolean changed() {
    return expansion.changed(parameter);
  }

  /** Expands factors of one map; {@link #changed} must have been called on each. */
  static void expand(List<MaterializedFactor> factors) {
    factors.get(0).expansion.expand(factors.stream().map(each -> each.expansion).toList());
    for (MaterializedFactor each : factors) {
      each.expansion.writeElements(each.elements);
      each.renewed = true;
    }
  }

  /**
   * Maps the gradient of the elements to that of the trained vector, by the end of the pass at the
   * latest.
   */
  public void pullBack() {
    if (shared != null) {
      shared.pullBack(this);
    } else {
      pullBackNow();
    }
  }

  /** Whether the elements are the trained numbers themselves. */
  boolean isParameter() {
    return expansion == null;
  }

  /** A copy of the elements, which must be up to date; float32 only. */
  float[] copy() {
    float[] copy = new float[factor.elements()];
    HostArrays.read(elements, copy);
    return copy;
  }

  /** Sets the elements to an earlier expansion of the current trained vector. */
  void take(float[] expanded) {
    HostArrays.write(expanded, elements);
    expansion.taken(parameter);
  }

  /** Maps the gradient of the elements to that of the trained vector. */
  public void pullBackNow() {
    if (expansion != null) {
      pullBack(List.of(this));
    }
  }

  /** Pulls factors of one map back. */
  static void pullBack(List<MaterializedFactor> factors) {
    factors.forEach(each -> each.expansion.readGradient(each.gradient));
    factors.get(0).expansion.pullBack(factors.stream().map(each -> each.expansion).toList());
    factors.forEach(each -> each.expansion.writeGradient(each.parameterGradient));
  }

  /** Writes the gradient of the trained vector if it was deferred. */
  public void finish() {
    if (shared != null) {
      shared.finish();
    }
  }

  /** The backward pass is over. */
  public void endPass() {
    if (shared != null) {
      shared.endPass();
    }
  }
}
