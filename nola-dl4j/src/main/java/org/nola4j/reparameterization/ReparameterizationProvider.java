// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

import java.util.Map;

/**
 * Registers methods. {@link Reparameterizations} finds providers with {@link
 * java.util.ServiceLoader}: name yours in {@code
 * META-INF/services/org.nola4j.reparameterization.ReparameterizationProvider}.
 *
 * <p>A registered method has layers, JSON, adapter files, experiment configurations, wrapping of
 * trained networks, and, where it {@linkplain Factorization#isLowRank is low-rank}, export as LoRA.
 */
@FunctionalInterface
public interface ReparameterizationProvider {
  /** The record of each method by its name, which is part of file formats and must not change. */
  Map<String, Class<? extends Reparameterization>> methods();
}
