// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nola4j.adapter.Adapter;
import org.nola4j.experiments.common.UserException;
import org.nola4j.io.FileFormatException;
import org.nola4j.modelfile.ModelFile;
import org.nola4j.transfer.Adapters;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Merges an adapter into the network that it adapts. */
@Command(
    name = "merge",
    description = {
      "Merges an adapter into the Deeplearning4j model that it adapts (Adapters.wrap).",
      "Writes a plain model that Deeplearning4j reads without this library, with the normalizer and"
          + " objects of the base model but without its updater state."
    },
    mixinStandardHelpOptions = true)
final class MergeCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", description = "Adapter file (.safetensors).")
  private Path file;

  @Option(
      names = "--base",
      required = true,
      paramLabel = "MODEL",
      description =
          "Trained base model written by ModelSerializer (.zip). Default: none; required.")
  private Path base;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "MODEL",
      description = "File to write the merged model to. Default: none; required.")
  private Path target;

  @Option(
      names = "--allow-class",
      paramLabel = "CLASS",
      split = ",",
      description =
          "Your own class, or a package such as com.example.layers.*, that the configuration in"
              + " MODEL may load; repeatable. Loading a class runs its code. Default: only classes"
              + " of Deeplearning4j and nola-dl4j.")
  private Set<String> allowed = Set.of();

  @Mixin private OverwriteOption overwrite;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    OverwriteOption.requireOther("--out", target, base, "base model");
    OverwriteOption.requireOther("--out", target, file, "adapter");
    overwrite.check("--out", target);
    if (!Files.isReadable(base)) {
      throw new UserException("no such file: " + base);
    }
    try {
      ModelFile model = ModelFile.of(base).allowing(allowed);
      Model merged = merge(Adapter.read(file), model.read());
      Files.createDirectories(target.toAbsolutePath().getParent());
      report(merged, model.write(merged, target));
    } catch (FileFormatException | IllegalArgumentException | ArithmeticException e) {
      throw new UserException(e.getMessage(), e);
    }
    return ExitCode.OK;
  }

  private static Model merge(Adapter adapter, Model model) {
    return model instanceof MultiLayerNetwork network
        ? Adapters.wrap(network, adapter).merge()
        : Adapters.wrap((ComputationGraph) model, adapter).merge();
  }

  private void report(Model merged, List<String> copied) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%s: %,d parameters, %,d bytes%n",
        target,
        merged.numParams(),
        Files.size(target));
    if (!copied.isEmpty()) {
      out.println("copied unchanged: " + String.join(", ", copied));
    }
    out.flush();
  }
}
