// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

import java.util.Map;

/** The methods of this library. */
public final class BuiltInMethods implements ReparameterizationProvider {
  /** For {@link java.util.ServiceLoader}. */
  public BuiltInMethods() {}

  @Override
  public Map<String, Class<? extends Reparameterization>> methods() {
    return Map.of(
        "nola", Nola.class,
        "lora", Lora.class,
        "pranc", Pranc.class,
        "hashednet", HashedNet.class,
        "dense", Dense.class,
        "frozen", Frozen.class);
  }
}
