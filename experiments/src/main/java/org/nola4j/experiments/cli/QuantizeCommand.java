// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.nola4j.adapter.Precision;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.inspect.AdapterFile;
import org.nola4j.experiments.inspect.Quantization;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code nola quantize}. */
@Command(
    name = "quantize",
    description = {
      "Quantizes an adapter's coefficients to a few bits each (paper, section 3.2) and prints the"
          + " savings and the error.",
      "Coefficients are alpha, beta, LoRA's A and B, and HashedNet's w; biases and all other"
          + " numbers stay floats. FILE is not changed, and its notes are kept."
    },
    mixinStandardHelpOptions = true)
final class QuantizeCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", description = "Adapter file (.safetensors).")
  private Path file;

  @Option(
      names = "--bits",
      paramLabel = "N",
      required = true,
      description = "Bits per coefficient, 2 to 8. Required.")
  private int bits;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Output file. Default: FILE-Nbit.safetensors in the folder of FILE.")
  private Path out;

  @Option(
      names = "--floats",
      paramLabel = "PRECISION",
      description =
          "Precision of all other numbers: F32 (4 bytes each) or F16 (2 bytes, rounded). Default:"
              + " as in FILE.")
  private Precision floats;

  @Mixin private FormatOption format;

  @Mixin private OverwriteOption overwrite;
  @Mixin private NoteOption note;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    AdapterFile source = AdapterFile.read(file);
    Path target = target();
    Precision precision = floats == null ? source.precision() : floats;
    Quantization quantization = Quantization.of(source, bits, precision, note.notes());
    quantization.after().write(target, precision);
    format.print(quantization.table(), spec);
    spec.commandLine().getErr().println("wrote " + target);
    return ExitCode.OK;
  }

  private Path target() {
    Path target = out == null ? beside() : out;
    overwrite.check("--out", target);
    Path folder = target.toAbsolutePath().getParent();
    if (!Files.isDirectory(folder)) {
      throw new UserException("--out: no such directory: " + folder);
    }
    return target;
  }

  private Path beside() {
    String name = file.getFileName().toString();
    int dot = name.lastIndexOf('.');
    String stem = dot > 0 ? name.substring(0, dot) : name;
    String extension = dot > 0 ? name.substring(dot) : "";
    return file.resolveSibling("%s-%dbit%s".formatted(stem, bits, extension));
  }
}
