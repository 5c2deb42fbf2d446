// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.format;

import java.util.LinkedHashMap;
import java.util.Map;
import org.nola4j.datasets.DataSetException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts a set's corrupt images. Each is logged once; more than a limit is an error. Thread-safe.
 */
final class CorruptImages {
  private static final Logger log = LoggerFactory.getLogger(CorruptImages.class);
  private static final int AT_LEAST = 10;
  private static final int ONE_IN = 1000;
  private static final int LISTED = 5;

  private final String set;
  private final int size;
  private final int limit;
  private final Map<String, String> reasons = new LinkedHashMap<>();

  /**
   * Allows one corrupt image in a thousand, but at least ten.
   *
   * @param set name of the set, for messages
   * @param size number of images of the set, including corrupt ones
   */
  CorruptImages(String set, int size) {
    this.set = set;
    this.size = size;
    this.limit = Math.max(AT_LEAST, size / ONE_IN);
  }

  /**
   * Counts a corrupt image, once.
   *
   * @param image where it is
   * @param reason what is wrong with it
   * @throws DataSetException if there are now more than the limit
   */
  synchronized void report(String image, String reason) {
    if (reasons.putIfAbsent(image, reason) == null) {
      log.warn("{}: skipping corrupt image {}: {}", set, image, reason);
    }
    if (reasons.size() > limit) {
      throw tooMany();
    }
  }

  private DataSetException tooMany() {
    StringBuilder list = new StringBuilder();
    reasons.entrySet().stream()
        .limit(LISTED)
        .forEach(e -> list.append("\n  ").append(e.getKey()).append(": ").append(e.getValue()));
    return new DataSetException(
        "%s: more than %d of %d images are corrupt; copy or download the set again. The first ones:%s"
            .formatted(set, limit, size, list));
  }
}
