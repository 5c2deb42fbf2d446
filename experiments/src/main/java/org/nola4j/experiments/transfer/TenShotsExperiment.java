package org.nola4j.experiments.transfer;

/** As {@link MnistToFashionExperiment}, from ten images of each class. */
public final class TenShotsExperiment extends MnistToFashionExperiment {
  @Override
  public String name() {
    return "mnist-to-fashion-10-shots";
  }

  @Override
  public String description() {
    return "LeNet trained on MNIST, adapted to Fashion-MNIST from 10 images of each class";
  }
}
