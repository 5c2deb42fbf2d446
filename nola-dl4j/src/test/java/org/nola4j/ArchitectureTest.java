package org.nola4j;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTag;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@ArchTag("slow")
@AnalyzeClasses(packages = "org.nola4j", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule noCycles = slices().matching("org.nola4j.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule dependenciesPointDownwards =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("transfer")
          .definedBy("..nola4j.transfer..")
          .layer("layers")
          .definedBy("..nola4j.layers..")
          .layer("transformer")
          .definedBy("..nola4j.transformer..")
          .layer("modelfile")
          .definedBy("..nola4j.modelfile..")
          .layer("adapter")
          .definedBy("..nola4j.adapter..")
          .layer("accounting")
          .definedBy("..nola4j.accounting..")
          .layer("dl4j")
          .definedBy("..nola4j.dl4j..")
          .layer("reparameterization")
          .definedBy("..nola4j.reparameterization..")
          .layer("onednn")
          .definedBy("..nola4j.onednn..")
          .layer("cuda")
          .definedBy("..nola4j.cuda..")
          .layer("basis")
          .definedBy("..nola4j.basis..")
          .layer("quantization")
          .definedBy("..nola4j.quantization..")
          .layer("safetensors")
          .definedBy("..nola4j.safetensors..")
          .layer("io")
          .definedBy("..nola4j.io..")
          .whereLayer("transfer")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("layers")
          .mayOnlyBeAccessedByLayers("transfer")
          .whereLayer("transformer")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("modelfile")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("adapter")
          .mayOnlyBeAccessedByLayers("transfer")
          .whereLayer("accounting")
          .mayOnlyBeAccessedByLayers("transfer", "adapter")
          .whereLayer("dl4j")
          .mayOnlyBeAccessedByLayers("transfer", "transformer", "layers", "adapter", "accounting")
          .whereLayer("reparameterization")
          .mayOnlyBeAccessedByLayers(
              "transfer", "transformer", "dl4j", "layers", "adapter", "accounting")
          .whereLayer("onednn")
          .mayOnlyBeAccessedByLayers("layers", "transformer")
          .whereLayer("cuda")
          .mayOnlyBeAccessedByLayers("dl4j")
          .whereLayer("basis")
          .mayOnlyBeAccessedByLayers(
              "cuda", "reparameterization", "transfer", "dl4j", "layers", "adapter")
          .whereLayer("quantization")
          .mayOnlyBeAccessedByLayers("transfer", "dl4j", "adapter")
          .whereLayer("safetensors")
          .mayOnlyBeAccessedByLayers("adapter")
          .whereLayer("io")
          .mayOnlyBeAccessedByLayers(
              "modelfile", "adapter", "safetensors", "cuda", "reparameterization");

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
          .resideInAnyPackage("..safetensors..", "..nola4j.io..")
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
