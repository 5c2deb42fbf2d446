package org.nola4j.experiments.transfer;

/** As {@link MnistToFashionExperiment}, from five images of each class. */
public final class FiveShotsExperiment extends MnistToFashionExperiment {
  @Override
  public String name() {
    return "mnist-to-fashion-5-shots";
  }

  @Override
  public String description() {
    return "LeNet trained on MNIST, adapted to Fashion-MNIST from 5 images of each class";
  }
}
