// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.lang.ref.Reference;
import java.lang.ref.SoftReference;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.sets.ImageDataSets;
import org.nola4j.datasets.source.DataSource;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.spi.RunContext;

/** Reads data sets from the user's folder or from the default locations. */
public final class DataSets {
  /**
   * Sets opened before, as long as memory suffices: hundreds of runs of a grid share a few sets,
   * and decoding one may take longer than a run.
   */
  private static final Map<Place, Reference<ImageSplits<?>>> OPENED = new ConcurrentHashMap<>();

  private record Place(Optional<Path> dataDirectory, String name) {}

  private DataSets() {}

  /**
   * Opens a set of images, unless it is open already, and uses it.
   *
   * @param name the registered name
   * @param use uses the set; its exceptions become user errors
   * @throws UserException if the set is unknown, missing, or invalid
   */
  static <T> T images(RunContext context, String name, Function<ImageSplits<?>, T> use) {
    Place place = new Place(context.dataDirectory(), name);
    return read(
        context,
        source -> {
          Reference<ImageSplits<?>> before = OPENED.get(place);
          ImageSplits<?> images = before == null ? null : before.get();
          if (images == null) {
            images = ImageDataSets.open(name, source);
            OPENED.put(place, new SoftReference<>(images));
          }
          return use.apply(images);
        });
  }

  /**
   * Reads something from the locations of data sets.
   *
   * @param reader reads it from a source
   * @throws UserException if it is unknown, missing, or invalid
   */
  public static <T> T read(RunContext context, Function<DataSource, T> reader) {
    DataSource source =
        context.dataDirectory().map(DataSource::startingAt).orElseGet(DataSource::standard);
    try {
      return reader.apply(source);
    } catch (DataSetException | IllegalArgumentException e) {
      throw new UserException(e.getMessage(), e);
    }
  }
}
