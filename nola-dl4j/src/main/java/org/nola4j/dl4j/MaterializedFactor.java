package org.nola4j.dl4j;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.quantization.Quantizer;
import org.nola4j.reparameterization.Factor;

/**
 * A factor's elements and their gradient as arrays, kept in step with the trained vector in DL4J's
 * flat parameters.
 *
 * <p>Where the elements are the trained numbers themselves, both are views of DL4J's and nothing is
 * copied. Otherwise they take 8 bytes an element twice (ND4J array and Java array), and bases none.
 * Where there is a quantizer, the elements arise from the rounded vector and the gradient passes
 * straight through the rounding.
 */
final class MaterializedFactor {
  private final String name;
  private final Factor factor;
  private final INDArray parameter;
  private final INDArray elements;
  private final Copier copier;
  private INDArray parameterGradient;
  private INDArray gradient;

  /**
   * A factor that follows a vector.
   *
   * @param quantizer rounds the vector before it is expanded; null to leave it as it is
   */
  MaterializedFactor(String name, Factor factor, INDArray parameter, Quantizer quantizer) {
    this.name = name;
    this.factor = factor;
    this.parameter = parameter;
    if (factor.isParameter() && quantizer == null) {
      this.elements = parameter;
      this.copier = null;
    } else {
      this.elements = HostArrays.allocate(parameter.dataType(), factor.rows(), factor.columns());
      this.copier =
          parameter.dataType() == DataType.DOUBLE
              ? new DoubleCopier(factor, quantizer)
              : new FloatCopier(factor, quantizer);
    }
  }

  /** The trained vector's name among DL4J's parameters. */
  String name() {
    return name;
  }

  INDArray elements() {
    return elements;
  }

  INDArray gradient() {
    return gradient;
  }

  void setGradientView(INDArray view) {
    parameterGradient = view;
    if (copier == null) {
      gradient = view;
    } else if (gradient == null) {
      gradient = HostArrays.allocate(elements.dataType(), elements.shape());
    }
  }

  /** Expands again if the trained vector has changed; returns whether it had. */
  boolean refresh() {
    return copier == null || copier.expandIfChanged(parameter, elements);
  }

  /** Whether the elements are the trained numbers themselves. */
  boolean isParameter() {
    return copier == null;
  }

  /** A copy of the elements, which must be up to date; float32 only. */
  float[] copy() {
    float[] copy = new float[factor.elements()];
    HostArrays.read(elements, copy);
    return copy;
  }

  /** Takes what the trained vector, as it is now, was expanded to before. */
  void take(float[] expanded) {
    HostArrays.write(expanded, elements);
    copier.taken(parameter);
  }

  /** Maps the gradient of the elements to that of the trained vector. */
  void pullBack() {
    if (copier != null) {
      copier.pullBack(gradient, parameterGradient);
    }
  }

  /** The Java arrays between ND4J and the linear maps. */
  private interface Copier {
    boolean expandIfChanged(INDArray parameter, INDArray elements);

    /** The elements have been brought up to date. */
    void taken(INDArray parameter);

    void pullBack(INDArray gradient, INDArray parameterGradient);
  }

  private static final class FloatCopier implements Copier {
    private final Factor factor;
    private final Quantizer quantizer;
    private final float[] current;
    private final float[] buffer;
    private final float[] parameters;
    private boolean expanded;

    FloatCopier(Factor factor, Quantizer quantizer) {
      this.factor = factor;
      this.quantizer = quantizer;
      this.current = new float[factor.map().parameters()];
      this.parameters = new float[factor.map().parameters()];
      this.buffer = new float[factor.elements()];
    }

    @Override
    public boolean expandIfChanged(INDArray parameter, INDArray elements) {
      HostArrays.read(parameter, parameters);
      if (expanded && Arrays.equals(parameters, current)) {
        return false;
      }
      System.arraycopy(parameters, 0, current, 0, current.length);
      if (quantizer != null) {
        quantizer.round(parameters, parameters);
      }
      factor.expand(parameters, buffer);
      HostArrays.write(buffer, elements);
      expanded = true;
      return true;
    }

    @Override
    public void taken(INDArray parameter) {
      HostArrays.read(parameter, current);
      expanded = true;
    }

    @Override
    public void pullBack(INDArray gradient, INDArray parameterGradient) {
      HostArrays.read(gradient, buffer);
      factor.map().pullBack(buffer, parameters);
      HostArrays.write(parameters, parameterGradient);
    }
  }

  private static final class DoubleCopier implements Copier {
    private final Factor factor;
    private final Quantizer quantizer;
    private final double[] current;
    private final double[] buffer;
    private final double[] parameters;
    private boolean expanded;

    DoubleCopier(Factor factor, Quantizer quantizer) {
      this.factor = factor;
      this.quantizer = quantizer;
      this.current = new double[factor.map().parameters()];
      this.parameters = new double[factor.map().parameters()];
      this.buffer = new double[factor.elements()];
    }

    @Override
    public boolean expandIfChanged(INDArray parameter, INDArray elements) {
      HostArrays.read(parameter, parameters);
      if (expanded && Arrays.equals(parameters, current)) {
        return false;
      }
      System.arraycopy(parameters, 0, current, 0, current.length);
      if (quantizer != null) {
        quantizer.round(parameters, parameters);
      }
      factor.expand(parameters, buffer);
      HostArrays.write(buffer, elements);
      expanded = true;
      return true;
    }

    @Override
    public void taken(INDArray parameter) {
      HostArrays.read(parameter, current);
      expanded = true;
    }

    @Override
    public void pullBack(INDArray gradient, INDArray parameterGradient) {
      HostArrays.read(gradient, buffer);
      factor.map().pullBack(buffer, parameters);
      HostArrays.write(parameters, parameterGradient);
    }
  }
}
