// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTag;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.List;

/** The structure of models, datasets and experiments. The library has a test of its own. */
@ArchTag("slow")
@AnalyzeClasses(
    packages = {"org.nola4j.models", "org.nola4j.datasets", "org.nola4j.experiments"},
    importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  private static final SliceAssignment SOURCE_FILES =
      new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
          return SliceIdentifier.of(javaClass.getName().replaceFirst("\\$.*", ""));
        }

        @Override
        public String getDescription() {
          return "source files";
        }
      };

  @ArchTest
  static final ArchRule FILES_HAVE_NO_CYCLES =
      slices().assignedFrom(SOURCE_FILES).should().beFreeOfCycles();

  @ArchTest
  static final ArchRule MODULES_ARE_LAYERED =
      bottomUp("..nola4j.datasets..", "..nola4j.models..", "..nola4j.experiments..");

  @ArchTest
  static final ArchRule MODELS_ARE_LAYERED = bottomUp("..nola4j.models", "..models.checkpoint");

  @ArchTest
  static final ArchRule DATA_SETS_ARE_LAYERED =
      bottomUp(
          "..datasets.random",
          "..datasets.image",
          "..nola4j.datasets",
          "..datasets.batch",
          "..datasets.source",
          "..datasets.text",
          "..datasets.nlg",
          "..datasets.format",
          "..datasets.synthetic",
          "..datasets.sets");

  @ArchTest
  static final ArchRule EXPERIMENTS_ARE_LAYERED =
      bottomUp(
          "..experiments.common",
          "..experiments.metrics",
          "..experiments.report",
          "..experiments.config",
          "..experiments.results",
          "..experiments.spi",
          "..experiments.run",
          "..experiments.knn",
          "..experiments.network",
          "..experiments.text",
          "..experiments.tasks",
          "..experiments.bench",
          "..experiments.grid",
          "..experiments.demo",
          "..experiments.coverage",
          "..experiments.inspect",
          "..experiments.cli",
          "..nola4j.experiments");

  @ArchTest
  static final ArchRule THE_COMMAND_LINE_KNOWS_NO_EXPERIMENT_BY_NAME =
      noClasses()
          .that()
          .resideInAPackage("..experiments.cli")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("..experiments.tasks", "..experiments.bench");

  /** Packages, each of which may depend on those before it only. */
  private static LayeredArchitecture bottomUp(String... packages) {
    LayeredArchitecture rule = layeredArchitecture().consideringOnlyDependenciesInLayers();
    for (String each : packages) {
      rule = rule.layer(each).definedBy(each);
    }
    List<String> all = List.of(packages);
    for (int i = 0; i < packages.length - 1; i++) {
      String[] above = all.subList(i + 1, all.size()).toArray(String[]::new);
      rule = rule.whereLayer(packages[i]).mayOnlyBeAccessedByLayers(above);
    }
    return rule.whereLayer(packages[packages.length - 1]).mayNotBeAccessedByAnyLayer();
  }
}
