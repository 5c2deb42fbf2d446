// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nola4j.datasets.sets.ImageDataSets;
import org.nola4j.datasets.source.DataSource;
import org.nola4j.experiments.FakeExperiment;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.report.Cell;
import org.nola4j.experiments.report.Column;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.run.CheckpointInspector;
import org.nola4j.experiments.run.ResultInspector;
import org.nola4j.experiments.spi.Benchmark;
import org.nola4j.experiments.spi.BenchmarkOption;
import org.nola4j.experiments.spi.BenchmarkSettings;
import org.nola4j.experiments.spi.Catalog;
import picocli.CommandLine;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.OptionSpec;

class MainTest {
  @TempDir Path folder;
  private final FakeExperiment experiment = new FakeExperiment();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Tag("slow")
  @Test
  void runTrainsAllMethodsAndPrintsTheTable() throws IOException {
    assertEquals(0, run("--epochs", "2"));
    assertTrue(out.toString().startsWith("Experiment mnist on mnist"), out.toString());
    assertTrue(out.toString().contains("| nola "), out.toString());
    List<String> done = err.toString().lines().filter(line -> line.contains(": done")).toList();
    assertEquals(5, done.size());
    assertTrue(done.get(0).startsWith("mnist nola seed 1 [1/5]: done, loss 0.0090"));
    for (String name :
        List.of("dense-seed1.json", "nola-seed1.safetensors", "nola-seed1.csv", "loss.png")) {
      assertTrue(Files.exists(folder.resolve("out/mnist").resolve(name)), name);
    }
  }

  @Test
  void methodsAndSeedsAreChosen() {
    assertEquals(0, run("--epochs=1", "--method", "lora", "--method", "nola", "--seed", "3,4"));
    assertEquals(
        List.of(
            "mnist lora seed 3 [1/4]",
            "mnist nola seed 3 [2/4]",
            "mnist lora seed 4 [3/4]",
            "mnist nola seed 4 [4/4]"),
        err.toString()
            .lines()
            .filter(line -> line.contains(": done"))
            .map(line -> line.substring(0, line.indexOf(':')))
            .toList());
    assertTrue(out.toString().contains("Mean ± sample standard deviation over seeds."));
  }

  @Test
  void oneDivergedRunLeavesTheOthers() {
    experiment.firstLoss = Double.NaN;
    experiment.atEpoch = epoch -> experiment.firstLoss = 2.3; // of the runs after the first
    assertEquals(2, run("--epochs=1", "--method=nola", "--method=lora"));
    assertTrue(out.toString().contains("| lora "), out.toString());
    assertFalse(out.toString().contains("| nola "), out.toString());
    assertTrue(
        err.toString()
            .contains(
                "mnist nola seed 1 diverged in epoch 1: the training loss is NaN; try a smaller"
                    + " training.learningRate"),
        err.toString());
  }

  @Test
  void resumeSkipsWhatIsFinished() {
    assertEquals(0, run("--epochs=1", "--method=nola"));
    experiment.trained.clear();
    assertEquals(0, run("--epochs=1", "--method=nola", "--resume"));
    assertEquals(List.of(), experiment.trained);
    assertTrue(err.toString().contains("mnist nola seed 1: already finished, skipped"));
    assertEquals(2, run("--epochs=2", "--method=nola", "--resume"));
    assertTrue(err.toString().contains("training.epochs was 1, now 2"), err.toString());
  }

  @Test
  void whatIsReplacedIsSaid() throws IOException {
    assertEquals(0, run("--epochs=1", "--method=nola"));
    assertEquals(0, run("--epochs=1", "--method=nola"));
    assertFalse(err.toString().contains("will replace"), err.toString());
    assertEquals(0, run("--epochs=2", "--method=nola"));
    String message =
        "mnist nola seed 1: will replace the result of another configuration: training.epochs was"
            + " 1, now 2";
    assertTrue(err.toString().contains(message), err.toString());
    Files.writeString(folder.resolve("out/mnist/nola-seed1.json"), "{}");
    assertEquals(0, run("--epochs=2", "--method=nola"));
    assertTrue(err.toString().contains("will replace what is no result"), err.toString());
  }

  @Test
  void nothingIsSaidToBeReplacedUntilTheRunStarts() throws IOException {
    assertEquals(0, run("--epochs=1", "--method=nola"));
    experiment.atStart =
        () -> {
          throw new UserException("no such data");
        };
    err.getBuffer().setLength(0);
    assertEquals(2, run("--epochs=2", "--method=nola"));
    assertEquals("error: no such data\n", err.toString());
  }

  @Test
  void aTableOfUnfinishedRunsSaysHowToContinueThem() throws IOException {
    Path results = Files.createDirectories(folder.resolve("out/mnist"));
    Files.writeString(results.resolve("nola-seed1.checkpoint"), "");
    assertEquals(2, execute("table", "mnist", "--results", folder.resolve("out").toString()));
    assertEquals(
        "error: no results in %s; nola-seed1.checkpoint is unfinished: to continue, repeat its command (of ./nola run, with --resume)\n"
            .formatted(results),
        err.toString());
  }

  @Test
  void runOverAnotherBaseFileIsNotResumed() throws IOException {
    experiment.baseDigest = "a";
    assertEquals(0, run("--epochs=1", "--method=nola"));
    JsonNode result = Json.STRICT.readTree(folder.resolve("out/mnist/nola-seed1.json").toFile());
    assertEquals("a".repeat(64), result.at("/config/base/sha256").asText());
    assertEquals(0, run("--epochs=1", "--method=nola", "--resume"));
    assertEquals(1, experiment.started.size());
    experiment.baseDigest = "b";
    assertEquals(2, run("--epochs=1", "--method=nola", "--resume"));
    String message = "base.sha256 was %s, now %s".formatted("a".repeat(64), "b".repeat(64));
    assertTrue(err.toString().contains(message), err.toString());
    assertEquals(0, run("--dry-run", "--method=nola"));
    assertTrue(out.toString().endsWith("]\n"), out.toString());
    assertFalse(out.toString().contains("b".repeat(64)), out.toString());
  }

  @Test
  void dryRunPrintsConfigurationAndCountsAsJson() throws IOException {
    assertEquals(0, run("--dry-run", "--method=nola", "--set", "reparameterization.k=8"));
    JsonNode plan = Json.STRICT.readTree(out.toString()).get(0);
    assertEquals("nola", plan.at("/config/reparameterization/method").asText());
    assertEquals(8, plan.at("/config/reparameterization/k").asInt());
    assertEquals("constant", plan.at("/config/training/schedule/kind").asText());
    assertEquals(330, plan.at("/parameters/trained").asInt());
    assertEquals(330, plan.at("/layers/output/trained").asInt());
    assertEquals(1234, plan.at("/adapterBytes").asInt());
    assertEquals(List.of(), experiment.trained);
    assertFalse(Files.exists(folder.resolve("out")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          run mnits                        | unknown experiment mnits; did you mean mnist? (available: mnist)
          run mnist --method nla           | unknown method nla; did you mean nola? (available for mnist: dense, hashednet, lora, nola, pranc)
          run mnist --epochs 0             | configuration of mnist/nola: training.epochs must be at least 1, was 0
          run mnist --epochs x             | Invalid value for option '--epochs': 'x' is not an int (see nola run --help)
          run mnist --seed 1,b             | Invalid value for option '--seed' (S): 'b' is not a long (see nola run --help)
          run mnist --epoch 3              | Unknown options: '--epoch', '3'; did you mean --epochs? (see nola run --help)
          run mnist --data /no/such/dir    | --data: /no/such/dir is not a directory
          run mnist --configs /no/such/dir | --configs: /no/such/dir is not a directory
          run                              | Missing required parameter: 'EXPERIMENT' (see nola run --help)
          rnu                              | Unmatched argument at index 0: 'rnu'; did you mean run? (see nola --help)
          table mnist --results /no/such   | --results: /no/such is not a directory
          inspect /no/such.json            | no such file: /no/such.json
          run mnist --checkpoint-minutes -1 | --checkpoint-minutes must be 0 to 10080, was -1.0
          quantize /no/such.safetensors --bits 4 | no such file: /no/such.safetensors
          quantize some.safetensors        | Missing required option: '--bits=N' (see nola quantize --help)
          quantize some.safetensors --bits 4 --floats F8 | Invalid value for option '--floats': expected one of [F32, F16] (case-sensitive) but was 'F8' (see nola quantize --help)
          bench bassi                      | Unmatched argument at index 1: 'bassi'; did you mean basis? (see nola bench --help)
          bench basis --seconds 0          | --seconds must be greater than 0 and at most 3600, was 0.0
          bench basis --format yaml        | Invalid value for option '--format': must be one of [markdown, csv, html, json], was yaml (see nola bench basis --help)
          bench basis --sizes 3            | Unknown options: '--sizes', '3'; did you mean --size? (see nola bench basis --help)
          bench basis --size x             | --size must be a whole number greater than 0, was x
          bench basis --size 0             | --size must be a whole number greater than 0, was 0
          bench basis --size 1 --size 2    | option '--size' (N) should be specified only once (see nola bench basis --help)
          """)
  void wrongInputIsOneLineAndStatusTwo(String arguments, String message) {
    assertEquals(2, execute(arguments.split(" ")));
    assertEquals("error: " + message + System.lineSeparator(), err.toString());
    assertEquals("", out.toString());
  }

  /** Names out of files may be megabytes long. */
  @ParameterizedTest
  @ValueSource(strings = {"--set=%s=1", "--set=training.%s=1", "--set=seed=\"%s\"", "--method=%s"})
  void overlongWordsAreCutOff(String option) {
    assertEquals(2, run(option.formatted("x".repeat(4000))));
    String message = err.toString();
    assertTrue(message.startsWith("error: ") && message.contains("xxx..."), message);
    assertTrue(message.length() < 2000, message);
  }

  @Test
  void missingCommandIsWrongInput() {
    assertEquals(2, execute());
    assertEquals(
        "error: Missing required subcommand (see nola --help)" + System.lineSeparator(),
        err.toString());
  }

  @Test
  void stackTraceOfUserErrorsIsShownOnlyWhenAsked() {
    assertEquals(2, execute("run", "mnits", "--verbose"));
    assertTrue(err.toString().contains("\tat org.nola4j."), err.toString());
  }

  @Test
  void internalErrorIsOneLineAndStatusOne() {
    experiment.atEpoch =
        epoch -> {
          throw new IllegalStateException("broken\nsecond line");
        };
    assertEquals(1, run("--method=nola"));
    String last = err.toString().lines().reduce((a, b) -> b).orElseThrow();
    assertEquals(
        "error: IllegalStateException: broken (run with --verbose for the stack trace)", last);
    assertEquals(1, run("--method=nola", "--verbose"));
    assertTrue(err.toString().contains("\tat org.nola4j."), err.toString());
  }

  @Test
  void userErrorOfSeveralLinesIsPutOnOne() {
    experiment.atEpoch =
        epoch -> {
          throw new UserException("not found. Looked in\n  /a\n  /b\nPut it there.\n");
        };
    assertEquals(2, run("--method=nola"));
    String last = err.toString().lines().reduce((a, b) -> b).orElseThrow();
    assertEquals("error: not found. Looked in /a /b Put it there.", last);
  }

  /** As when an image is damaged that is first decoded in training. */
  @Test
  void dataThatIsNoGoodIsTheUsersError() {
    experiment.atEpoch = epoch -> ImageDataSets.open("imagenet", DataSource.standard());
    assertEquals(2, run("--method=nola"));
    String last = err.toString().lines().reduce((a, b) -> b).orElseThrow();
    assertTrue(last.startsWith("error: unknown data set 'imagenet'; available:"), last);
  }

  @Test
  void notesThatCannotBeStoredAreRefusedBeforeTheTraining() {
    for (List<String> command : List.of(List.of("run", "mnist"), List.of("grid", "mnist-grid"))) {
      assertEquals(2, execute(command.get(0), command.get(1), "--note", "two words=x"));
      assertTrue(
          err.toString().startsWith("error: --note: a note's name has 1 to 64 letters"),
          err.toString());
      err.getBuffer().setLength(0);
    }
  }

  @Test
  void outputFolderThatIsAFileIsNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertEquals(2, execute("run", "mnist", "--out", file.toString()));
    assertEquals("error: --out: " + file + " is not a directory\n", err.toString());
  }

  @Tag("slow")
  @Test
  void progressIsWatchedInAFile() throws IOException {
    Path page = folder.resolve("out/mnist/progress.html");
    experiment.atEpoch = epoch -> assertTrue(Files.exists(page));
    assertEquals(0, run("--ui", "--method=nola,lora", "--epochs=2"));
    assertTrue(err.toString().contains("live charts for the browser: " + page.toUri()));
    assertTrue(Files.readString(page).contains("mnist lora seed 1: 2.00 of 2 epochs, loss 0.0180"));
  }

  @Test
  void tableIsPrintedInTheFormatAskedFor() throws IOException {
    run("--epochs=1", "--method=nola");
    out.getBuffer().setLength(0);
    String results = folder.resolve("out").toString();
    assertEquals(0, execute("table", "mnist", "--results", results, "--format", "json"));
    JsonNode row = Json.STRICT.readTree(out.toString()).at("/rows/0");
    assertEquals("nola", row.get("method").asText());
    assertEquals(0.71, row.get("paperTrainLoss").asDouble());
    assertEquals(2, execute("table", "minst", "--results", results));
    assertTrue(err.toString().contains("unknown experiment minst; did you mean mnist?"));
    err.getBuffer().setLength(0);
    assertEquals(2, execute("table", "mnist", "--results", results, "--epochs=1"));
    assertEquals(
        "error: mnist is not a grid, and its table has all recorded runs: omit --set and its short"
            + " forms\n",
        err.toString());
  }

  @Test
  void resultsAreInspected() throws IOException {
    run("--epochs=1", "--method=nola");
    out.getBuffer().setLength(0);
    Path result = folder.resolve("out/mnist/nola-seed1.json");
    assertEquals(0, execute("inspect", result.toString()));
    assertEquals(Json.STRICT.readTree(result.toFile()), Json.STRICT.readTree(out.toString()));
    out.getBuffer().setLength(0);
    assertEquals(0, execute("inspect", result.toString(), "--format=json"));
    assertEquals(2, execute("inspect", result.toString(), "--format=csv"));
    assertEquals(
        "error: --format csv: a file is printed as JSON, and only a folder's list in other formats;"
            + " omit the option",
        lastError());
    Path other = Files.writeString(folder.resolve("other.txt"), "");
    assertEquals(2, execute("inspect", other.toString()));
    assertEquals(
        "error: %s: unknown file type (known: result (.json), checkpoint (.checkpoint))\n"
            .formatted(other),
        err.toString().substring(err.toString().lastIndexOf("error: ")));
  }

  @Test
  void folderIsListed() throws IOException {
    run("--epochs=1", "--method=nola");
    Path folder = this.folder.resolve("out");
    Files.writeString(folder.resolve("mnist/some.checkpoint"), "damaged");
    Files.writeString(folder.resolve("mnist/config.json"), "{\"model_type\": \"gpt2\"}");
    out.getBuffer().setLength(0);
    assertEquals(0, execute("inspect", folder.toString(), "--format=json"));
    JsonNode rows = Json.STRICT.readTree(out.toString()).get("rows");
    assertEquals(2, rows.size());
    assertEquals("mnist/nola-seed1.json", rows.at("/0/file").asText());
    assertEquals(Files.size(folder.resolve("mnist/nola-seed1.json")), rows.at("/0/bytes").asLong());
    assertEquals(
        "result: mnist nola seed 1 on mnist, 1 epochs, loss 0.1438, test accuracy 87.43 %",
        rows.at("/0/contents").asText());
    assertTrue(rows.at("/1/contents").asText().startsWith("cannot be read: cannot continue from"));
    Files.writeString(folder.resolve("mnist/config.json"), "{\"n_head\": 12}");
    Files.writeString(folder.resolve("mnist/nola-seed2.json"), "{}");
    Files.copy(folder.resolve("mnist/nola-seed1.json"), folder.resolve("mnist/best.json"));
    out.getBuffer().setLength(0);
    assertEquals(0, execute("inspect", folder.toString(), "--format=csv"));
    assertEquals(
        List.of("file", "mnist/best.json", "mnist/nola-seed1.json", "mnist/nola-seed2.json"),
        out.toString().lines().map(line -> line.split(",", 2)[0]).limit(4).toList());
    assertFalse(out.toString().contains("config.json"), out.toString());
    assertTrue(out.toString().contains("cannot be read: not a result"), out.toString());
    Path empty = Files.createDirectory(this.folder.resolve("empty"));
    assertEquals(2, execute("inspect", empty.toString()));
    assertTrue(err.toString().contains("empty has no files of a known type (result"));
  }

  @Test
  void memoryThatRunsOutAndAnIncompleteClassPathHaveARemedy() {
    experiment.atEpoch =
        epoch -> {
          throw new IllegalStateException(new OutOfMemoryError("Java heap space"));
        };
    assertEquals(2, run("--method=nola"));
    assertEquals(
        "error: out of memory (Java heap space): lower training.batchSize or dataset.imageSize, or"
            + " give Java's heap more: NOLA_JAVA_OPTS=-Xmx4g",
        lastError());
    experiment.atEpoch =
        epoch -> {
          throw new IllegalStateException(new NoClassDefFoundError("org/some/Missing"));
        };
    assertEquals(2, run("--method=nola"));
    assertEquals(
        "error: a class is missing on the class path or has another version (NoClassDefFoundError:"
            + " org/some/Missing): delete experiments/target and run ./nola again to rebuild it",
        lastError());
  }

  /** Of training, only what trains is advised to change its settings. */
  @Test
  void memoryAdviceIsForTheCommand() {
    assertEquals(2, outOfMemory("generate"));
    assertTrue(lastError().contains("(x): lower --beams or --max-tokens, or give"), lastError());
    assertEquals(2, outOfMemory("merge"));
    assertTrue(lastError().contains("out of memory (x): give networks more"), lastError());
  }

  private int outOfMemory(String command) {
    CommandLine line = commandLine().getSubcommands().get(command);
    return Errors.handle(new OutOfMemoryError("x"), line, false);
  }

  @Test
  void csvLeavesNotesToStandardError() throws IOException {
    assertEquals(0, run("--epochs=1", "--method=nola"));
    String results = folder.resolve("out").toString();
    err.getBuffer().setLength(0);
    assertEquals(0, execute("table", "mnist", "--results", results, "--format", "csv"));
    assertTrue(err.toString().contains("Test accuracy is that of the last epoch."), err.toString());
    err.getBuffer().setLength(0);
    assertEquals(0, execute("table", "mnist", "--results", results));
    assertEquals("", err.toString());
  }

  private String lastError() {
    return err.toString().lines().reduce((a, b) -> b).orElseThrow();
  }

  @Test
  void benchmarksAreListedAndRun() {
    assertEquals(0, execute("list"));
    assertTrue(out.toString().contains("  mnist        a number that is halved"));
    assertTrue(out.toString().contains("methods: nola, pranc, dense, hashednet, lora"));
    assertTrue(out.toString().contains("  basis        measures nothing"));
    out.getBuffer().setLength(0);
    assertEquals(0, execute("bench", "basis", "--seconds", "0.5", "--format", "csv"));
    assertEquals("seconds,size,things\n0.5,7,\n", out.toString());
  }

  @Test
  void benchmarkIsGivenItsOptions() {
    assertEquals(
        0, execute("bench", "basis", "--format=csv", "--size=3", "--thing", "a,b", "--thing=c"));
    assertEquals("seconds,size,things\n1.0,3,a+b+c\n", out.toString());
    out.getBuffer().setLength(0);
    assertEquals(0, execute("bench", "basis", "--help"));
    assertTrue(out.toString().contains("--size=N"), out.toString());
    assertTrue(out.toString().contains("How large it is. Default: 7"), out.toString());
  }

  @Test
  void helpOfEveryCommandStatesAllDefaults() {
    assertDefaults(commandLine());
  }

  private void assertDefaults(CommandLine command) {
    String name = command.getCommandSpec().qualifiedName();
    assertEquals(0, execute((name + " --help").replaceFirst("nola ", "").split(" ")), name);
    for (OptionSpec option : command.getCommandSpec().options()) {
      if (!option.usageHelp() && !option.versionHelp()) {
        assertTrue(
            String.join("", option.description())
                .contains(option.required() ? "Required." : "Default: "),
            name + " " + option.longestName());
      }
    }
    command.getSubcommands().values().stream()
        .filter(each -> !(each.getCommand() instanceof HelpCommand))
        .forEach(this::assertDefaults);
  }

  private int run(String... options) {
    List<String> all = new ArrayList<>(List.of("run", "mnist"));
    all.addAll(List.of("--out", folder.resolve("out").toString()));
    all.addAll(Arrays.asList(options));
    return execute(all.toArray(String[]::new));
  }

  private int execute(String... arguments) {
    return commandLine().execute(arguments);
  }

  private CommandLine commandLine() {
    Catalog catalog =
        new Catalog(
            List.of(experiment),
            List.of(new FakeBenchmark()),
            List.of(new ResultInspector(), new CheckpointInspector()));
    PrintStream screen =
        new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
    return Main.commandLine(catalog, screen)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true));
  }

  private static final class FakeBenchmark implements Benchmark {
    @Override
    public String name() {
      return "basis";
    }

    @Override
    public String description() {
      return "measures nothing";
    }

    @Override
    public List<BenchmarkOption> options() {
      return List.of(
          BenchmarkOption.of("--size", "N", "7", "How large it is."),
          BenchmarkOption.list("--thing", "T", "none", "What is measured."));
    }

    @Override
    public Table run(BenchmarkSettings settings) {
      return new Table(
          "benchmark",
          List.of(
              Column.number("seconds", "seconds"),
              Column.number("size", "size"),
              Column.text("things", "things")),
          List.of(
              List.of(
                  Cell.of("", settings.seconds()),
                  Cell.of("", settings.count("--size").orElse(7)),
                  Cell.of("", String.join("+", settings.all("--thing"))))),
          List.of());
    }
  }
}
