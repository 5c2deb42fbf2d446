// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import java.io.Serializable;
import java.util.List;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.nola4j.reparameterization.Reparameterization;

/**
 * A weight of a layer of a trained network.
 *
 * @param method its adapter, or frozen; its W0 is the layer's weight
 * @param axes its shape in DL4J; null in JSON of earlier versions
 */
public record AdaptedWeight(
    @JsonProperty("method") Reparameterization method, @JsonProperty("axes") List<Long> axes)
    implements Serializable {}
