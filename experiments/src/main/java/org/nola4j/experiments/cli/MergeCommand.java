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
import org.nola4j.experiments.text.PretrainedDecoder;
import org.nola4j.io.FileFormatException;
import org.nola4j.modelfile.ModelFile;
import org.nola4j.safetensors.TensorType;
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
      "Merges an adapter into the Deeplearning4j model, GPT-2 or LLaMA that it adapts.",
      "Of a Deeplearning4j model, writes a plain one that Deeplearning4j reads without this"
          + " library, with the normalizer and objects of the base model but without its updater"
          + " state. Of a language model, writes safetensors as Hugging Face's transformers does,"
          + " with config.json beside them; its tokenizer remains that of the base."
    },
    mixinStandardHelpOptions = true)
final class MergeCommand implements Callable<Integer> {
  private static final List<String> LANGUAGE_MODELS = List.of(".safetensors", ".json", ".bin");

  /** Types of numbers in safetensors files. */
  private enum FloatType {
    F32(TensorType.F32),
    F16(TensorType.F16),
    BF16(TensorType.BF16);

    private final TensorType type;

    FloatType(TensorType type) {
      this.type = type;
    }
  }

  @Parameters(paramLabel = "FILE", description = "Adapter file (.safetensors).")
  private Path file;

  @Option(
      names = "--base",
      required = true,
      paramLabel = "MODEL",
      description =
          "Trained base model: written by ModelSerializer (.zip); or a GPT-2 or LLaMA: a"
              + " safetensors file, model.safetensors.index.json, a folder with either, or one of"
              + " llama2.c (.bin). Required.")
  private Path base;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "MODEL",
      description =
          "File to write the merged model to; of a language model, a .safetensors. Required.")
  private Path target;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description = "Numbers of a merged language model: ${COMPLETION-CANDIDATES}. Default: F32.")
  private FloatType type;

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
      if (isLanguageModel()) {
        mergeLanguageModel();
      } else {
        mergeModel();
      }
    } catch (FileFormatException
        | IllegalArgumentException
        | IllegalStateException
        | ArithmeticException e) {
      throw new UserException(e.getMessage(), e);
    }
    return ExitCode.OK;
  }

  private boolean isLanguageModel() {
    String name = base.toString();
    return Files.isDirectory(base) || LANGUAGE_MODELS.stream().anyMatch(name::endsWith);
  }

  private void mergeLanguageModel() throws IOException {
    if (!allowed.isEmpty()) {
      throw new UserException(
          "--allow-class is for the model of a .zip; a language model loads no class: remove it");
    }
    if (!target.toString().endsWith(".safetensors")) {
      throw new UserException("--out must be a .safetensors for a language model, was " + target);
    }
    Path folder = target.toAbsolutePath().getParent();
    Path from = Files.isDirectory(base) ? base : base.toAbsolutePath().getParent();
    OverwriteOption.requireOther("--out's folder", folder, from, "base model's folder");
    overwrite.check("--out", target.resolveSibling("config.json"));
    ComputationGraph merged = PretrainedDecoder.merged(base, file);
    Files.createDirectories(folder);
    PretrainedDecoder.write(merged, target, type == null ? TensorType.F32 : type.type);
    report(merged, List.of());
  }

  private void mergeModel() throws IOException {
    if (type != null) {
      throw new UserException(
          "--type is for language models; the model of a .zip keeps its type: remove it");
    }
    ModelFile model = ModelFile.of(base).allowing(allowed);
    Model merged = merge(Adapter.read(file), model.read());
    Files.createDirectories(target.toAbsolutePath().getParent());
    report(merged, model.write(merged, target));
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
