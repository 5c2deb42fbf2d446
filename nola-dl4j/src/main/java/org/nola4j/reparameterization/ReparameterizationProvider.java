// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

import java.util.Map;

/**
 * Registers methods. {@link Reparameterizations} finds providers with {@link
 * java.util.ServiceLoader}: list yours in {@code
 * META-INF/services/org.nola4j.reparameterization.ReparameterizationProvider}.
 *
 * <p>A registered method works in layers, JSON, adapter files, experiment configurations and
 * wrapped networks and, if it {@linkplain Factorization#isLowRank is low-rank}, can be exported as
 * LoRA.
 */
@FunctionalInterface
public interface ReparameterizationProvider {
  /** The record of each method by its name, which is part of file formats and must not change. */
  Map<String, Class<? extends Reparameterization>> methods();
}
