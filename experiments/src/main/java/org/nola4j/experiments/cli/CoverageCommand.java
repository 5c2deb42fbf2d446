// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.nola4j.experiments.common.AtomicFiles;
import org.nola4j.experiments.coverage.CoverageChart;
import org.nola4j.experiments.coverage.CoveragePoint;
import org.nola4j.experiments.coverage.CoverageReport;
import org.nola4j.experiments.coverage.CoverageStudy;
import org.nola4j.experiments.report.TableFormat;
import org.nola4j.experiments.run.StepProgress;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code nola coverage}. */
@Command(
    name = "coverage",
    description = {
      "Reproduces figure 2 of the paper: what fraction of the d^2 dimensions of a d x d weight do"
          + " PRANC and NOLA span with n trained numbers?",
      "Samples weights, computes the rank of their covariance in double precision, and writes it"
          + " and the closed form to OUT/coverage.csv and OUT/coverage.png."
    },
    mixinStandardHelpOptions = true)
final class CoverageCommand implements Callable<Integer> {
  private final PrintStream screen;

  @Option(
      names = "--d",
      paramLabel = "D",
      defaultValue = "16",
      description =
          "Rows and columns of the weight, at most 64; several as D,D or D..D. Time grows as d^6."
              + " Default: ${DEFAULT-VALUE}")
  private String sizes;

  @Option(
      names = "--n",
      paramLabel = "N",
      defaultValue = "4..40",
      description =
          "Trained numbers, at least 2; several as N,N or N..N or N..N:STEP. NOLA halves them:"
              + " k + l = n. Default: ${DEFAULT-VALUE}")
  private String counts;

  @Option(
      names = "--rank",
      paramLabel = "R",
      defaultValue = "4",
      description = "NOLA's rank r, at most d. Default: ${DEFAULT-VALUE}")
  private int rank;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Weights to sample per point, more than d^2; 0 means 1.25 d^2 + 1. Default:"
              + " ${DEFAULT-VALUE}")
  private int samples;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "Seed of bases and coefficients. Default: ${DEFAULT-VALUE}")
  private long seed;

  @Option(
      names = "--tolerance",
      paramLabel = "T",
      defaultValue = "1e-10",
      description =
          "Singular values below this fraction of the largest count as zero. Default:"
              + " ${DEFAULT-VALUE}")
  private double tolerance;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "out",
      description = "Folder for the two files. Default: ./${DEFAULT-VALUE}")
  private Path out;

  @Spec private CommandSpec spec;

  CoverageCommand(PrintStream screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws IOException {
    CoverageStudy study =
        new CoverageStudy(
            IntegerList.parse("--d", sizes),
            IntegerList.parse("--n", counts),
            rank,
            samples,
            seed,
            tolerance);
    OutputFiles.requireFolder("--out", out);
    CoverageReport report = new CoverageReport(study, measure(study));
    Path csv = out.resolve("coverage.csv");
    String text = TableFormat.CSV.render(report.whole());
    AtomicFiles.write(csv, stream -> stream.write(text.getBytes(StandardCharsets.UTF_8)));
    PrintWriter writer = spec.commandLine().getOut();
    writer.print(TableFormat.MARKDOWN.render(report.summary()));
    writer.println();
    writer.println("All points: " + csv);
    writer.flush();
    draw(report, writer);
    return ExitCode.OK;
  }

  private void draw(CoverageReport report, PrintWriter writer) throws IOException {
    Path png = out.resolve("coverage.png");
    if (OutputFiles.draw(
        () -> CoverageChart.write(report, png), spec.commandLine().getErr()::println)) {
      writer.println("Figure: " + png);
      writer.flush();
    }
  }

  private List<CoveragePoint> measure(CoverageStudy study) {
    PrintWriter log = spec.commandLine().getErr();
    try (StepProgress steps = new StepProgress("coverage", study.points(), screen, log)) {
      return study.run(point -> steps.step());
    }
  }
}
