// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.report.TableFormat;

class ResultsTableTest {
  /** The expected files were checked by hand; a change of them is a change for users. */
  @ParameterizedTest
  @CsvSource({"MARKDOWN, md", "CSV, csv", "HTML, html", "JSON, json"})
  void sampleResultsRenderAsExpected(TableFormat format, String extension) throws IOException {
    assertEquals(expected("mnist." + extension), format.render(table()));
  }

  @Test
  void meanAndSampleDeviationAreOverSeeds() throws IOException {
    JsonNode nola = row("nola");
    assertEquals(0.71, nola.get("trainLoss").asDouble(), 1e-12);
    assertEquals(Math.sqrt(2) / 100, nola.get("trainLossStandardDeviation").asDouble(), 1e-12);
    assertEquals(2, nola.get("runs").asInt());
    assertTrue(row("pranc").get("trainLossStandardDeviation").isNull());
  }

  @Test
  void standInIsMarkedInItsRowAndBelow() throws IOException {
    String markdown = TableFormat.MARKDOWN.render(table());
    assertTrue(markdown.contains("| dense † "), markdown);
    assertFalse(markdown.contains("| nola † "), markdown);
    assertTrue(markdown.contains("\n† Measured on stand-in data (synthetic-digits)"), markdown);
    assertTrue(row("dense").get("standIn").asBoolean());
  }

  @Test
  void otherDataThanThePapersIsMarkedAndHasNoFiguresBesideIt() {
    PaperFigures other =
        new PaperFigures("x", "cifar10", SampleResults.paper().figures(), List.of());
    Table table = ResultsTable.of("mnist", SampleResults.read(), other);
    String markdown = TableFormat.MARKDOWN.render(table);
    assertTrue(markdown.contains("| nola ‡ "), markdown);
    assertTrue(markdown.contains("| dense † "), markdown);
    assertTrue(
        table
            .notes()
            .contains(
                "‡ Measured on mnist, but the paper's figures are for cifar10 and are not shown."),
        markdown);
    assertFalse(markdown.contains("0.87"), markdown);
  }

  @Test
  void whatIsToBeNotedOfTheDataStandsBelow() {
    ObjectNode tree = (ObjectNode) Json.tree(SampleResults.read().get(1));
    ((ObjectNode) tree.get("dataset")).put("note", "a lossy copy");
    ExperimentResult noted = Json.LENIENT.convertValue(tree, ExperimentResult.class);
    Table table = ResultsTable.of("mnist", List.of(noted), SampleResults.paper());
    assertTrue(table.notes().contains("Data set mnist: a lossy copy."), table.notes().toString());
  }

  @Test
  void accuraciesOfQuantizedCoefficientsAreColumns() throws IOException {
    List<ExperimentResult> results = new ArrayList<>(SampleResults.read());
    results.set(1, quantized(results.get(1), 0.50));
    results.set(2, quantized(results.get(2), 0.60));
    Table table = ResultsTable.of("mnist", results, SampleResults.paper());
    String markdown = TableFormat.MARKDOWN.render(table);
    assertTrue(markdown.indexOf(" at 16 bits |") < markdown.indexOf(" at 4 bits |"), markdown);
    assertTrue(markdown.contains("| 55.00 ± 7.07 |"), markdown);
    assertTrue(String.join("", table.notes()).contains("quantized after training"), markdown);
    JsonNode rows = Json.STRICT.readTree(TableFormat.JSON.render(table)).get("rows");
    assertEquals(0.55, rows.get(0).get("testAccuracy4Bits").asDouble(), 1e-12);
    assertTrue(rows.get(1).get("testAccuracy4Bits").isNull());
    assertFalse(TableFormat.MARKDOWN.render(table()).contains("bits"));
    assertFalse(Json.text(SampleResults.read().get(1)).contains("quantized"));
  }

  private static ExperimentResult quantized(ExperimentResult result, double accuracy) {
    ObjectNode tree = (ObjectNode) Json.tree(result);
    ((ObjectNode) tree.get("final"))
        .putPOJO(
            "quantized",
            List.of(
                new QuantizedMetrics(16, 0.7, 2000, null),
                new QuantizedMetrics(4, accuracy, 1000, null)));
    return Json.LENIENT.convertValue(tree, ExperimentResult.class);
  }

  @Test
  void bestAccuracyOfOldResultsComesFromTheirEpochs() {
    assertEquals(new BestEpoch(0.78, 3), SampleResults.read().get(1).best());
    assertEquals(new BestEpoch(0.8, 2), SampleResults.read().get(2).best());
  }

  @Test
  void differentConfigurationsOfAMethodAreDifferentRows() {
    List<ExperimentResult> results = new ArrayList<>(SampleResults.read());
    results.set(2, withEpochs(results.get(2), 10));
    assertEquals(
        List.of("nola (training.epochs=3)", "nola (training.epochs=10)", "pranc", "dense"),
        labels(results));
  }

  @Test
  void conditionsThatDifferBetweenMethodsAreNamed() {
    List<ExperimentResult> results = new ArrayList<>(SampleResults.read());
    String alike = ResultsTable.of("mnist", results, SampleResults.paper()).notes().toString();
    assertFalse(alike.contains("the same settings"), alike);
    results.set(3, withEpochs(results.get(3), 10));
    results.set(3, withShots(results.get(3), 5));
    List<String> notes = ResultsTable.of("mnist", results, SampleResults.paper()).notes();
    String different =
        "Not all rows have the same settings: dataset.shots (unset, 5), training.epochs (3, 10).";
    assertTrue(notes.contains(different), notes.toString());
    List<ExperimentResult> one = List.of(results.get(1), withEpochs(results.get(2), 10));
    String variants = ResultsTable.of("mnist", one, SampleResults.paper()).notes().toString();
    assertFalse(variants.contains("the same settings"), variants); // their rows say so
  }

  private static ExperimentResult withShots(ExperimentResult result, int shots) {
    ObjectNode tree = (ObjectNode) Json.tree(result);
    ((ObjectNode) tree.at("/config/dataset")).put("shots", shots);
    return Json.LENIENT.convertValue(tree, ExperimentResult.class);
  }

  /** Results of earlier versions do not say what their base file held. */
  @Test
  void differentBaseFilesAreDifferentRowsWhereTheyAreKnown() {
    List<ExperimentResult> results = new ArrayList<>(SampleResults.read());
    results.set(2, withBase(results.get(2), "a"));
    assertEquals(List.of("nola", "pranc", "dense"), labels(results));
    results.set(1, withBase(results.get(1), "b"));
    assertEquals(
        List.of("nola (base.sha256=b)", "nola (base.sha256=a)", "pranc", "dense"), labels(results));
  }

  private static List<String> labels(List<ExperimentResult> results) {
    return RunGroup.of(results, SampleResults.paper().methodOrder()).stream()
        .map(RunGroup::label)
        .toList();
  }

  private static ExperimentResult withBase(ExperimentResult result, String sha256) {
    ObjectNode tree = (ObjectNode) Json.tree(result);
    ((ObjectNode) tree.get("config")).putObject("base").put("sha256", sha256);
    return Json.LENIENT.convertValue(tree, ExperimentResult.class);
  }

  @Test
  void paperFiguresStandBesideItsOwnDataOnly() {
    ExperimentResult nola = SampleResults.read().get(1);
    PaperFigures other =
        new PaperFigures("x", "fashion-mnist", SampleResults.paper().figures(), List.of());
    assertEquals(0.71, SampleResults.paper().beside(nola).trainLoss());
    assertEquals(null, other.beside(nola).trainLoss());
  }

  @Test
  void unknownKeyOfThePaperFileIsNamed() throws IOException {
    JsonNode tree = Json.STRICT.readTree("{\"source\": \"x\", \"figures\": {\"a\": {\"los\": 1}}}");
    UserException error = assertThrows(UserException.class, () -> PaperFigures.of(tree));
    assertEquals("paper.json: unknown key figures.a.los", error.getMessage());
  }

  private static ExperimentResult withEpochs(ExperimentResult result, int epochs) {
    ObjectNode tree = (ObjectNode) Json.tree(result);
    ((ObjectNode) tree.at("/config/training")).put("epochs", epochs);
    return Json.LENIENT.convertValue(tree, ExperimentResult.class);
  }

  private static Table table() {
    return ResultsTable.of("mnist", SampleResults.read(), SampleResults.paper());
  }

  private static JsonNode row(String method) throws IOException {
    JsonNode rows = Json.STRICT.readTree(TableFormat.JSON.render(table())).get("rows");
    for (JsonNode row : rows) {
      if (row.get("method").asText().equals(method)) {
        return row;
      }
    }
    throw new AssertionError("no row " + method);
  }

  private static String expected(String name) throws IOException {
    try (InputStream in = ResultsTableTest.class.getResourceAsStream("/tables/" + name)) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }
}
