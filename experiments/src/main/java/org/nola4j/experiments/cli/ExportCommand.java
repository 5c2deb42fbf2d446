// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.peft.PeftAdapter;
import org.nola4j.adapter.peft.PeftModule;
import org.nola4j.experiments.common.UserException;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.checkpoint.Gpt2Checkpoint;
import org.nola4j.models.checkpoint.LlamaCheckpoint;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code nola export}. */
@Command(
    name = "export",
    description = {
      "Exports a trained adapter as a LoRA adapter for Hugging Face PEFT.",
      "Writes "
          + PeftAdapter.CONFIG
          + " and "
          + PeftAdapter.TENSORS
          + " to DIR, with the factors A and B computed from the adapter's coefficients. Neither"
          + " file contains weights of the base model."
    },
    mixinStandardHelpOptions = true)
final class ExportCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "FILE",
      description = "Adapter file (.safetensors) with layers trained with NOLA or LoRA.")
  private Path file;

  @Option(
      names = "--peft",
      required = true,
      paramLabel = "DIR",
      description = "Output folder, created if necessary. Required.")
  private Path folder;

  @Option(
      names = "--name",
      paramLabel = "LAYER=MODULE",
      description =
          "Path of a layer's module in the base model, for example 0=fc1; repeatable. Default: the"
              + " layer's name.")
  private Map<String, String> names = Map.of();

  @Option(
      names = "--without",
      paramLabel = "LAYER",
      split = ",",
      description = "Skip a layer; repeatable, or LAYER,LAYER. Default: none.")
  private Set<String> without = Set.of();

  @Option(
      names = "--base-model",
      paramLabel = "NAME",
      description = "Name or path of the base model, for base_model_name_or_path. Default: none.")
  private String baseModel;

  @Option(
      names = "--gpt2",
      description =
          "The base model is transformers' GPT-2: all modules have its names, and the adapters of"
              + " q, k and v become one of c_attn. Not with --name or --without. Default: off.")
  private boolean gpt2;

  @Option(
      names = "--llama",
      description =
          "The base model is transformers' LLaMA, not one of llama2.c: all modules have its names."
              + " Not with --name or --without. Default: off.")
  private boolean llama;

  @Mixin private OverwriteOption overwrite;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    for (String name : List.of(PeftAdapter.CONFIG, PeftAdapter.TENSORS)) {
      OverwriteOption.requireOther("--peft", folder.resolve(name), file, "adapter");
      overwrite.check("--peft", folder.resolve(name));
    }
    PeftAdapter adapter;
    try {
      adapter = converted(Adapter.read(file)).withBaseModel(baseModel);
    } catch (FileFormatException | IllegalArgumentException e) {
      throw new UserException(e.getMessage(), e);
    }
    adapter.write(folder);
    PrintWriter out = spec.commandLine().getOut();
    adapter.modules().forEach(module -> out.println(describe(module)));
    adapter.warnings().forEach(warning -> out.println("warning: " + warning));
    out.println("PEFT adapter: " + folder);
    out.flush();
    return ExitCode.OK;
  }

  private PeftAdapter converted(Adapter adapter) {
    if (!gpt2 && !llama) {
      return PeftAdapter.of(adapter, names, without);
    }
    if (gpt2 && llama) {
      throw new UserException("--gpt2 and --llama are for different models: leave one out");
    }
    if (!names.isEmpty() || !without.isEmpty()) {
      throw new UserException(
          "%s names all modules: leave --name and --without out"
              .formatted(gpt2 ? "--gpt2" : "--llama"));
    }
    return gpt2 ? Gpt2Checkpoint.peft(adapter) : LlamaCheckpoint.peft(adapter);
  }

  private static String kernel(PeftModule.LowRank module) {
    return module.convolution()
        ? "kernel %d x %d, ".formatted(module.kernel().get(0), module.kernel().get(1))
        : "";
  }

  private static String describe(PeftModule module) {
    String kind =
        module instanceof PeftModule.LowRank lowRank
            ? "%srank %d, lora_alpha %s".formatted(kernel(lowRank), lowRank.rank(), lowRank.c())
            : "stored whole";
    return "%s: %d -> %d, %s%s"
        .formatted(
            module.name(),
            module.inputs(),
            module.outputs(),
            kind,
            module.bias() == null ? "" : ", bias");
  }
}
