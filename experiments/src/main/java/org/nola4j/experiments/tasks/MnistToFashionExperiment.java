// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.MethodConfig;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.experiments.network.ImageData;
import org.nola4j.experiments.network.LayeredNetwork;
import org.nola4j.experiments.network.Network;
import org.nola4j.experiments.network.NetworkExperiment;
import org.nola4j.experiments.network.TrainingData;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.Frozen;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

/** A LeNet trained on MNIST and adapted to Fashion-MNIST. */
public final class MnistToFashionExperiment extends NetworkExperiment {
  private static final int KERNEL_SIZE = 5;

  @Override
  public String name() {
    return "mnist-to-fashion";
  }

  @Override
  public String description() {
    return "LeNet trained on MNIST, adapted to Fashion-MNIST";
  }

  @Override
  public ExampleShape shape() {
    return BaseNetwork.SHAPE;
  }

  @Override
  protected boolean adaptsBase() {
    return true;
  }

  @Override
  protected Network build(ExperimentConfig config, ExampleShape shape) {
    return adapt(BaseNetwork.untrained(config), config);
  }

  @Override
  protected Network build(ExperimentConfig config, ExampleShape shape, RunContext context) {
    return adapt(BaseNetwork.trained(config, context), config);
  }

  @Override
  protected TrainingData data(ExperimentConfig config, RunContext context) {
    return ImageData.flat(config, context, BaseNetwork.SHAPE);
  }

  private static Network adapt(MultiLayerNetwork base, ExperimentConfig config) {
    AdapterPlan.Builder plan = adapterPlan(config).fastConvolutions();
    add(plan, "conv.", config.reparameterization().forKernel(KERNEL_SIZE));
    add(plan, "fc.", config.reparameterization());
    add(plan, "out", config.classifierMethod());
    return new LayeredNetwork(Adapters.wrap(base, plan.build()).network());
  }

  /** A dense weight is trained directly; its layer's biases are then trained too. */
  private static void add(AdapterPlan.Builder plan, String layers, MethodConfig method) {
    if (method.is(Frozen.class)) {
      plan.freeze(layers);
    } else if (method.is(Dense.class)) {
      plan.train(layers);
    } else {
      plan.adapt(layers, w0 -> onto(w0, method));
    }
  }
}
