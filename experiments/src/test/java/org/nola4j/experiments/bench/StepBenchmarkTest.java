// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.report.TableFormat;
import org.nola4j.experiments.spi.BenchmarkSettings;

@Tag("slow")
class StepBenchmarkTest {
  @Test
  void everyMethodIsMeasuredAndComparedWithThePaper() throws IOException {
    Table table = run("--batch=4", "--method=pranc", "--method=nola");
    JsonNode rows = Json.STRICT.readTree(TableFormat.JSON.render(table)).get("rows");
    assertEquals(2, rows.size());
    assertEquals("pranc", rows.get(0).get("method").asText());
    assertEquals(330, rows.get(0).get("trained").asInt());
    for (JsonNode row : rows) {
      assertTrue(row.get("minMillis").asDouble() > 0);
      assertTrue(row.get("medianMillis").asDouble() >= row.get("minMillis").asDouble());
      if (PeakMemory.bytes().isPresent()) {
        assertTrue(row.get("peakBytes").asLong() > 50_000_000, row.toString());
      }
    }
    double ratio =
        rows.get(0).get("medianMillis").asDouble() / rows.get(1).get("medianMillis").asDouble();
    String expected = String.format(java.util.Locale.ROOT, "pranc : nola = %.1f here; ", ratio);
    assertTrue(table.notes().get(0).startsWith(expected), table.notes().get(0));
    assertTrue(table.notes().get(0).contains("PRANC : NOLA = 4.6"), table.notes().get(0));
    assertTrue(table.title().endsWith("batch 4 x 784"), table.title());
  }

  @Test
  void residualNetworksTakeTheSizeOfTheirImages() throws IOException {
    Table table = run("--model=resnet20", "--batch=2", "--image-size=8", "--method=lora");
    assertTrue(table.title().endsWith("ResNet20, random data, batch 2 x 8 x 8 x 3"));
    JsonNode row = Json.STRICT.readTree(TableFormat.JSON.render(table)).at("/rows/0");
    assertEquals(13_295, row.get("trained").asInt());
  }

  @Test
  void sharedBasesAreMeasuredBesideSeparateOnes() throws IOException {
    Table table =
        run("--batch=4", "--method=nola", "--method=dense", "--bases=separate", "--bases=shared");
    JsonNode rows = Json.STRICT.readTree(TableFormat.JSON.render(table)).get("rows");
    assertEquals("nola", rows.get(0).get("method").asText());
    assertEquals("nola, shared bases", rows.get(1).get("method").asText());
    assertEquals("dense", rows.get(2).get("method").asText());
    assertEquals(3, rows.size());
    assertEquals(rows.get(0).get("trained"), rows.get(1).get("trained"));
  }

  @Test
  void aSettingChangesWhatIsMeasured() throws IOException {
    Table table = run("--batch=4", "--method=nola", "--set=reparameterization.k=9");
    JsonNode row = Json.STRICT.readTree(TableFormat.JSON.render(table)).at("/rows/0");
    assertEquals(330 - 2 * (16 - 9), row.get("trained").asInt());
    assertEquals("With reparameterization.k=9.", table.notes().get(0));
  }

  @Test
  void aTaskIsReadAgainFromItsArguments() {
    List<Setting> settings =
        List.of(StepTask.SHARED_BASES, Setting.parse("training.schedule={\"kind\":\"constant\"}"));
    StepModel model = StepModel.named("resnet20");
    StepTask task = new StepTask(StepTask.Pass.TRAINING, model, "nola", settings, 8, 16, 0.5);
    assertEquals(
        task.arguments(), StepTask.parse(task.arguments().toArray(String[]::new)).arguments());
    assertEquals(settings, StepTask.parse(task.arguments().toArray(String[]::new)).settings());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --model=resnet21                    | --model must be one of mlp, resnet20, resnet18, was resnet21; did you mean resnet20?
          --batch=many                        | --batch must be a whole number greater than 0, was many
          --image-size=9                      | --image-size: mlp takes flat features
          --bases=share                       | --bases must be separate or shared, was share; did you mean shared?
          --method=nola --set=reparameterization.w0=non | configuration of mnist/nola: reparameterization.w0 must be one of none, seeded, pretrained, was "non"
          --model=resnet18 --method=nolla     | unknown method nolla; did you mean nola? (available for imagenet100-resnet18: dense, hashednet, lora, nola, pranc-layer)
          """)
  void wrongValueIsNamed(String options, String message) {
    UserException error = assertThrows(UserException.class, () -> run(options.split(" ")));
    assertEquals(message, error.getMessage());
  }

  @Test
  void peakIsReadFromTheSystemsReport() {
    assertEquals(
        OptionalLong.of(2048L * 1024),
        PeakMemory.parse(List.of("VmPeak:\t  999999 kB", "VmHWM:\t    2048 kB", "VmRSS:\t 1 kB")));
    assertEquals(OptionalLong.empty(), PeakMemory.parse(List.of("Name: java")));
  }

  private static Table run(String... options) {
    Map<String, List<String>> values = new LinkedHashMap<>();
    for (String option : options) {
      String[] parts = option.split("=", 2);
      values.merge(
          parts[0], List.of(parts[1]), (before, more) -> List.of(before.get(0), more.get(0)));
    }
    return new StepBenchmark().run(new BenchmarkSettings(0.01, values));
  }
}
