package org.nola4j.experiments.spi;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.deeplearning4j.optimize.api.TrainingListener;

/**
 * What a run is given beside its configuration; none of it may change the result.
 *
 * @param dataDirectory where the user says the data is; without it the usual places are searched
 * @param listeners to be added to the network
 */
public record RunContext(Optional<Path> dataDirectory, List<TrainingListener> listeners) {

  /** Copies the listeners. */
  public RunContext {
    listeners = List.copyOf(listeners);
  }
}
