// SPDX-License-Identifier: Apache-2.0
package org.nola4j;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTag;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.List;
import java.util.Set;

@ArchTag("slow")
@AnalyzeClasses(packages = "org.nola4j", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  /** Source files that belong together, so that references in both directions are fine. */
  private static final List<Set<String>> UNITS =
      List.of(
          // The computation has the layer's kinds of pooling and places of the norm.
          Set.of("TokenPooling", "PoolingComputation"),
          // DL4J's configurations create their runtimes, which read the configuration.
          Set.of(
              "ReparameterizedLayer",
              "RuntimeLayer",
              "GraphComputation",
              "GraphWeight",
              "LayerContract",
              "NetworkUnderConstruction",
              "ReparameterizedParamInitializer",
              "ScaledRate",
              "ParameterSet",
              "BatchShare"),
          // A registry and what it registers: a method asks for its own name.
          Set.of(
              "Reparameterization",
              "ReparameterizationProvider",
              "Reparameterizations",
              "MethodNames"),
          // A sealed class makes its kinds.
          Set.of("CompactMatrix", "Bfloat16Matrix", "ColumnCodes"),
          // A vector is checked by quantizing it again.
          Set.of("Quantizer", "QuantizedVector"),
          // The elements of a basis are those of its distribution.
          Set.of("Basis", "Hadamard", "OneHot"),
          // A factor asks the others of its basis to be expanded with it.
          Set.of("MaterializedFactor", "SharedBasis"),
          // Adapter.read and Adapter.sum return adapters.
          Set.of("Adapter", "AdapterReader", "WeightedSum"));

  private static final SliceAssignment SOURCE_FILES =
      new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
          String file = javaClass.getName().replaceFirst("\\$.*", "");
          String name = file.substring(file.lastIndexOf('.') + 1);
          return UNITS.stream()
              .filter(unit -> unit.contains(name))
              .findAny()
              .map(unit -> SliceIdentifier.of(unit.toString()))
              .orElseGet(() -> SliceIdentifier.of(file));
        }

        @Override
        public String getDescription() {
          return "source files";
        }
      };

  @ArchTest
  static final ArchRule noCycles = slices().matching("org.nola4j.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule filesHaveNoCycles =
      slices().assignedFrom(SOURCE_FILES).should().beFreeOfCycles();

  @ArchTest
  static final ArchRule dependenciesPointDownwards =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("transfer")
          .definedBy("..nola4j.transfer..")
          .layer("bank")
          .definedBy("..nola4j.internal.bank..")
          .layer("wrapped")
          .definedBy("..nola4j.internal.wrapped..")
          .layer("layers")
          .definedBy("..nola4j.layers..")
          .layer("transformer")
          .definedBy("..nola4j.transformer..")
          .layer("modelfile")
          .definedBy("..nola4j.modelfile..")
          .layer("peft")
          .definedBy("..nola4j.adapter.peft..")
          .layer("adapter")
          .definedBy("..nola4j.adapter")
          .layer("network")
          .definedBy("..nola4j.network..")
          .layer("runtime")
          .definedBy("..nola4j.internal.runtime..")
          .layer("weights")
          .definedBy("..nola4j.internal.weights..")
          .layer("arrays")
          .definedBy("..nola4j.internal.arrays..")
          .layer("reparameterization")
          .definedBy("..nola4j.reparameterization..")
          .layer("onednn")
          .definedBy("..nola4j.internal.onednn..")
          .layer("cuda")
          .definedBy("..nola4j.internal.cuda..")
          .layer("basis")
          .definedBy("..nola4j.basis..", "..nola4j.internal.basis..")
          .layer("quantization")
          .definedBy("..nola4j.quantization..")
          .layer("safetensors")
          .definedBy("..nola4j.safetensors..")
          .layer("files")
          .definedBy("..nola4j.io..", "..nola4j.internal.io..")
          .whereLayer("transfer")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("bank")
          .mayOnlyBeAccessedByLayers("transfer")
          .whereLayer("wrapped")
          .mayOnlyBeAccessedByLayers("transfer")
          .whereLayer("layers")
          .mayOnlyBeAccessedByLayers("transfer", "wrapped")
          .whereLayer("transformer")
          .mayOnlyBeAccessedByLayers("transfer")
          .whereLayer("modelfile")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("peft")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("adapter")
          .mayOnlyBeAccessedByLayers("transfer", "bank", "peft")
          .whereLayer("network")
          .mayOnlyBeAccessedByLayers("transfer", "bank", "adapter", "peft")
          .whereLayer("runtime")
          .mayOnlyBeAccessedByLayers(
              "transfer", "wrapped", "bank", "transformer", "layers", "adapter", "peft", "network")
          .whereLayer("weights")
          .mayOnlyBeAccessedByLayers(
              "transfer",
              "wrapped",
              "bank",
              "transformer",
              "layers",
              "adapter",
              "peft",
              "network",
              "runtime")
          .whereLayer("arrays")
          .mayOnlyBeAccessedByLayers(
              "transfer",
              "wrapped",
              "bank",
              "transformer",
              "layers",
              "adapter",
              "peft",
              "runtime",
              "weights")
          .whereLayer("reparameterization")
          .mayOnlyBeAccessedByLayers(
              "transfer",
              "wrapped",
              "bank",
              "transformer",
              "runtime",
              "weights",
              "layers",
              "adapter",
              "peft",
              "network")
          .whereLayer("onednn")
          .mayOnlyBeAccessedByLayers("layers", "transformer", "arrays")
          .whereLayer("cuda")
          .mayOnlyBeAccessedByLayers("runtime", "weights")
          .whereLayer("basis")
          .mayOnlyBeAccessedByLayers(
              "cuda",
              "reparameterization",
              "transfer",
              "runtime",
              "weights",
              "layers",
              "adapter",
              "peft")
          .whereLayer("quantization")
          .mayOnlyBeAccessedByLayers(
              "transfer",
              "bank",
              "runtime",
              "weights",
              "arrays",
              "adapter",
              "peft",
              "reparameterization")
          .whereLayer("safetensors")
          .mayOnlyBeAccessedByLayers("adapter", "peft")
          .whereLayer("files")
          .mayOnlyBeAccessedByLayers(
              "modelfile",
              "adapter",
              "peft",
              "safetensors",
              "cuda",
              "reparameterization",
              "transfer");

  @ArchTest
  static final ArchRule basesAndQuantizersKnowArraysOnly =
      noClasses()
          .that()
          .resideInAnyPackage("..basis..", "..quantization..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.nd4j..", "org.deeplearning4j..", "org.bytedeco..");

  @ArchTest
  static final ArchRule filesKnowNoNetworks =
      noClasses()
          .that()
          .resideInAnyPackage("..safetensors..", "..nola4j.io..", "..internal.io..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.nd4j.linalg..", "org.deeplearning4j..", "org.bytedeco..");

  @ArchTest
  static final ArchRule loggingWorksWithSlf4j1AsWellAs2 =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.slf4j.spi..", "org.slf4j.event..");
}
