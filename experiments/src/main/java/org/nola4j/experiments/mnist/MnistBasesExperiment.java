package org.nola4j.experiments.mnist;

/**
 * The paper's tables 2 and 3 (bases of its own for every layer or shared ones; ranks) on a deeper
 * perceptron, whose hidden layers are of one shape.
 */
public final class MnistBasesExperiment extends MnistExperiment {
  @Override
  public String name() {
    return "mnist-bases";
  }

  @Override
  public String description() {
    return "Shared and separate bases, and ranks 1 to 8, as in the paper's tables 2 and 3";
  }
}
