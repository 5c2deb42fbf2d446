// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.weights;

import java.util.List;
import java.util.function.Function;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.basis.Basis;
import org.nola4j.internal.arrays.HostArrays;
import org.nola4j.internal.cuda.DeviceArrays;
import org.nola4j.quantization.Quantizer;
import org.nola4j.reparameterization.Factor;

/**
 * Combines bases in place on the GPU where ND4J's arrays are, several factors of one shape in one
 * launch. Only the trained vector is copied to the host, to see whether it has changed.
 */
final class DeviceExpansion implements Expansion {
  private final DeviceArrays device;
  private final Basis basis;
  private final TrainedVector vector;
  private final INDArray vectorThere;
  private final INDArray elements;
  private final INDArray anchor;
  private INDArray gradient;

  /**
   * An expansion.
   *
   * @param quantizer rounds the vector before it is expanded; null for no rounding
   * @param elements where the factor's elements are written
   */
  DeviceExpansion(
      DeviceArrays device, Factor factor, Basis basis, Quantizer quantizer, INDArray elements) {
    this.device = device;
    this.basis = basis;
    this.vector = new TrainedVector(basis.count(), quantizer);
    this.vectorThere = HostArrays.allocate(elements.dataType(), basis.count());
    this.elements = elements;
    this.anchor = factor.anchor() == null ? null : anchor(device, factor.anchor(), elements);
  }

  private static INDArray anchor(DeviceArrays device, Basis anchor, INDArray elements) {
    INDArray values = HostArrays.allocate(elements.dataType(), elements.shape());
    INDArray one = HostArrays.of(new float[] {1}, elements.dataType(), 1);
    device.mix(List.of(anchor), List.of(one), List.of(values));
    return values;
  }

  @Override
  public boolean changed(INDArray parameter) {
    return vector.changed(parameter);
  }

  @Override
  public void taken(INDArray parameter) {
    vector.taken(parameter);
  }

  @Override
  public void expand(List<Expansion> all) {
    for (Expansion each : all) {
      DeviceExpansion one = (DeviceExpansion) each;
      one.vector.expand();
      HostArrays.write(one.vector.numbers(), one.vectorThere);
    }
    device.mix(
        each(all, one -> one.basis),
        each(all, one -> one.vectorThere),
        each(all, one -> one.elements));
  }

  @Override
  public void writeElements(INDArray elements) {
    if (anchor != null) {
      elements.addi(anchor);
    }
  }

  @Override
  public void readGradient(INDArray gradient) {
    this.gradient = gradient;
  }

  @Override
  public void pullBack(List<Expansion> all) {
    device.project(
        each(all, one -> one.basis),
        each(all, one -> one.gradient),
        each(all, one -> one.vectorThere));
  }

  @Override
  public void writeGradient(INDArray parameterGradient) {
    parameterGradient.assign(vectorThere);
  }

  private static <T> List<T> each(List<Expansion> all, Function<DeviceExpansion, T> value) {
    return all.stream().map(one -> value.apply((DeviceExpansion) one)).toList();
  }
}
