// SPDX-License-Identifier: Apache-2.0
package example;

import java.io.Serial;
import org.nd4j.linalg.activations.impl.ActivationSwish;

/** An activation function of somebody else. */
public final class ForeignActivation extends ActivationSwish {
  @Serial private static final long serialVersionUID = 1L;
}
