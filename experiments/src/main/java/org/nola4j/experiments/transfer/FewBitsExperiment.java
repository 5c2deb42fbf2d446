package org.nola4j.experiments.transfer;

/**
 * The paper's table 4 (coefficients of 16 to 2 bits, quantised after training and in it) on
 * adapters that were trained with 10 images of each class: NOLA against LoRA.
 */
public final class FewBitsExperiment extends MnistToFashionExperiment {
  @Override
  public String name() {
    return "mnist-to-fashion-quantization";
  }

  @Override
  public String description() {
    return super.description() + " with 10 images a class, coefficients of 16 to 2 bits";
  }
}
