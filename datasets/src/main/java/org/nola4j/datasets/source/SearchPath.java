// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.source;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where to look for data sets on this machine.
 *
 * @param explicit the folder given by the user for this run
 * @param environment the folder in {@code NOLA_DATA}
 * @param home the user's home directory
 */
public record SearchPath(Optional<Path> explicit, Optional<Path> environment, Path home) {

  static final String VARIABLE = "NOLA_DATA";

  public SearchPath {
    explicit = explicit.map(SearchPath::clean);
    environment = environment.map(SearchPath::clean);
    home = clean(home);
  }

  static SearchPath ofSystem(Optional<Path> explicit) {
    return new SearchPath(
        explicit,
        Optional.ofNullable(System.getenv(VARIABLE)).filter(v -> !v.isBlank()).map(Path::of),
        Path.of(System.getProperty("user.home")));
  }

  /** The folders to search for set {@code name}, in order. */
  public List<Path> folders(String name) {
    List<Path> folders = new ArrayList<>();
    explicit.ifPresent(folder -> folders.addAll(List.of(folder.resolve(name), folder)));
    environment.ifPresent(folder -> folders.add(folder.resolve(name)));
    folders.add(downloads(name));
    return folders.stream().distinct().toList();
  }

  /** The folder that set {@code name} is downloaded to. */
  Path downloads(String name) {
    return home.resolve(".nola4j").resolve("data").resolve(name);
  }

  private static Path clean(Path path) {
    return path.toAbsolutePath().normalize();
  }
}
