package org.nola4j.dl4j;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.reparameterization.Factorization;

/** The arrays of one weight in a runtime layer: factors that follow the trained vectors, and W0. */
public final class MaterializedWeight {
  private final WeightSpec spec;
  private final Factorization factorization;
  private final List<MaterializedFactor> factors;
  private final INDArray frozen;
  private INDArray sum;

  MaterializedWeight(
      WeightSpec spec,
      Factorization factorization,
      List<MaterializedFactor> factors,
      DataType type) {
    this.spec = spec;
    this.factorization = factorization;
    this.factors = List.copyOf(factors);
    float[] w0 = factorization.frozenWeight();
    this.frozen =
        w0 == null
            ? null
            : HostArrays.of(
                w0, type, factorization.shape().rows(), factorization.shape().columns());
  }

  WeightSpec spec() {
    return spec;
  }

  List<MaterializedFactor> factors() {
    return factors;
  }

  /** Whether the trained part is {@code scale * first * second}; otherwise it is {@code first}. */
  public boolean isLowRank() {
    return factorization.isLowRank();
  }

  /** s. */
  public float scale() {
    return factorization.scale();
  }

  /** The first or only factor. */
  public INDArray first() {
    return factors.get(0).elements();
  }

  /** The second factor. */
  public INDArray second() {
    return factors.get(1).elements();
  }

  /** Where the gradient of the first or only factor is to be written; row-major. */
  public INDArray firstGradient() {
    return factors.get(0).gradient();
  }

  /** Where the gradient of the second factor is to be written; row-major. */
  public INDArray secondGradient() {
    return factors.get(1).gradient();
  }

  /** W0, or null. */
  public INDArray frozen() {
    return frozen;
  }

  /**
   * W of a weight with one factor: {@code W0 + first}, formed once after each change; do not write
   * to it.
   */
  public INDArray matrix() {
    if (isLowRank()) {
      throw new IllegalStateException("a low-rank weight is multiplied factor by factor");
    }
    return frozen == null ? first() : sum;
  }

  /** Brings the factors up to date; returns whether anything changed. */
  boolean refresh() {
    boolean changed = false;
    for (MaterializedFactor factor : factors) {
      changed |= factor.refresh();
    }
    if (changed && frozen != null && !isLowRank()) {
      if (sum == null) {
        sum = HostArrays.allocate(frozen.dataType(), frozen.shape());
      }
      frozen.addi(first(), sum);
    }
    return changed;
  }
}
