package org.nola4j.reparameterization;

import org.nd4j.shade.jackson.annotation.JsonSubTypes;
import org.nd4j.shade.jackson.annotation.JsonTypeInfo;

/**
 * A method: how a weight arises from few trained numbers and a seed.
 *
 * <p>Implementations are immutable records, part of a layer's JSON under the name that {@link
 * #method()} gives.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "method")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Nola.class, name = "nola"),
  @JsonSubTypes.Type(value = Lora.class, name = "lora"),
  @JsonSubTypes.Type(value = Pranc.class, name = "pranc"),
  @JsonSubTypes.Type(value = HashedNet.class, name = "hashednet"),
  @JsonSubTypes.Type(value = Dense.class, name = "dense"),
  @JsonSubTypes.Type(value = Frozen.class, name = "frozen")
})
public sealed interface Reparameterization permits Nola, Lora, Pranc, HashedNet, Dense, Frozen {
  /** The name in files, tables and on the command line. */
  String method();

  /** Where W0 comes from. */
  FrozenWeight w0();

  /** This on another W0. */
  Reparameterization withW0(FrozenWeight w0);

  /**
   * What this method makes of a weight.
   *
   * @param seed of the weight: everything random derives from it, and equal seeds share their bases
   * @throws IllegalArgumentException if the method does not fit the shape, for instance a rank
   *     above both sizes
   */
  Factorization factorize(WeightShape shape, long seed);
}
