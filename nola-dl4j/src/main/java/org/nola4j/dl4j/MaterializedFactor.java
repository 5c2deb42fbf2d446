package org.nola4j.dl4j;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
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

  /** Those that combine the same basis; null where the elements are no combination. */
  private SharedBasis shared;

  /** Whether the elements are others than when {@link #refresh()} was last called. */
  private boolean renewed;

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

  /** To be expanded and pulled back together with others of its basis. */
  void share(SharedBasis basis, String layer) {
    shared = basis;
    basis.add(this, layer);
  }

  /** Expands again if the trained vector has changed; returns whether the elements have. */
  boolean refresh() {
    if (copier == null) {
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

  /** Whether the trained vector is another than the one that was expanded. */
  boolean changed() {
    return copier.changed(parameter);
  }

  /** Expands factors of one map, each of which has just been asked whether it {@link #changed}. */
  static void expand(List<MaterializedFactor> factors) {
    factors.get(0).copier.expand(factors.stream().map(each -> each.copier).toList());
    for (MaterializedFactor each : factors) {
      each.copier.writeElements(each.elements);
      each.renewed = true;
    }
  }

  /**
   * Maps the gradient of the elements to that of the trained vector, at the latest when the pass is
   * over.
   */
  void pullBack() {
    if (shared != null) {
      shared.pullBack(this);
    } else {
      pullBackNow();
    }
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
  void pullBackNow() {
    if (copier != null) {
      pullBack(List.of(this));
    }
  }

  /** Pulls factors of one map back. */
  static void pullBack(List<MaterializedFactor> factors) {
    factors.forEach(each -> each.copier.readGradient(each.gradient));
    factors.get(0).copier.pullBack(factors.stream().map(each -> each.copier).toList());
    factors.forEach(each -> each.copier.writeGradient(each.parameterGradient));
  }

  /** Writes the gradient of the trained vector if it was put off. */
  void finish() {
    if (shared != null) {
      shared.finish();
    }
  }

  /** The backward pass is over. */
  void endPass() {
    if (shared != null) {
      shared.endPass();
    }
  }

  /** The Java arrays between ND4J and the linear maps. */
  private interface Copier {
    /** Reads the vector; returns whether it is another than the one expanded last. */
    boolean changed(INDArray parameter);

    /** The elements are those of the vector as it is. */
    void taken(INDArray parameter);

    /** Expands the vectors that these, of this kind all, have read. */
    void expand(List<Copier> all);

    void writeElements(INDArray elements);

    void readGradient(INDArray gradient);

    /** Pulls back the gradients that these, of this kind all, have read. */
    void pullBack(List<Copier> all);

    void writeGradient(INDArray parameterGradient);
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
    public void expand(List<Copier> all) {
      all.forEach(each -> ((FloatCopier) each).round());
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
    public void pullBack(List<Copier> all) {
      factor.map().pullBack(arrays(all, each -> each.buffer), arrays(all, each -> each.parameters));
    }

    @Override
    public void writeGradient(INDArray parameterGradient) {
      HostArrays.write(parameters, parameterGradient);
    }

    private static List<float[]> arrays(List<Copier> all, Function<FloatCopier, float[]> array) {
      return all.stream().map(each -> array.apply((FloatCopier) each)).toList();
    }
  }

  /** For gradient checks: one after the other. */
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
    public void expand(List<Copier> all) {
      all.forEach(each -> ((DoubleCopier) each).expand());
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
    public void pullBack(List<Copier> all) {
      for (Copier copier : all) {
        DoubleCopier each = (DoubleCopier) copier;
        factor.map().pullBack(each.buffer, each.parameters);
      }
    }

    @Override
    public void writeGradient(INDArray parameterGradient) {
      HostArrays.write(parameters, parameterGradient);
    }
  }
}
