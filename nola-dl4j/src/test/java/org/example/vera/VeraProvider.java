// SPDX-License-Identifier: Apache-2.0
package org.example.vera;

import java.util.Map;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.reparameterization.ReparameterizationProvider;

/** The registration. */
public final class VeraProvider implements ReparameterizationProvider {
  @Override
  public Map<String, Class<? extends Reparameterization>> methods() {
    return Map.of("vera", Vera.class);
  }
}
