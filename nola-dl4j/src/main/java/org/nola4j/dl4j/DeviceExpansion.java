package org.nola4j.dl4j;

import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.basis.Basis;
import org.nola4j.cuda.DeviceArrays;
import org.nola4j.quantization.Quantizer;
import org.nola4j.reparameterization.Factor;

/**
 * Combinations of bases where ND4J's arrays are, on the GPU, several factors of one shape in one
 * launch. Only the trained vector travels, to see whether it has changed.
 */
final class DeviceExpansion implements Expansion {
  private final DeviceArrays device;
  private final Basis basis;
  private final Quantizer quantizer;
  private final INDArray elements;
  private final INDArray anchor;
  private final INDArray vector;
  private final float[] parameters;
  private final float[] current;
  private INDArray gradient;
  private boolean expanded;

  /**
   * An expansion.
   *
   * @param quantizer rounds the vector before it is expanded; null to leave it as it is
   * @param elements where the factor's elements are to be
   */
  DeviceExpansion(
      DeviceArrays device, Factor factor, Basis basis, Quantizer quantizer, INDArray elements) {
    this.device = device;
    this.basis = basis;
    this.quantizer = quantizer;
    this.elements = elements;
    this.anchor = factor.anchor() == null ? null : anchor(device, factor.anchor(), elements);
    this.vector = HostArrays.allocate(elements.dataType(), basis.count());
    this.parameters = new float[basis.count()];
    this.current = new float[basis.count()];
  }

  private static INDArray anchor(DeviceArrays device, Basis anchor, INDArray elements) {
    INDArray values = HostArrays.allocate(elements.dataType(), elements.shape());
    INDArray one = HostArrays.of(new float[] {1}, elements.dataType(), 1);
    device.mix(List.of(anchor), List.of(one), List.of(values));
    return values;
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
    all.forEach(each -> ((DeviceExpansion) each).load());
    device.mix(
        all.stream().map(each -> ((DeviceExpansion) each).basis).toList(),
        all.stream().map(each -> ((DeviceExpansion) each).vector).toList(),
        all.stream().map(each -> ((DeviceExpansion) each).elements).toList());
  }

  private void load() {
    System.arraycopy(parameters, 0, current, 0, current.length);
    if (quantizer != null) {
      quantizer.round(parameters, parameters);
    }
    HostArrays.write(parameters, vector);
  }

  @Override
  public void writeElements(INDArray elements) {
    if (anchor != null) {
      elements.addi(anchor);
    }
    expanded = true;
  }

  @Override
  public void readGradient(INDArray gradient) {
    this.gradient = gradient;
  }

  @Override
  public void pullBack(List<Expansion> all) {
    device.project(
        all.stream().map(each -> ((DeviceExpansion) each).basis).toList(),
        all.stream().map(each -> ((DeviceExpansion) each).gradient).toList(),
        all.stream().map(each -> ((DeviceExpansion) each).vector).toList());
  }

  @Override
  public void writeGradient(INDArray parameterGradient) {
    parameterGradient.assign(vector);
  }
}
