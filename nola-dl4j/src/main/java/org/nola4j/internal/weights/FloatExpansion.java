// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.weights;

import java.util.List;
import java.util.function.Function;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.HostArrays;
import org.nola4j.quantization.Quantizer;
import org.nola4j.reparameterization.Factor;

/** Expands by way of Java arrays, several factors of one map at a time. */
final class FloatExpansion implements Expansion {
  private final Factor factor;
  private final TrainedVector vector;

  /** Elements or their gradient, while they are being expanded or pulled back; null otherwise. */
  private float[] buffer;

  FloatExpansion(Factor factor, Quantizer quantizer) {
    this.factor = factor;
    this.vector = new TrainedVector(factor.map().parameters(), quantizer);
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
      ((FloatExpansion) each).vector.expand();
      ((FloatExpansion) each).takeBuffer();
    }
    factor.map().expand(vectors(all), buffers(all));
  }

  @Override
  public void writeElements(INDArray elements) {
    factor.addAnchor(buffer);
    HostArrays.write(buffer, elements);
    giveBuffer();
  }

  @Override
  public void readGradient(INDArray gradient) {
    takeBuffer();
    HostArrays.read(gradient, buffer);
  }

  @Override
  public void pullBack(List<Expansion> all) {
    factor.map().pullBack(buffers(all), vectors(all));
  }

  @Override
  public void writeGradient(INDArray parameterGradient) {
    HostArrays.write(vector.numbers(), parameterGradient);
    giveBuffer();
  }

  private void takeBuffer() {
    buffer = Buffers.take(factor.elements());
  }

  private void giveBuffer() {
    Buffers.giveBack(buffer);
    buffer = null;
  }

  private static List<float[]> vectors(List<Expansion> all) {
    return arrays(all, each -> each.vector.numbers());
  }

  private static List<float[]> buffers(List<Expansion> all) {
    return arrays(all, each -> each.buffer);
  }

  private static List<float[]> arrays(
      List<Expansion> all, Function<FloatExpansion, float[]> array) {
    return all.stream().map(each -> array.apply((FloatExpansion) each)).toList();
  }
}
