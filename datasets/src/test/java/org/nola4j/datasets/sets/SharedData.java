// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.sets;

import java.nio.file.Path;

/** The folder of data sets that the build names, which need not exist. */
final class SharedData {
  private SharedData() {}

  static Path folder() {
    return Path.of(System.getProperty("nola.test.shared", "no-shared")).resolve("data");
  }
}
