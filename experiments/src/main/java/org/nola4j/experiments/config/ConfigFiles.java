// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;

/**
 * The texts of all configuration files: built-in ones from the jar, overridden by those in a folder
 * given by the user. They are small, so all are read at once, and the rest of the package need not
 * know about jars.
 */
final class ConfigFiles {
  private static final String EXTENSION = ".json";
  private static final String PACKAGED = "configs";

  private final SortedMap<String, SortedMap<String, Source>> experiments;

  /**
   * One file.
   *
   * @param origin where it comes from, for messages
   * @param text its content
   */
  record Source(String origin, String text) {}

  private ConfigFiles(SortedMap<String, SortedMap<String, Source>> experiments) {
    this.experiments = experiments;
  }

  /** The files on the class path. */
  static ConfigFiles packaged() {
    URL url = ConfigFiles.class.getResource("/" + PACKAGED);
    if (url == null) {
      return new ConfigFiles(new TreeMap<>());
    }
    try {
      return url.getProtocol().equals("jar")
          ? inJar(url.toURI())
          : inFolder(Path.of(url.toURI()), PACKAGED);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException("unsupported location of the configurations: " + url, e);
    }
  }

  /** These files, overridden by those in a folder. */
  ConfigFiles under(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new UserException("--configs: " + folder + " is not a directory");
    }
    SortedMap<String, SortedMap<String, Source>> all = new TreeMap<>();
    experiments.forEach((name, files) -> all.put(name, new TreeMap<>(files)));
    try {
      inFolder(folder, folder.toString())
          .experiments
          .forEach((name, files) -> all.computeIfAbsent(name, n -> new TreeMap<>()).putAll(files));
    } catch (IOException e) {
      throw new UserException("--configs: cannot read " + folder + ": " + e.getMessage(), e);
    }
    return new ConfigFiles(all);
  }

  /** Experiments with at least one file. */
  List<String> experiments() {
    return List.copyOf(experiments.keySet());
  }

  /** The names of an experiment's files, without extension. */
  List<String> names(String experiment) {
    return List.copyOf(experiments.getOrDefault(experiment, new TreeMap<>()).keySet());
  }

  Optional<Source> find(String experiment, String name) {
    return Optional.ofNullable(experiments.getOrDefault(experiment, new TreeMap<>()).get(name));
  }

  /** The files of a jar. */
  static ConfigFiles inJar(URI uri) throws IOException {
    try (FileSystem jar = FileSystems.newFileSystem(uri, Map.of())) {
      return inFolder(jar.getPath("/" + PACKAGED), PACKAGED);
    }
  }

  private static ConfigFiles inFolder(Path folder, String origin) throws IOException {
    SortedMap<String, SortedMap<String, Source>> experiments = new TreeMap<>();
    try (Stream<Path> files = Files.find(folder, 2, (path, about) -> about.isRegularFile())) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Path place = folder.relativize(file);
        String name = place.getFileName().toString();
        if (place.getNameCount() == 2 && name.endsWith(EXTENSION)) {
          experiments
              .computeIfAbsent(place.getName(0).toString(), n -> new TreeMap<>())
              .put(
                  name.substring(0, name.length() - EXTENSION.length()),
                  new Source(origin + "/" + place, Json.read(file)));
        }
      }
    }
    return new ConfigFiles(experiments);
  }
}
