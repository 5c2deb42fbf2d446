package org.nola4j.experiments.resnet;

/**
 * What table 8 leaves open, tried out for a few epochs at equal settings: the rank, W0, the
 * kernel's view and the learning rate, one configuration a combination.
 */
public final class Cifar10GridExperiment extends Cifar10ResNet20Experiment {
  @Override
  public String name() {
    return "cifar10-grid";
  }

  @Override
  public String description() {
    return "the choices that table 8 leaves open, ResNet20 on CIFAR-10, 2 epochs each";
  }
}
