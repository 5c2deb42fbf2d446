// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.util.List;
import org.nola4j.experiments.metrics.GeneratedText;
import org.nola4j.experiments.metrics.Protocol;

/** Inputs for which a language model writes texts, which are compared with those of people. */
public interface TextTask {
  /** Writes them, in the order of the inputs; none where none are asked for. */
  List<GeneratedText> write(Network network);

  /** How they are scored. */
  Protocol protocol();
}
