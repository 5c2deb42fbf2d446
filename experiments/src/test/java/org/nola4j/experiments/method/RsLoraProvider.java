// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.method;

import java.util.Map;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.reparameterization.ReparameterizationProvider;

/** The registration. */
public final class RsLoraProvider implements ReparameterizationProvider {
  @Override
  public Map<String, Class<? extends Reparameterization>> methods() {
    return Map.of("rslora", RsLora.class);
  }
}
