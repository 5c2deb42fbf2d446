// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

import java.util.Optional;

/**
 * Finds pretrained weights that are not in this process's memory, for instance on a machine that a
 * network was sent to. Implementations are listed in {@code
 * META-INF/services/org.nola4j.reparameterization.GivenWeightsSource} and have a public constructor
 * without arguments.
 */
public interface GivenWeightsSource {
  /**
   * The elements in row-major order, or empty if this source does not know them.
   *
   * @param sha256 over the elements as little-endian float32, in hexadecimal
   * @throws IllegalStateException to say why they should be there and are not
   */
  Optional<float[]> find(String sha256);
}
