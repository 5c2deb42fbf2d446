package org.nola4j.dl4j;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.quantization.Quantizer;
import org.nola4j.reparameterization.Factor;

/** By way of Java arrays, several factors of one map at a time. */
final class FloatExpansion implements Expansion {
  private final Factor factor;
  private final Quantizer quantizer;
  private final float[] current;
  private final float[] buffer;
  private final float[] parameters;
  private boolean expanded;

  FloatExpansion(Factor factor, Quantizer quantizer) {
    this.factor = factor;
    this.quantizer = quantizer;
    this.current = new float[factor.map().parameters()];
    this.parameters = new float[factor.map().parameters()];
    this.buffer = new float[factor.elements()];
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
    all.forEach(each -> ((FloatExpansion) each).round());
    factor.map().expand(arrays(all, each -> each.parameters), arrays(all, each -> each.buffer));
  }

  private void round() {
    System.arraycopy(parameters, 0, current, 0, current.length);
    if (quantizer != null) {
      quantizer.round(parameters, parameters);
    }
  }

  @Override
  public void writeElements(INDArray elements) {
    factor.addAnchor(buffer);
    HostArrays.write(buffer, elements);
    expanded = true;
  }

  @Override
  public void readGradient(INDArray gradient) {
    HostArrays.read(gradient, buffer);
  }

  @Override
  public void pullBack(List<Expansion> all) {
    factor.map().pullBack(arrays(all, each -> each.buffer), arrays(all, each -> each.parameters));
  }

  @Override
  public void writeGradient(INDArray parameterGradient) {
    HostArrays.write(parameters, parameterGradient);
  }

  private static List<float[]> arrays(
      List<Expansion> all, Function<FloatExpansion, float[]> array) {
    return all.stream().map(each -> array.apply((FloatExpansion) each)).toList();
  }
}
