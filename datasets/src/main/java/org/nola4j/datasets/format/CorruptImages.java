// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.format;

import java.util.LinkedHashMap;
import java.util.Map;
import org.nola4j.datasets.DataSetException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the account of a set's corrupt images: each is named once in the log, and when there are
 * more than a limit the set is given up. Any number of threads may report.
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
   * Allows for one corrupt image in a thousand, but for ten at least.
   *
   * @param set what the images are of, for messages
   * @param size number of images of the set, corrupt ones included
   */
  CorruptImages(String set, int size) {
    this.set = set;
    this.size = size;
    this.limit = Math.max(AT_LEAST, size / ONE_IN);
  }

  /**
   * Notes a corrupt image. Reporting it again changes nothing.
   *
   * @param image where it is
   * @param reason what is wrong with it
   * @throws DataSetException if there are more than the limit now
   */
  synchronized void report(String image, String reason) {
    if (reasons.putIfAbsent(image, reason) == null) {
      log.warn("{}: {} is corrupt and left out: {}", set, image, reason);
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
