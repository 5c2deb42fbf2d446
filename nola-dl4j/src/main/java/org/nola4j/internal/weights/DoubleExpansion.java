// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.weights;

import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.HostArrays;
import org.nola4j.quantization.Quantizer;
import org.nola4j.reparameterization.Factor;

/** Expands in double precision for gradient checks, one factor at a time. */
final class DoubleExpansion implements Expansion {
  private final Factor factor;
  private final Quantizer quantizer;
  private final double[] current;
  private final double[] buffer;
  private final double[] parameters;
  private boolean expanded;

  DoubleExpansion(Factor factor, Quantizer quantizer) {
    this.factor = factor;
    this.quantizer = quantizer;
    this.current = new double[factor.map().parameters()];
    this.parameters = new double[factor.map().parameters()];
    this.buffer = new double[factor.elements()];
  }

  @Override
  public boolean changed(INDArray parameter) {
    HostArrays.read(parameter, parameters);
    return !expanded || !Arrays.equals(parameters, current);
  }

  @Override
  public void taken(INDArray parameter) {
    HostArrays.read(parameter, current);
    expanded = true;
  }

  @Override
  public void expand(List<Expansion> all) {
    all.forEach(each -> ((DoubleExpansion) each).expand());
  }

  private void expand() {
    System.arraycopy(parameters, 0, current, 0, current.length);
    if (quantizer != null) {
      quantizer.round(parameters, parameters);
    }
    factor.expand(parameters, buffer);
  }

  @Override
  public void writeElements(INDArray elements) {
    HostArrays.write(buffer, elements);
    expanded = true;
  }

  @Override
  public void readGradient(INDArray gradient) {
    HostArrays.read(gradient, buffer);
  }

  @Override
  public void pullBack(List<Expansion> all) {
    for (Expansion expansion : all) {
      DoubleExpansion each = (DoubleExpansion) expansion;
      each.factor.map().pullBack(each.buffer, each.parameters);
    }
  }

  @Override
  public void writeGradient(INDArray parameterGradient) {
    HostArrays.write(parameters, parameterGradient);
  }
}
