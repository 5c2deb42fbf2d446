// SPDX-License-Identifier: Apache-2.0
package org.example.vera;

import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.nola4j.basis.Basis;
import org.nola4j.basis.Distribution;
import org.nola4j.basis.Seeds;
import org.nola4j.reparameterization.Factor;
import org.nola4j.reparameterization.Factorization;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Initial;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.reparameterization.WeightShape;

/**
 * VeRA (Kopiczko et al., <i>VeRA: Vector-based Random Matrix Adaptation</i>, ICLR 2024): {@code W =
 * W0 + A diag(d) B diag(b)} with one frozen random pair A, B for all weights and two trained
 * vectors per weight, d (rank) and b (columns). The paper's rows are outputs, so its B is our A.
 *
 * <p>A method from outside the library: this record, its {@link ScaledColumns map} and {@link
 * VeraProvider its registration} are all there is.
 *
 * @param rank columns of A and rows of B
 * @param pair seed of A and B
 * @param d where d starts; b starts at zero, so that training starts at W0
 * @param w0 the frozen part
 */
public record Vera(
    @JsonProperty("rank") int rank,
    @JsonProperty("pair") long pair,
    @JsonProperty("d") double d,
    @JsonProperty("w0") FrozenWeight w0)
    implements Reparameterization {

  /** Checks the rank. */
  public Vera {
    if (rank < 1) {
      throw new IllegalArgumentException("vera: rank must be at least 1, but is " + rank);
    }
  }

  /** With the paper's start, d = 0.1. */
  public static Vera on(FrozenWeight w0, int rank) {
    return new Vera(rank, 0, 0.1, w0);
  }

  @Override
  public Vera withW0(FrozenWeight w0) {
    return new Vera(rank, pair, d, w0);
  }

  @Override
  public Factorization factorize(WeightShape shape, long seed) {
    int m = shape.rows();
    int n = shape.columns();
    ScaledColumns a = new ScaledColumns(matrix(0, m, m * rank), m, rank, false);
    ScaledColumns b = new ScaledColumns(matrix(1, rank, n * rank), rank, n, true);
    return Factorization.lowRank(
        shape,
        Factor.ofVector("lambdaD", m, rank, a, null, Initial.constant(d)),
        Factor.ofVector("lambdaB", rank, n, b, null, Initial.constant(0)),
        rank,
        w0,
        seed);
  }

  /** Kaiming uniform; the elements of a smaller matrix are the first ones of a larger one. */
  private Basis matrix(int index, int fanIn, int length) {
    return new Basis(
        Seeds.derive(pair, index), Distribution.UNIFORM, (float) Math.sqrt(6.0 / fanIn), 1, length);
  }
}
