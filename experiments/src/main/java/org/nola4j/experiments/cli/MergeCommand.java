package org.nola4j.experiments.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.nola4j.adapter.Adapter;
import org.nola4j.experiments.common.AtomicFiles;
import org.nola4j.experiments.common.UserException;
import org.nola4j.io.FileFormatException;
import org.nola4j.transfer.Adapters;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Merges an adapter into the network that it was trained over. */
@Command(
    name = "merge",
    description = {
      "Merges an adapter into the Deeplearning4j model that it was trained over (Adapters.wrap):",
      "writes a plain model that Deeplearning4j reads without this library."
    },
    mixinStandardHelpOptions = true)
final class MergeCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", description = "The adapter (.safetensors).")
  private Path file;

  @Option(
      names = "--base",
      required = true,
      paramLabel = "MODEL",
      description =
          "The trained model as ModelSerializer wrote it (.zip). Default: none, it must be given.")
  private Path base;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "MODEL",
      description = "Where to write the merged model. Default: none, it must be given.")
  private Path target;

  @Mixin private OverwriteOption overwrite;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    OverwriteOption.requireOther("--out", target, base, "base model");
    OverwriteOption.requireOther("--out", target, file, "adapter");
    overwrite.check("--out", target);
    Model merged = merge();
    AtomicFiles.write(target, out -> ModelSerializer.writeModel(merged, out, false));
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%s: %,d parameters, %,d bytes%n",
        target,
        merged.numParams(),
        Files.size(target));
    out.flush();
    return Main.OK;
  }

  private Model merge() throws IOException {
    try {
      Adapter adapter = Adapter.read(file);
      Model model = readBase();
      return model instanceof MultiLayerNetwork network
          ? Adapters.wrap(network, adapter).merge()
          : Adapters.wrap((ComputationGraph) model, adapter).merge();
    } catch (FileFormatException | IllegalArgumentException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  /** Deeplearning4j does not say in the file which kind of network it is, only by what fails. */
  private Model readBase() throws IOException {
    if (!Files.isReadable(base)) {
      throw new UserException("no such file: " + base);
    }
    try {
      return ModelSerializer.restoreMultiLayerNetwork(base.toFile(), false);
    } catch (IOException | RuntimeException notLayered) {
      try {
        return ModelSerializer.restoreComputationGraph(base.toFile(), false);
      } catch (IOException | RuntimeException e) {
        throw new UserException(
            base + ": expected a model that Deeplearning4j's ModelSerializer wrote", e);
      }
    }
  }
}
