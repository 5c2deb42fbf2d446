package org.nola4j.experiments.cli;

import java.nio.file.Path;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.results.PaperFigures;
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

  static PaperFigures paper(ConfigLoader loader, String experiment) {
    return loader.paper(experiment).map(PaperFigures::of).orElse(PaperFigures.NONE);
  }
}
