// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.spi;

import java.util.List;
import java.util.ServiceLoader;
import org.nola4j.experiments.common.Suggestions;
import org.nola4j.experiments.common.UserException;

/**
 * Everything that the command line can run.
 *
 * @param experiments experiments for {@code run} and {@code table}
 * @param benchmarks benchmarks for {@code bench}
 * @param inspectors file inspectors for {@code inspect}
 */
public record Catalog(
    List<Experiment> experiments, List<Benchmark> benchmarks, List<FileInspector> inspectors) {

  /** Copies the lists. */
  public Catalog {
    experiments = List.copyOf(experiments);
    benchmarks = List.copyOf(benchmarks);
    inspectors = List.copyOf(inspectors);
  }

  /** All implementations on the class path. */
  public static Catalog installed() {
    return new Catalog(all(Experiment.class), all(Benchmark.class), all(FileInspector.class));
  }

  /**
   * Finds an experiment by name.
   *
   * @throws UserException if there is none; the message suggests a similar name
   */
  public Experiment experiment(String name) {
    List<String> names = experiments.stream().map(Experiment::name).toList();
    return experiments.stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new UserException(
                    "unknown experiment %s%s (available: %s)"
                        .formatted(name, Suggestions.hint(name, names), String.join(", ", names))));
  }

  private static <T> List<T> all(Class<T> service) {
    return ServiceLoader.load(service).stream().map(ServiceLoader.Provider::get).toList();
  }
}
