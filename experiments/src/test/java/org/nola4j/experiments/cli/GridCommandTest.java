// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.experiments.FakeExperiment;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.report.LineCharts;
import org.nola4j.experiments.results.ParameterCounts;
import org.nola4j.experiments.spi.Catalog;

@Tag("slow")
class GridCommandTest {
  private static final String GRID =
      """
      {
        "title": "Two methods, two data sets",
        "experiment": "mnist",
        "seeds": [1, 2],
        "settings": {"training.epochs": 3},
        "axes": {
          "method": {"nola": {"method": "nola"}, "lora": {"method": "lora", "search": [0.5]}},
          "data": {"mnist": {}, "fashion": {"settings": {"dataset.name": "fashion-mnist"}}}
        },
        "columns": "data",
        "search": {
          "setting": "training.learningRate",
          "values": [0.1, 0.01, 0.001],
          "seeds": [1],
          "settings": {"dataset.validation": 100}
        }
      }
      """;

  /** Of the other cells, which then have no search. */
  private static final String LIST =
      """
      }},
          "data": {"mnist": {}, "fashion": {"settings": {"dataset.name": "fashion-mnist"}}}}
      }
      """;

  @TempDir Path folder;
  private final FakeExperiment experiment = new FakeExperiment();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void writeGrid() throws IOException {
    Files.createDirectories(folder.resolve("configs/grids"));
    write(GRID);
    // On images held out 0.01 is best, on the test set 0.1 would be.
    experiment.accuracyOf =
        config -> {
          double rate = config.training().learningRate();
          return config.dataset().validation() == null
              ? rate + config.seed() / 100.0
              : 1 - Math.abs(rate - 0.01);
        };
  }

  @Test
  void valuesAreChosenOnImagesHeldOutAndTheTableHasMeanAndDeviation() throws IOException {
    assertEquals(0, grid("--format=json"));
    assertEquals(2 * (3 + 1) + 4 * 2, experiment.started.size());
    JsonNode rows = Json.STRICT.readTree(out.toString()).get("rows");
    assertEquals("nola", rows.at("/0/method").asText());
    assertEquals("0.01", rows.at("/0/mnist learningRate").asText());
    assertEquals(0.025, rows.at("/0/mnist testAccuracy").asDouble(), 1e-12);
    assertEquals(
        Math.sqrt(0.00005), rows.at("/0/mnist testAccuracyStandardDeviation").asDouble(), 1e-9);
    assertEquals(2, rows.at("/0/fashion runs").asInt());
    assertEquals("0.5", rows.at("/1/fashion learningRate").asText());
    assertEquals(64, rows.at("/1/coefficients").asInt());
    JsonNode result =
        Json.STRICT.readTree(folder.resolve("out/two/nola-fashion-seed2.json").toFile());
    assertEquals(0.01, result.at("/config/training/learningRate").asDouble());
    assertEquals("fashion-mnist", result.at("/config/dataset/name").asText());
    assertTrue(result.at("/config/dataset/validation").isMissingNode());
    JsonNode choice =
        Json.STRICT.readTree(folder.resolve("out/two-search/nola-mnist.choice.json").toFile());
    assertEquals(0.01, choice.get("value").asDouble());
    assertEquals(0.91, choice.at("/candidates/0/accuracy").asDouble(), 1e-12);
    assertTrue(Files.exists(folder.resolve("out/two-search/nola-mnist-0.001-seed1.json")));
    assertTrue(err.toString().contains("two: 16 of 16 runs done\n"), err.toString());
    assertTrue(err.toString().contains("two: 5 of 16 runs done, about "), err.toString());
  }

  @Test
  void nearestNeighborsAreRowsOfTheirOwn() throws IOException {
    write(
        GRID.replace(
            "{\"method\": \"nola\"}",
            "{\"method\": \"nola\", \"settings\": {\"evaluation.nearestNeighbors\": true}}"));
    assertEquals(0, grid("--format=json", "--only=nola,lora,fashion"));
    JsonNode rows = Json.STRICT.readTree(out.toString()).get("rows");
    assertEquals(4, rows.size());
    assertEquals("nola: 1-NN (cosine)", rows.at("/2/method").asText());
    assertEquals("nola: 1-NN (euclidean)", rows.at("/3/method").asText());
    double accuracy = rows.at("/0/fashion testAccuracy").asDouble();
    assertEquals(accuracy / 2, rows.at("/2/fashion testAccuracy").asDouble(), 1e-12);
    assertEquals(accuracy / 4, rows.at("/3/fashion testAccuracy").asDouble(), 1e-12);
    assertEquals(2, rows.at("/3/fashion runs").asInt());
    assertTrue(rows.at("/2/trained").isNull());
  }

  @Test
  void withoutColumnsAndSearchEveryCellIsARow() throws IOException {
    write(
        GRID.substring(0, GRID.indexOf("\"columns\""))
            .strip()
            .replaceAll(",$", "}")
            .replace(", \"search\": [0.5]", ""));
    assertEquals(0, grid("--format=csv", "--only=nola"));
    assertEquals(
        """
        method,data,coefficients,trained,adapterBytes,testAccuracy,testAccuracyStandardDeviation,runs
        nola,mnist,64,330,\
        """,
        out.toString().substring(0, out.toString().indexOf("nola,mnist,64,330,") + 18));
    assertEquals(4, experiment.started.size());
    assertEquals(0, grid("--list"));
  }

  @Test
  void finishedRunsAreReused() throws IOException {
    assertEquals(0, grid());
    String table = out.toString();
    experiment.started.clear();
    out.getBuffer().setLength(0);
    assertEquals(0, grid());
    assertEquals(List.of(), experiment.started);
    assertEquals(table, out.toString());
    out.getBuffer().setLength(0);
    assertEquals(0, nola("table"));
    assertEquals(table, out.toString());
    Files.delete(folder.resolve("out/two/lora-mnist-seed2.json"));
    assertEquals(0, grid());
    assertEquals(1, experiment.started.size());
  }

  @Test
  void tableTakesTheSettingsOfTheGrid() {
    assertEquals(0, grid("--only=lora,mnist", "--shots=5"));
    out.getBuffer().setLength(0);
    assertEquals(0, nola("table", "--shots=5"));
    assertTrue(out.toString().contains("| lora   |           64 |"), out.toString());
    assertFalse(out.toString().contains("left out"), out.toString());
    out.getBuffer().setLength(0);
    assertEquals(0, nola("table"));
    assertTrue(
        out.toString()
            .contains(
                "2 recorded runs have another configuration and are not shown: give the same --set"
                    + " options as to nola grid."),
        out.toString());
    assertFalse(out.toString().contains("| lora   |           64 |"), out.toString());
  }

  @Test
  void anInterruptedGridGoesOnWhereItStopped() {
    experiment.atStep =
        step -> {
          if (step == 5 * 3 * FakeExperiment.BATCHES + 7) { // the sixth run, in its second epoch
            throw new AssertionError("killed");
          }
        };
    assertThrows(AssertionError.class, () -> grid("--checkpoint-minutes=0"));
    assertEquals(6, experiment.started.size());
    experiment.atStep = step -> {};
    experiment.trained.clear();
    assertEquals(0, grid());
    assertEquals(6 + 11, experiment.started.size());
    assertEquals(2, experiment.trained.get(0)); // not from its first epoch
    assertEquals(2 + 10 * 3, experiment.trained.size());
  }

  @Test
  void aFailedCellIsReportedAndLeavesTheOthers() {
    experiment.atAccuracy =
        () -> {
          if (last().dataset().name().equals("fashion-mnist")
              && last().method().startsWith("lora")) {
            throw new UserException("no such data");
          }
        };
    assertEquals(2, grid());
    assertTrue(out.toString().contains("| lora "), out.toString());
    String message = err.toString();
    assertTrue(
        message.contains(
            "error: cell lora-fashion: two-search lora-fashion-0.5 seed 1: no such data"
                + " (and others, see above)"),
        message);
    assertTrue(message.contains("two: 13 of 16 runs done, 3 failed\n"), message);
    out.getBuffer().setLength(0);
    assertEquals(0, grid("--list"));
    assertTrue(
        out.toString()
            .contains(
                "| lora-fashion | mnist      | lora   | 0/1 tried    |       0/2 | waiting for"),
        out.toString());
    experiment.atAccuracy = () -> {};
    experiment.started.clear();
    assertEquals(0, grid());
    assertEquals(3, experiment.started.size());
  }

  @Test
  void runThatTakesAllMemoryLeavesTheOthers() {
    experiment.atEpoch =
        epoch -> {
          if (last().method().startsWith("nola")) {
            throw new OutOfMemoryError("Java heap space");
          }
        };
    assertEquals(2, grid("--only=mnist"));
    String message =
        "failed: two-search nola-mnist-0.1 seed 1: out of memory (Java heap space): lower"
            + " training.batchSize or dataset.imageSize, or give Java's heap more:"
            + " NOLA_JAVA_OPTS=-Xmx4g";
    assertTrue(err.toString().contains(message), err.toString());
    assertTrue(out.toString().contains("| lora   |           64 |"), out.toString());
  }

  @Test
  void aValueThatDivergesIsNotChosen() {
    experiment.firstLoss = Double.NaN;
    experiment.atEpoch = epoch -> experiment.firstLoss = 2.3; // of the runs after the first
    assertEquals(2, grid("--only", "nola,mnist"));
    assertTrue(err.toString().contains("nola-mnist-0.1 seed 1 diverged"), err.toString());
    assertTrue(out.toString().contains("| 0.01 |") || out.toString().contains(" 0.01 |"));
  }

  @Test
  void listShowsTheStateOfEachCellWithoutTraining() {
    assertEquals(0, grid("--list"));
    assertEquals(List.of(), experiment.started);
    assertFalse(Files.exists(folder.resolve("out")));
    assertEquals(0, grid("--only=lora,mnist"));
    out.getBuffer().setLength(0);
    assertEquals(0, grid("--list", "--format=csv"));
    assertEquals(
        """
        cell,experiment,method,learningRate,done,runs,state,seconds,secondsLeft
        nola-mnist,mnist,nola,0/3 tried,0,2,waiting for its search,0.0,LEFT
        nola-fashion,mnist,nola,0/3 tried,0,2,waiting for its search,0.0,LEFT
        lora-mnist,mnist,lora,0.5,2,2,done,SECONDS,0.0
        lora-fashion,mnist,lora,0/1 tried,0,2,waiting for its search,0.0,LEFT
        """,
        out.toString()
            .replaceFirst("done,[0-9.]+", "done,SECONDS")
            .replaceAll("search,0.0,[0-9.]+", "search,0.0,LEFT"));
  }

  @Test
  void listSaysHowLongTheRestWillTake() throws IOException {
    assertEquals(0, grid("--list"));
    assertTrue(out.toString().contains("so how long it takes is unknown"), out.toString());
    out.getBuffer().setLength(0);
    assertEquals(0, grid("--only=lora,mnist")); // a try and 2 runs, of 3 epochs each
    lasted(30, "two-search/lora-mnist-0.5-seed1"); // 10 an epoch
    lasted(60, "two/lora-mnist-seed1", "two/lora-mnist-seed2");
    out.getBuffer().setLength(0);
    assertEquals(0, grid("--list"));
    // NOLA: 3 tries of 30 and 2 runs of 60 for each data set; LoRA on the other: 1 try, 2 runs.
    assertTrue(out.toString().contains("|       0 | 3:30 |"), out.toString());
    assertTrue(out.toString().contains("|       0 | 2:30 |"), out.toString());
    assertTrue(
        out.toString().contains("About 9:30 left at the pace of the recorded epochs."),
        out.toString());
    // A cell goes at its own pace, and once a value is chosen, no other is tried.
    assertEquals(0, grid("--only=lora,fashion"));
    lasted(300, "two/lora-fashion-seed1");
    Files.delete(folder.resolve("out/two/lora-fashion-seed2.json"));
    Files.delete(folder.resolve("out/two-search/lora-fashion-0.5-seed1.json"));
    out.getBuffer().setLength(0);
    assertEquals(0, grid("--list", "--only=lora,fashion"));
    assertTrue(out.toString().contains("|     300 | 5:00 |"), out.toString());
  }

  private void lasted(double seconds, String... stems) throws IOException {
    for (String stem : stems) {
      Path file = folder.resolve("out").resolve(stem + ".json");
      ObjectNode result = (ObjectNode) Json.STRICT.readTree(file.toFile());
      ((ObjectNode) result.get("timing")).put("secondsTotal", seconds);
      Files.writeString(file, result.toString());
    }
  }

  @Test
  void anUnfinishedRunIsShownAsOfItsLastEpoch() throws IOException {
    write(GRID.substring(0, GRID.indexOf(", \"search\": [0.5]")) + LIST);
    killedAt(2 * FakeExperiment.BATCHES + 2); // in its third epoch
    assertEquals(0, grid("--list"));
    assertTrue(out.toString().contains("| after epoch 2 |"), out.toString());
    out.getBuffer().setLength(0);
    assertEquals(0, nola("table"));
    assertTrue(out.toString().contains("| 0 (2 of 3 epochs) |"), out.toString());
    assertTrue(out.toString().contains("Of an unfinished run: "), out.toString());
    Path charts = folder.resolve("charts");
    assertEquals(0, nola("table", "--plot", charts.toString()));
    assertTrue(Files.exists(charts.resolve("accuracy.png")));
  }

  /** Its last checkpoint has all epochs, but not what is measured at the end. */
  @Test
  void aRunInItsFinalEvaluationIsNotDone() throws IOException {
    write(GRID.substring(0, GRID.indexOf(", \"search\": [0.5]")) + LIST);
    AtomicInteger measured = new AtomicInteger();
    experiment.atAccuracy =
        () -> {
          if (measured.incrementAndGet() == 4) { // after the three of its epochs
            throw new AssertionError("killed");
          }
        };
    assertThrows(AssertionError.class, () -> grid("--checkpoint-minutes=0"));
    assertEquals(0, nola("table"));
    assertTrue(out.toString().contains("| 0 (3 of 3 epochs) |"), out.toString());
    out.getBuffer().setLength(0);
    assertEquals(0, grid("--list"));
    assertTrue(out.toString().contains("| after epoch 3 |"), out.toString());
  }

  @Test
  void ofFinishedAndUnfinishedRunsTheFinishedCount() throws IOException {
    write(GRID.substring(0, GRID.indexOf(", \"search\": [0.5]")) + LIST);
    killedAt((4 * 3 + 1) * FakeExperiment.BATCHES + 1); // nola-mnist seed 2, in its second epoch
    assertEquals(0, nola("table", "--format=json"));
    JsonNode rows = Json.STRICT.readTree(out.toString()).get("rows");
    assertEquals(1, rows.at("/0/runs").asInt());
    assertEquals(0.06, rows.at("/0/testAccuracy").asDouble(), 1e-9); // of seed 1
  }

  private void killedAt(int lastStep) {
    experiment.atStep =
        step -> {
          if (step == lastStep) {
            throw new AssertionError("killed");
          }
        };
    assertThrows(AssertionError.class, () -> grid("--checkpoint-minutes=0"));
    experiment.atStep = step -> {};
  }

  /** Whether losses or accuracies choose is only known from results. */
  @Test
  void ofNothingItIsNotSaidHowItWasChosen() throws IOException {
    Files.createDirectories(folder.resolve("out"));
    assertEquals(0, nola("table"));
    assertTrue(out.toString().contains("Nothing is recorded of these runs yet"), out.toString());
    assertFalse(out.toString().contains("chosen by"), out.toString());
    assertEquals(0, grid("--only=lora,mnist"));
    assertTrue(
        out.toString().contains("learningRate was chosen by mean accuracy on examples held out"),
        out.toString());
  }

  @Test
  void thePapersFiguresStandBesideAListOfMethods() throws IOException {
    String list =
        """
        {
          "title": "Two methods",
          "experiment": "mnist",
          "seeds": [1],
          "axes": {"method": {"nola": {"method": "nola"}, "pranc": {"method": "pranc"}}},
          "paper": "mnist"
        }
        """;
    write(list);
    assertEquals(0, grid("--epochs=1"));
    out.getBuffer().setLength(0);
    assertEquals(0, nola("table", "--epochs=1", "--format=json"));
    JsonNode rows = Json.STRICT.readTree(out.toString()).get("rows");
    assertEquals(0.71, rows.at("/0/paperTrainLoss").asDouble());
    assertEquals(0.87, rows.at("/1/paperTrainLoss").asDouble());
    write(list.replace("\"paper\": \"mnist\"", "\"paper\": \"minst\""));
    assertEquals(2, nola("table", "--epochs=1"));
    assertTrue(err.toString().contains("no figures of experiment minst"), err.toString());
    write(GRID.replace("\"columns\"", "\"paper\": \"mnist\", \"columns\""));
    assertEquals(2, nola("table"));
    assertTrue(err.toString().contains("beside lists only"), err.toString());
  }

  @Test
  void chartsOfAGridAreDrawn() throws IOException {
    write(GRID.replace("{\"method\": \"nola\"}", "{\"method\": \"nola\", \"line\": \"NOLA\"}"));
    experiment.countsOf =
        config ->
            config.dataset().name().equals("mnist")
                ? FakeExperiment.COUNTS
                : new ParameterCounts(128, 266, 0, 0, 203_264, 394);
    assertEquals(0, grid());
    Path charts = folder.resolve("charts");
    assertEquals(0, nola("table", "--plot", charts.toString()));
    for (String name : List.of("loss.png", "accuracy.png")) { // four curves, all alike
      assertTrue(pixels(charts.resolve(name), LineCharts.color(3)) > 200, name);
    }
    assertTrue(pixels(charts.resolve("trained.png"), LineCharts.color(0)) > 200); // one line
    assertEquals(0, pixels(charts.resolve("trained.png"), LineCharts.color(1)));
    assertEquals(2, nola("table", "--plot", folder.resolve("configs/grids/two.json").toString()));
    assertTrue(err.toString().contains("--plot: "), err.toString());
  }

  private static int pixels(Path chart, Color color) throws IOException {
    BufferedImage image = ImageIO.read(chart.toFile());
    int[] all = image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    return (int) IntStream.of(all).filter(pixel -> pixel == color.getRGB()).count();
  }

  @Test
  void gridWithoutLinesHasNoChartOfNumbersAndOneWithoutResultsNone() {
    Path charts = folder.resolve("charts");
    Path none = folder.resolve("none");
    assertEquals(0, grid("--only=mnist"));
    assertEquals(0, nola("table", "--plot", charts.toString()));
    assertTrue(Files.exists(charts.resolve("loss.png")));
    assertFalse(Files.exists(charts.resolve("trained.png")));
    assertEquals(0, nola("table", "--shots=3", "--plot", none.toString()));
    assertTrue(err.toString().contains("no charts: nothing is recorded"), err.toString());
    assertFalse(Files.exists(none));
  }

  @Test
  void moreRunsOfASearchChooseAgain() throws IOException {
    assertEquals(0, grid("--only=nola,mnist"));
    experiment.started.clear();
    write(GRID.replace("\"seeds\": [1],", "\"seeds\": [1, 2],"));
    out.getBuffer().setLength(0);
    assertEquals(0, grid("--list", "--only=nola,mnist"));
    assertTrue(out.toString().contains("| 3/6 tried "), out.toString());
    assertEquals(0, grid("--only=nola,mnist"));
    assertEquals(3, experiment.started.size()); // the second run of each value
    JsonNode choice =
        Json.STRICT.readTree(folder.resolve("out/two-search/nola-mnist.choice.json").toFile());
    assertEquals(2, choice.at("/candidates/0/runs").asInt());
  }

  @Test
  void otherRunsOfASearchChooseAgain() throws IOException {
    assertEquals(0, grid("--only=nola,mnist"));
    experiment.started.clear();
    write(GRID.replace("\"seeds\": [1],", "\"seeds\": [7],"));
    assertEquals(0, grid("--only=nola,mnist"));
    assertEquals(3, experiment.started.size());
  }

  @Test
  void otherConfigurationsAreNotMixedIn() throws IOException {
    assertEquals(0, grid("--only=lora,mnist"));
    write(GRID.replace("\"training.epochs\": 3", "\"training.epochs\": 2"));
    out.getBuffer().setLength(0);
    assertEquals(0, grid("--list", "--only=lora,mnist"));
    assertTrue(out.toString().contains("recorded with another configuration"), out.toString());
    assertEquals(2, grid("--only=lora,mnist"));
    assertTrue(err.toString().contains("training.epochs was 3, now 2"), err.toString());
  }

  @Test
  void runsOverAnotherBaseFileAreNotReused() throws IOException {
    experiment.baseDigest = "a";
    assertEquals(0, grid("--only=nola,mnist"));
    JsonNode result =
        Json.STRICT.readTree(folder.resolve("out/two/nola-mnist-seed1.json").toFile());
    assertEquals("a".repeat(64), result.at("/config/base/sha256").asText());
    experiment.started.clear();
    assertEquals(0, grid("--only=nola,mnist"));
    assertEquals(List.of(), experiment.started);
    experiment.baseDigest = "b";
    assertEquals(2, grid("--only=nola,mnist"));
    assertTrue(err.toString().contains("base.sha256 was aaa"), err.toString());
    assertEquals(List.of(), experiment.started);
  }

  @Test
  void experimentsMustBeKnownBeforeAnyIsTrained() throws IOException {
    write(GRID.replace("\"experiment\": \"mnist\"", "\"experiment\": \"mnist-mlp\""));
    assertEquals(2, grid());
    assertTrue(err.toString().contains("unknown experiment mnist-mlp"), err.toString());
  }

  private ExperimentConfig last() {
    return experiment.started.get(experiment.started.size() - 1);
  }

  private void write(String grid) throws IOException {
    Files.writeString(folder.resolve("configs/grids/two.json"), grid);
  }

  private int grid(String... options) {
    return nola("grid", options);
  }

  private int nola(String command, String... options) {
    List<String> all = new ArrayList<>(List.of(command, "two"));
    all.addAll(List.of("--out", folder.resolve("out").toString()));
    all.addAll(List.of("--configs", folder.resolve("configs").toString()));
    all.addAll(List.of(options));
    Catalog catalog = new Catalog(List.of(experiment), List.of(), List.of());
    PrintStream screen =
        new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
    return Main.commandLine(catalog, screen)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(all.toArray(String[]::new));
  }
}
