package org.nola4j.datasets;

import java.util.List;
import java.util.stream.Stream;

/**
 * The image data sets, by name.
 *
 * <table>
 * <caption>Known sets</caption>
 * <tr><th>name</th><th>images</th><th>train</th><th>test</th><th>classes</th></tr>
 * <tr><td>{@code mnist}</td><td>1x28x28</td><td>60,000</td><td>10,000</td><td>10</td></tr>
 * <tr><td>{@code fashion-mnist}</td><td>1x28x28</td><td>60,000</td><td>10,000</td><td>10</td></tr>
 * <tr><td>{@code synthetic-digits}, a generated stand-in</td><td>1x28x28</td><td>12,000</td>
 * <td>2,000</td><td>10</td></tr>
 * </table>
 */
public final class ImageDataSets {
  private ImageDataSets() {}

  /** The names of all sets. */
  public static List<String> names() {
    return Stream.concat(
            PublishedSet.ALL.stream().map(PublishedSet::name), Stream.of(SyntheticDigits.NAME))
        .toList();
  }

  /**
   * Loads a set into memory: 55 MB for the published ones. A published set whose files are well
   * formed but not the published ones is loaded with a warning, since subsets are of use.
   *
   * @param name one of {@link #names()}
   * @param source where the files of published sets are found
   * @return the set
   * @throws DataSetException if the name is not known, or the files cannot be found or are no good
   */
  public static TrainTest load(String name, DataSource source) {
    if (name.equals(SyntheticDigits.NAME)) {
      return SyntheticDigits.standard().generate();
    }
    PublishedSet set =
        PublishedSet.ALL.stream()
            .filter(s -> s.name().equals(name))
            .findFirst()
            .orElseThrow(() -> unknown(name));
    return new PublishedSetReader(set, source.locate(set)).read();
  }

  private static DataSetException unknown(String name) {
    return new DataSetException(
        "data set '%s' is not known; the known ones are %s"
            .formatted(name, String.join(", ", names())));
  }
}
