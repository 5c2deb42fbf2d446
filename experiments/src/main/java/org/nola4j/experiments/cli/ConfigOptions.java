// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.nio.file.Path;
import org.nola4j.experiments.config.ConfigLoader;
import picocli.CommandLine.Option;

/** Options for the source of configurations. */
final class ConfigOptions {
  @Option(
      names = "--configs",
      paramLabel = "DIR",
      description =
          "Folder with your own configurations, DIR/EXPERIMENT/METHOD.json; they replace built-in"
              + " ones with the same name. Default: none.")
  private Path folder;

  ConfigLoader loader() {
    return folder == null ? ConfigLoader.packaged() : ConfigLoader.withFolder(folder);
  }
}
