package org.nola4j.experiments.network;

import java.util.function.Function;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.DataSource;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.spi.RunContext;

/** Reads data sets from where the user says, or from the usual places. */
public final class DataSets {
  private DataSets() {}

  /**
   * Reads a data set.
   *
   * @param reader reads it from a source
   * @throws UserException if it is not known, not there or no good
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
