// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nola4j.basis.Distribution;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.results.ConfigDifference;
import org.nola4j.reparameterization.BasisScale;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.Frozen;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.HashedNet;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;

class ConfigLoaderTest {
  private static final String DEFAULTS =
      """
      {"seed": 7,
       "dataset": {"name": "toy", "normalization": "unit"},
       "model": {"hidden": 16, "bias": "free"},
       "training": {"epochs": 3, "batchSize": 8, "optimizer": "adam", "learningRate": 0.05,
                    "schedule": {"kind": "step", "every": 2, "factor": 0.1}}}
      """;

  @TempDir Path folder;

  @BeforeEach
  void writeDefaults() throws IOException {
    write("default.json", DEFAULTS);
    write("dense.json", "{\"reparameterization\": {\"name\": \"dense\"}}");
  }

  @Test
  void methodIsMergedOverDefaultKeyByKey() throws IOException {
    write(
        "small.json",
        """
        {"reparameterization": {"name": "lora", "rank": 2, "w0": "none"},
         "training": {"learningRate": 0.5}}
        """);
    ExperimentConfig config = load("small");
    assertEquals("toy", config.experiment());
    assertEquals("small", config.method());
    assertEquals(7, config.seed());
    assertEquals(0.5, config.training().learningRate());
    assertEquals(3, config.training().epochs());
    assertEquals(new ScheduleConfig.Step(2, 0.1), config.training().schedule());
    assertEquals(
        Lora.on(FrozenWeight.none(), 2), config.reparameterization().toReparameterization());
  }

  @Test
  void nullTakesAKeyAway() throws IOException {
    write(
        "steady.json",
        """
        {"reparameterization": {"name": "dense"},
         "training": {"schedule": {"kind": "constant", "every": null, "factor": null}}}
        """);
    assertEquals(new ScheduleConfig.Constant(), load("steady").training().schedule());
  }

  @Test
  void settingsComeLast() {
    ExperimentConfig config =
        load("dense", "training.epochs=9", "training.schedule={\"kind\":\"cosine\"}", "seed=-5");
    assertEquals(9, config.training().epochs());
    assertEquals(new ScheduleConfig.Cosine(), config.training().schedule());
    assertEquals(-5, config.seed());
  }

  @Test
  void settingThatIsNoJsonIsAString() {
    ExperimentConfig config = load("dense", "dataset.name=fashion-mnist", "model.bias=folded");
    assertEquals("fashion-mnist", config.dataset().name());
    assertEquals(ModelConfig.Bias.FOLDED, config.model().bias());
  }

  /** Recorded results from before there could be several layers have a number. */
  @Test
  void hiddenLayersAreAListOrANumber() {
    assertEquals(List.of(16), hidden());
    assertEquals(List.of(32), hidden("model.hidden=32"));
    assertEquals(List.of(32, 8), hidden("model.hidden=[32,8]"));
    assertEquals(16, Json.tree(load("dense").model()).get("hidden").asInt());
  }

  private List<Integer> hidden(String... settings) {
    return load("dense", settings).model().as(ModelConfig.Mlp.class).hidden();
  }

  @Test
  void settingMayChooseAnotherMethodWithAllItsKeys() {
    ExperimentConfig config =
        load(
            "dense",
            "reparameterization.name=hashednet",
            "reparameterization.buckets=32",
            "reparameterization.w0=seeded");
    assertEquals(
        HashedNet.scratch(32).withW0(FrozenWeight.seeded()),
        config.reparameterization().toReparameterization());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          training.epoch=3        | --set training.epoch: unknown key training.epoch; did you mean epochs? (valid in training: epochs, batchSize, optimizer, learningRate, scaledRate, schedule, labelSmoothing, weightDecay, epsilon, maxGradientNorm, gradientAccumulation, averaging)
          traning.epochs=3        | --set traning.epochs: unknown key traning; did you mean training? (valid keys: seed, dataset, model, base, reparameterization, classifier, training, evaluation)
          method=nola             | --set method: unknown key method (valid keys: seed, dataset, model, base, reparameterization, classifier, training, evaluation)
          training.epochs.x=3     | --set training.epochs.x: training.epochs is a single value and has no keys
          reparameterization.k=3  | --set reparameterization.k: unknown key reparameterization.k (valid in reparameterization: method, gain, w0, shared, coefficientBits, dropout, bases)
          training.epochs         | --set needs path=value, for example training.learningRate=0.01, but was training.epochs
          training.epochs=0       | configuration of toy/dense: training.epochs must be at least 1, was 0
          training.averaging={"workers": 0, "every": 1} | configuration of toy/dense: training.averaging.workers must be at least 1, was 0
          training.averaging.workers=2 | configuration of toy/dense: training.averaging.every is missing
          training.averaging={"workers": 2, "every": 0} | configuration of toy/dense: training.averaging.every must be at least 1, was 0
          training.epochs=1.5     | configuration of toy/dense: training.epochs must be a whole number, was 1.5
          training.epochs=many    | configuration of toy/dense: training.epochs must be a whole number, was "many"
          model.hidden=[null]     | configuration of toy/dense: model.hidden has an empty entry
          training.epochs=null    | configuration of toy/dense: training.epochs is missing
          training.learningRate=-1| configuration of toy/dense: training.learningRate must be greater than 0 and finite, was -1.0
          training.optimizer=adams| configuration of toy/dense: training.optimizer must be one of adam, sgd, nesterovs, was "adams"
          training.scaledRate=yes | configuration of toy/dense: training.scaledRate must be true or false, was "yes"
          model.hidden=[]         | configuration of toy/dense: model.hidden must have at least 1 layer, was []
          model.hidden=[16,0]     | configuration of toy/dense: model.hidden must be at least 1, was 0
          model.hidden=many       | configuration of toy/dense: model.hidden[0] must be a whole number, was "many"
          model.bias=fre          | configuration of toy/dense: model.bias must be one of free, folded, none, was "fre"
          model=16                | configuration of toy/dense: model must be an object, was 16
          model.kernelView=out-by-in | --set model.kernelView: unknown key model.kernelView (valid in model: hidden, bias)
          classifier.rank=3       | classifier.method must be one of dense, frozen, hashednet, lora, nola, pranc, rslora, but is missing
          dataset.augmentation=flip | configuration of toy/dense: dataset.augmentation must be one of none, crop-flip, resized-crop-flip, few-shot, was "flip"
          reparameterization.name=nolla | reparameterization.method must be one of dense, frozen, hashednet, lora, nola, pranc, rslora, was nolla; did you mean nola?
          reparameterization={"method":"lora","rank":0,"w0":"none"} | configuration of toy/dense: reparameterization.rank must be at least 1, but is 0
          reparameterization={"method":"lora","w0":"none"} | configuration of toy/dense: reparameterization.rank is missing
          reparameterization={"method":"lora","rank":"x","w0":"none"} | configuration of toy/dense: reparameterization.rank must be a whole number, was "x"
          reparameterization={"method":"lora","rank":1,"w0":"zero"} | configuration of toy/dense: reparameterization.w0 must be one of none, seeded, pretrained, was "zero"
          reparameterization={"method":"pranc","k":1,"w0":"none","law":"gauss"} | configuration of toy/dense: reparameterization.law must be one of UNIFORM, SIGN, HADAMARD, ONE_HOT, was "GAUSS"
          reparameterization={"method":"nola","k":1,"l":1,"rank":1,"w0":"none","preset":"x"} | configuration of toy/dense: reparameterization.preset must be one of release-2023, release-2024, was "x"
          reparameterization={"method":"pranc","k":1,"w0":"none","preset":"paper"} | --set: unknown key reparameterization.preset (valid in reparameterization: method, k, law, basisScale, initialization, gain, w0, shared, coefficientBits, dropout, bases)
          reparameterization={"method":"lora","rank":1,"w0":"none","bases":"shared"} | configuration of toy/dense: reparameterization.bases cannot be set: lora has no random bases
          reparameterization.coefficientBits=9 | configuration of toy/dense: reparameterization.coefficientBits must be 2 to 8, was 9
          reparameterization.coefficientBits=1.5 | configuration of toy/dense: reparameterization.coefficientBits must be a whole number, was 1.5
          evaluation.coefficientBits=[4,1] | configuration of toy/dense: evaluation.coefficientBits must be 2 to 8, was 1
          evaluation.coefficientBits=[4,4] | configuration of toy/dense: evaluation.coefficientBits must not have duplicates, was [4, 4]
          evaluation.bits=[4] | --set evaluation.bits: unknown key evaluation.bits (valid in evaluation: coefficientBits, everyEpoch, nearestNeighbors, texts, mmlu)
          training.schedule.kind=constant | --set: unknown key training.schedule.every (valid in training.schedule: kind)
          """)
  void wrongSettingIsNamedWithWhatIsRight(String setting, String message) {
    assertMessage(message, "dense", setting);
  }

  @Test
  void unknownKeyInAFileNamesTheFile() throws IOException {
    write("bad.json", "{\"reparameterization\": {\"name\": \"lora\", \"rnak\": 2}}");
    assertMessage(
        folder.resolve("toy/bad.json")
            + ": unknown key reparameterization.rnak; did you mean rank? (valid in"
            + " reparameterization: method, rank, c, gain, w0, shared, rankTimesKernel,"
            + " capRank, coefficientBits, dropout, bases)",
        "bad");
  }

  @Test
  void misplacedKeyInTheDefaultsNamesTheDefaults() throws IOException {
    write("default.json", DEFAULTS.replace("\"hidden\"", "\"hiden\""));
    assertMessage(
        folder.resolve("toy/default.json")
            + ": unknown key model.hiden; did you mean hidden? (valid in model: hidden, bias)",
        "dense");
  }

  @Test
  void missingSettingIsNamed() throws IOException {
    write("default.json", DEFAULTS.replace("\"batchSize\": 8,", ""));
    assertMessage("configuration of toy/dense: training.batchSize is missing", "dense");
    write("default.json", DEFAULTS.replace("\"name\": \"toy\",", ""));
    assertMessage("configuration of toy/dense: dataset.name is missing", "dense");
  }

  @Test
  void brokenAndDoubledJsonNamesFileAndLine() throws IOException {
    write("broken.json", "{\n\"seed\": \n}");
    UserException broken = assertThrows(UserException.class, () -> load("broken"));
    assertStart(folder.resolve("toy/broken.json") + ": line 3: not valid JSON: ", broken);
    write("double.json", "{\"seed\": 1,\n \"seed\": 2}");
    UserException doubled = assertThrows(UserException.class, () -> load("double"));
    assertStart(
        folder.resolve("toy/double.json") + ": line 2: not valid JSON: Duplicate field", doubled);
  }

  @Test
  void unknownMethodAndExperimentHaveSuggestions() {
    assertMessage("unknown method dens; did you mean dense? (available for toy: dense)", "dens");
    UserException error =
        assertThrows(UserException.class, () -> loader().load("mnits", "nola", List.of()));
    assertEquals("no configurations for experiment mnits; did you mean mnist?", error.getMessage());
  }

  @Test
  void filesOfTheFolderGoBeforeOurs() throws IOException {
    Path mine = Files.createDirectories(folder.resolve("mnist"));
    Files.writeString(
        mine.resolve("lora.json"),
        "{\"reparameterization\": {\"name\": \"lora\", \"rank\": 3, \"w0\": \"none\"}}");
    ExperimentConfig config = loader().load("mnist", "lora", List.of());
    assertEquals(
        Lora.on(FrozenWeight.none(), 3), config.reparameterization().toReparameterization());
    assertEquals("mnist", config.dataset().name());
  }

  @Test
  void allPackagedConfigurationsLoad() {
    ConfigLoader packaged = ConfigLoader.packaged();
    List<String> methods = packaged.methods("mnist");
    assertEquals(List.of("dense", "hashednet", "lora", "nola", "pranc"), methods);
    methods.forEach(method -> packaged.load("mnist", method, List.of()));
  }

  @ParameterizedTest
  @CsvSource({"cifar10-resnet20", "imagenet100-resnet18"})
  void packagedConfigurationsOfResidualNetworksLoad(String experiment) {
    ConfigLoader packaged = ConfigLoader.packaged();
    List<String> methods = packaged.methods(experiment);
    assertTrue(
        methods.containsAll(List.of("dense", "hashednet", "lora", "nola", "pranc-layer")),
        methods.toString());
    methods.forEach(method -> packaged.load(experiment, method, List.of()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          model.hidden=3         | --set model.hidden: unknown key model.hidden (valid in model: network, kernelView, bias)
          model.kernelView=wide  | configuration of cifar10-resnet20/nola: model.kernelView must be one of out-by-in, nearest-square, was "wide"
          model.network=resnet50 | model.network must be one of resnet20, resnet18, lenet, vit-tiny, vit-small, vit-base, vit-large, bert-encoder, gpt2-small, gpt2-medium, gpt2-large, llama-7b, llama-13b, llama-70b, was resnet50; did you mean resnet20?
          """)
  void wrongSettingOfAResidualNetworkIsNamed(String setting, String message) {
    UserException error =
        assertThrows(
            UserException.class,
            () ->
                ConfigLoader.packaged()
                    .load("cifar10-resnet20", "nola", List.of(Setting.parse(setting))));
    assertEquals(message, error.getMessage());
  }

  /** A result's configuration is compared with today's when a run is resumed. */
  @ParameterizedTest
  @CsvSource({"nola", "pranc", "lora", "hashednet", "dense"})
  void configurationsOfThePerceptronAreThoseOfTheRecordedResults(String method) throws IOException {
    Path recorded = Path.of("results/mnist", method + "-seed1.json");
    JsonNode before = Json.STRICT.readTree(recorded.toFile()).get("config");
    ExperimentConfig now = ConfigLoader.packaged().load("mnist", method, List.of());
    assertEquals(Map.of(), ConfigDifference.between(before, Json.tree(now)));
  }

  @Test
  void coefficientsMayHaveFewBits() {
    ExperimentConfig config = load("dense", "reparameterization.coefficientBits=3");
    assertEquals(3, config.reparameterization().libraryBits());
    assertEquals(0, load("dense").reparameterization().libraryBits());
    assertFalse(Json.text(Json.tree(load("dense"))).contains("Bits"));
    config = load("dense", "evaluation.coefficientBits=[16,4]");
    assertEquals(List.of(16, 4), config.evaluation().coefficientBits());
  }

  @Test
  void theLearningRateMayBeThatOfWeights() {
    assertTrue(load("dense", "training.scaledRate=true").training().scalesRate());
    assertFalse(load("dense", "training.scaledRate=false").training().scalesRate());
    assertFalse(load("dense").training().scalesRate());
    assertFalse(Json.text(Json.tree(load("dense"))).contains("scaledRate"));
    assertMessage(
        "configuration of toy/dense: training.scaledRate needs the optimizer adam, whose steps do"
            + " not grow with the gradient, but it is nesterovs: set adam, or leave out scaledRate"
            + " and set a rate for the coefficients",
        "dense",
        "training.scaledRate=true",
        "training.optimizer=nesterovs");
  }

  @Test
  void bitsInTrainingAndAfterItAreOneTooMany() {
    assertMessage(
        "configuration of toy/dense: evaluation.coefficientBits quantizes coefficients after"
            + " training, but coefficientBits is set too: remove one of them",
        "dense",
        "reparameterization.coefficientBits=3",
        "evaluation.coefficientBits=[4]");
  }

  @Test
  void loraMayTakeItsRankTimesTheKernel() throws IOException {
    FrozenWeight none = FrozenWeight.none();
    MethodConfig lora = method("{'method':'lora','rank':2,'rankTimesKernel':true,'w0':'none'}");
    assertEquals(new Lora(6, 6, 1, none), lora.forKernel(3).toReparameterization());
    lora = method("{'method':'lora','rank':2,'c':4,'rankTimesKernel':true,'w0':'none'}");
    assertEquals(new Lora(6, 12, 1, none), lora.forKernel(3).toReparameterization());
    MethodConfig plain = method("{'method':'lora','rank':2,'w0':'none','coefficientBits':3}");
    assertEquals(plain, plain.forKernel(3));
  }

  /** Each setting as the library's record has it. */
  @Test
  void methodsAreTheLibrarysRecords() throws IOException {
    FrozenWeight none = FrozenWeight.none();
    FrozenWeight seeded = FrozenWeight.seeded();
    assertMethod(
        Nola.scratch(4, 3, 2).withDistribution(Distribution.UNIFORM),
        "{'method':'nola','rank':4,'k':3,'l':2,'w0':'none'}");
    assertMethod(
        Nola.on(seeded, 4, 3, 2).withDistribution(Distribution.UNIFORM),
        "{'method':'nola','rank':4,'k':3,'l':2,'w0':'seeded'}");
    assertMethod(
        new Nola(
            4,
            3,
            2,
            Distribution.SIGN,
            BasisScale.COUNT,
            Nola.Initialization.EQUAL,
            2,
            3,
            true,
            none),
        "{'method':'nola','rank':4,'k':3,'l':2,'law':'SIGN','basisScale':'COUNT','initialization':'EQUAL','gain':2,'c':3,'anchor':true,'w0':'none'}");
    assertMethod(Pranc.scratch(3), "{'method':'pranc','k':3,'w0':'none'}");
    assertMethod(Pranc.on(seeded, 3), "{'method':'pranc','k':3,'w0':'seeded'}");
    assertMethod(HashedNet.scratch(3), "{'method':'hashednet','buckets':3,'w0':'none'}");
    assertMethod(new Dense(), "{'method':'dense'}");
  }

  /** As in configurations and results of version 0.1. */
  @Test
  void olderSpellingsAreRead() throws IOException {
    FrozenWeight none = FrozenWeight.none();
    assertMethod(
        Nola.scratch(4, 3, 2).withDistribution(Distribution.UNIFORM),
        "{'name':'nola','rank':4,'k':3,'l':2,'preset':'scratch','law':null,'basisScale':null,'initialization':null,'gain':null,'c':null,'w0':'none'}");
    assertMethod(
        Nola.release2023(4, 3, 2).withW0(FrozenWeight.seeded()),
        "{'name':'nola','rank':4,'k':3,'l':2,'preset':'paper','w0':'seeded'}");
    assertMethod(
        Nola.release2024(4, 3, 2).withDistribution(Distribution.SIGN),
        "{'name':'nola','rank':4,'k':3,'l':2,'preset':'rewrite','law':'sign','w0':'none'}");
    assertMethod(
        Nola.on(FrozenWeight.seeded(), 4, 3, 2).withDistribution(Distribution.UNIFORM),
        "{'name':'nola','rank':4,'k':3,'l':2,'preset':'scratch','initialization':'zero-beta','w0':'seeded'}");
    assertEquals(
        new Pranc(3, Distribution.SIGN, BasisScale.UNIT, Pranc.Initialization.NORMAL, 1, none),
        method(
                "{'name':'pranc','k':3,'law':'sign','basisScale':'unit','initialization':'normal','w0':'none'}")
            .toReparameterization());
    FrozenWeight given = FrozenWeight.given(new float[] {1, 2, 3});
    assertEquals(new Frozen(given), method("{'name':'frozen'}").toReparameterization(given));
  }

  /** Every recorded configuration can be read. */
  @Test
  void recordedMethodsAreRead() throws IOException {
    int read = 0;
    try (Stream<Path> files = Files.walk(Path.of("results"))) {
      for (Path file : files.filter(each -> each.toString().endsWith(".json")).toList()) {
        JsonNode config = Json.STRICT.readTree(file.toFile()).path("config");
        for (String part : List.of("reparameterization", "classifier")) {
          if (config.path(part) instanceof ObjectNode method) {
            MethodConfig bound = MethodConfig.of(method);
            assertEquals(bound, MethodConfig.of(bound.json()), file.toString());
            read++;
          }
        }
      }
    }
    assertTrue(read > 500, "only " + read);
  }

  private static void assertMethod(Reparameterization expected, String json) throws IOException {
    MethodConfig method = method(json);
    assertEquals(expected, method.toReparameterization());
    assertEquals(method, method(Json.text(method)));
  }

  private static MethodConfig method(String json) throws IOException {
    return Json.STRICT.readValue(json.replace('\'', '"'), MethodConfig.class);
  }

  @Test
  void folderThatIsNotThereIsNamed() {
    Path missing = folder.resolve("missing");
    UserException error = assertThrows(UserException.class, () -> ConfigLoader.withFolder(missing));
    assertEquals("--configs: " + missing + " is not a directory", error.getMessage());
  }

  @Test
  void configurationsInsideAJarAreFound() throws IOException {
    URI jar = URI.create("jar:" + folder.resolve("app.jar").toUri());
    try (FileSystem files = FileSystems.newFileSystem(jar, Map.of("create", "true"))) {
      Files.createDirectories(files.getPath("/configs/toy"));
      Files.writeString(files.getPath("/configs/toy/default.json"), DEFAULTS);
    }
    ConfigFiles inJar = ConfigFiles.inJar(URI.create(jar + "!/configs"));
    assertEquals(List.of("default"), inJar.names("toy"));
    ConfigFiles.Source source = inJar.find("toy", "default").orElseThrow();
    assertEquals(new ConfigFiles.Source("configs/toy/default.json", DEFAULTS), source);
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(Files.createDirectories(folder.resolve("toy")).resolve(name), text);
  }

  private ConfigLoader loader() {
    return ConfigLoader.withFolder(folder);
  }

  private ExperimentConfig load(String method, String... settings) {
    return loader().load("toy", method, Arrays.stream(settings).map(Setting::parse).toList());
  }

  private void assertMessage(String expected, String method, String... settings) {
    UserException error = assertThrows(UserException.class, () -> load(method, settings));
    assertEquals(expected, error.getMessage());
  }

  private static void assertStart(String expected, UserException error) {
    String message = error.getMessage();
    assertEquals(expected, message.substring(0, Math.min(expected.length(), message.length())));
  }
}
