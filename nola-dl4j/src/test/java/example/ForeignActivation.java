// SPDX-License-Identifier: Apache-2.0
package example;

import java.io.Serial;
import org.nd4j.linalg.activations.impl.ActivationSwish;

/** A third-party activation function that records when its class is initialized. */
public final class ForeignActivation extends ActivationSwish {
  /** The system property that it sets. */
  public static final String LOADED = "example.loaded";

  @Serial private static final long serialVersionUID = 1L;

  static {
    System.setProperty(LOADED, "true");
  }
}
