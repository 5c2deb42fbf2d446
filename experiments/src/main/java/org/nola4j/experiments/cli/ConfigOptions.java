// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.nio.file.Path;
import org.nola4j.experiments.config.ConfigLoader;
import picocli.CommandLine.Option;

/** Where configurations come from. */
final class ConfigOptions {
  @Option(
      names = "--configs",
      paramLabel = "DIR",
      description =
          "Folder with own configurations, DIR/EXPERIMENT/METHOD.json; they replace those of the"
              + " same name that come with the program. Default: none.")
  private Path folder;

  ConfigLoader loader() {
    return folder == null ? ConfigLoader.packaged() : ConfigLoader.withFolder(folder);
  }
}
