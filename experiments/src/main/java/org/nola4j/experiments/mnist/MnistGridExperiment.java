package org.nola4j.experiments.mnist;

/**
 * What the paper's appendix A.2 leaves open, tried out: optimiser, law and scale of the bases,
 * initialisation, frozen W0, biases and input normalisation, one configuration a combination.
 */
public final class MnistGridExperiment extends MnistExperiment {
  @Override
  public String name() {
    return "mnist-grid";
  }

  @Override
  public String description() {
    return "the choices that appendix A.2 leaves open, for NOLA and PRANC, 30 epochs each";
  }
}
