// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.nola4j.datasets.DataSetException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the files of published data sets. For a set NAME it uses the first of these folders that
 * has all of them:
 *
 * <ol>
 *   <li>{@code DIR/NAME}, then {@code DIR} itself, where DIR is the folder given by the user;
 *   <li>{@code $NOLA_DATA/NAME};
 *   <li>{@code ~/.nola4j/data/NAME}.
 * </ol>
 *
 * <p>If there is none, it downloads what is missing into {@code ~/.nola4j/data/NAME} from the set's
 * public addresses, if it has any. A downloaded file is kept only if the SHA-256 of its contents,
 * or of its archive, is the published one; it never appears half-written.
 */
public final class DataSource {
  private static final Logger log = LoggerFactory.getLogger(DataSource.class);

  private final SearchPath searchPath;
  private final Downloader downloader;

  public DataSource(SearchPath searchPath, Downloader downloader) {
    this.searchPath = searchPath;
    this.downloader = downloader;
  }

  /** Searches the folders above, without one given by the user. */
  public static DataSource standard() {
    return of(Optional.empty());
  }

  /**
   * Searches the folders above, starting with one given by the user.
   *
   * @param folder contains folders named after the sets, or the files of the set itself
   * @return the data source
   */
  public static DataSource startingAt(Path folder) {
    return of(Optional.of(folder));
  }

  private static DataSource of(Optional<Path> explicit) {
    return new DataSource(SearchPath.ofSystem(explicit), Downloader::fromNetwork);
  }

  /**
   * Finds a file that is not part of a set, such as a trained network.
   *
   * @param path absolute, or relative to the working directory or to one of the folders above, such
   *     as {@code vit-cifar10/model.safetensors} in {@code DIR} or {@code $NOLA_DATA}
   * @return the first match
   * @throws DataSetException if there is none; the message lists the searched paths
   */
  public Path file(String path) {
    List<Path> places =
        Stream.concat(Stream.of(Path.of(path)), searchPath.folders(path).stream())
            .map(place -> place.toAbsolutePath().normalize())
            .filter(place -> place.endsWith(Path.of(path).getFileName()))
            .distinct()
            .toList();
    return places.stream()
        .filter(Files::isRegularFile)
        .findFirst()
        .orElseThrow(
            () ->
                new DataSetException(
                    "file %s was not found; looked for %s"
                        .formatted(
                            path,
                            places.stream()
                                .map(Path::toString)
                                .collect(Collectors.joining(", ")))));
  }

  /**
   * Returns the folder with all files of {@code set}, downloading them if necessary.
   *
   * @throws DataSetException if there is none; the message lists the searched paths and says what
   *     to do
   */
  public Path locate(PublishedFiles set) {
    List<Path> folders = searchPath.folders(set.name());
    Path found =
        folders.stream()
            .filter(folder -> set.lackingIn(folder).isEmpty())
            .findFirst()
            .orElseGet(() -> download(set, folders));
    log.info("reading {} from {}", set.name(), found);
    warnIfElsewhere(set, found);
    return found;
  }

  private Path download(PublishedFiles set, List<Path> searched) {
    Path target = searchPath.downloads(set.name());
    List<String> places = searched.stream().map(folder -> verdict(set, folder)).toList();
    try {
      set.download(target, downloader);
      return target;
    } catch (IOException e) {
      throw new DataSetException(notFound(set, places, e), e);
    }
  }

  /** Users who give a folder should know that another one was used. */
  private void warnIfElsewhere(PublishedFiles set, Path found) {
    searchPath
        .explicit()
        .filter(named -> !found.startsWith(named))
        .ifPresent(
            named ->
                log.warn("{} does not have all files of {}: using {}", named, set.name(), found));
  }

  private static String verdict(PublishedFiles set, Path folder) {
    if (!Files.isDirectory(folder)) {
      return folder + ": no such folder";
    }
    return folder + ": missing " + String.join(", ", set.lackingIn(folder));
  }

  private String notFound(PublishedFiles set, List<String> places, IOException failure) {
    return """
    data set %s was not found. Looked in
      %s
    and could not download it:
      %s
    %s
    into %s, or into a folder %s in the directory given by --data or by the environment \
    variable %s; or use %s.\
    """
        .formatted(
            set.name(),
            String.join("\n  ", places),
            failure.getMessage(),
            set.wanted(),
            searchPath.downloads(set.name()),
            set.name(),
            SearchPath.VARIABLE,
            set.alternative());
  }
}
