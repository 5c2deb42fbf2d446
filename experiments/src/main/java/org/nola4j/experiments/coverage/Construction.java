// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.coverage;

import org.nola4j.basis.Distribution;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;

/** The two methods of figure 2, each with n trained numbers. */
public enum Construction {
  /** k = n / 2 (rounded up) matrices A_i and l = n / 2 (rounded down) matrices B_j. */
  NOLA {
    @Override
    Reparameterization method(int n, int rank) {
      return Nola.scratch(rank, n - n / 2, n / 2).withDistribution(Distribution.UNIFORM);
    }

    @Override
    long closedForm(int d, int n, int rank) {
      return ClosedForm.nola(d, rank, n - n / 2, n / 2);
    }
  },

  /** n matrices P_i. */
  PRANC {
    @Override
    Reparameterization method(int n, int rank) {
      return Pranc.scratch(n);
    }

    @Override
    long closedForm(int d, int n, int rank) {
      return ClosedForm.pranc(d, n);
    }
  };

  abstract Reparameterization method(int n, int rank);

  abstract long closedForm(int d, int n, int rank);
}
