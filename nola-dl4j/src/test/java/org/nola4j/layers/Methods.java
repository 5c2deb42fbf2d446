// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import java.util.stream.Stream;
import org.nola4j.basis.Distribution;
import org.nola4j.reparameterization.BasisScale;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.HashedNet;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;

/** Every method in every form that differs in its computation, small enough for gradient checks. */
public final class Methods {
  private Methods() {}

  /** All of them. */
  public static Stream<Reparameterization> all() {
    FrozenWeight seeded = FrozenWeight.seeded();
    return Stream.<Reparameterization>of(
        Nola.scratch(2, 5, 4).withDistribution(Distribution.UNIFORM),
        Nola.scratch(2, 5, 4).withDistribution(Distribution.SIGN).withC(3),
        Nola.scratch(1, 3, 30).withBasisScale(BasisScale.KAIMING),
        Nola.on(seeded, 2, 5, 4)
            .withDistribution(Distribution.UNIFORM)
            .withInitialization(Nola.Initialization.NORMAL),
        Nola.release2023(2, 5, 4).withC(300),
        Nola.release2024(3, 5, 4),
        Nola.scratch(2, 5, 9).withDistribution(Distribution.HADAMARD).withC(3),
        Nola.on(seeded, 3, 5, 4).withDistribution(Distribution.HADAMARD),
        Nola.release2024(3, 17, 2).withDistribution(Distribution.HADAMARD),
        Nola.scratch(2, 5, 4).withDistribution(Distribution.ONE_HOT),
        new Lora(2, 3, 1, FrozenWeight.none()),
        Lora.on(seeded, 1),
        Pranc.scratch(6),
        new Pranc(6, Distribution.SIGN, BasisScale.UNIT, Pranc.Initialization.NORMAL, 1, seeded),
        new Pranc(
            6, Distribution.HADAMARD, BasisScale.KAIMING, Pranc.Initialization.FIRST, 1, seeded),
        new Pranc(
            6,
            Distribution.ONE_HOT,
            BasisScale.UNIT,
            Pranc.Initialization.NORMAL,
            1,
            FrozenWeight.none()),
        HashedNet.scratch(7),
        new HashedNet(7, true, 1, FrozenWeight.none()),
        new HashedNet(7, false, 1, seeded),
        new Dense(),
        new Dense(1, seeded));
  }
}
