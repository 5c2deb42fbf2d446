package org.nola4j.experiments.mnist;

/**
 * The paper's table 4 (coefficients of 16 to 2 bits, quantised after training and in it) on the
 * perceptron: NOLA against LoRA with as many coefficients.
 */
public final class MnistQuantizationExperiment extends MnistExperiment {
  @Override
  public String name() {
    return "mnist-quantization";
  }

  @Override
  public String description() {
    return "NOLA and LoRA with coefficients of 16 to 2 bits, as in the paper's table 4";
  }
}
