// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.Precision;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.MethodConfig;
import org.nola4j.experiments.config.ModelConfig;
import org.nola4j.experiments.config.TrainingConfig;
import org.nola4j.experiments.results.ParameterCounts;
import org.nola4j.experiments.spi.Cluster;
import org.nola4j.experiments.spi.Experiment;
import org.nola4j.experiments.spi.Plan;
import org.nola4j.experiments.spi.Run;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.internal.runtime.ReparameterizedLayer;
import org.nola4j.layers.Bias;
import org.nola4j.models.ReparameterizationPlan;
import org.nola4j.reparameterization.Factorization;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.transfer.AdapterPlan;

/** Base class of experiments that train a classifier; subclasses add the network and its data. */
public abstract class NetworkExperiment implements Experiment {
  /**
   * The shape of the examples in this experiment's data set. Image networks can also be trained on
   * other sets, with their number of classes.
   */
  public abstract ExampleShape shape();

  /**
   * Builds the network in its initial state.
   *
   * @throws UserException if the configuration does not fit the network
   */
  public final Network network(ExperimentConfig config, ExampleShape shape) {
    return checked(config, () -> build(config, shape));
  }

  private <T> T checked(ExperimentConfig config, Supplier<T> builder) {
    if (adaptsBase() && config.base() == null) {
      throw new UserException(
          "base is missing: this experiment adapts a trained network, which base must specify");
    }
    if (!adaptsBase() && config.base() != null) {
      throw new UserException(
          "base: this experiment trains from scratch and does not adapt a network");
    }
    try {
      return builder.get();
    } catch (IllegalArgumentException e) {
      throw new UserException("reparameterization: " + e.getMessage(), e);
    }
  }

  /** Whether the experiment adapts a trained network. */
  protected boolean adaptsBase() {
    return false;
  }

  /**
   * Builds the network.
   *
   * @throws IllegalArgumentException if the method does not fit the network
   */
  protected abstract Network build(ExperimentConfig config, ExampleShape shape);

  /**
   * Builds the network that a run starts with; the same as {@link #build} unless it needs results
   * of other runs.
   *
   * @throws IllegalArgumentException if the method does not fit the network
   */
  protected Network build(ExperimentConfig config, ExampleShape shape, RunContext context) {
    return build(config, shape);
  }

  /** Changes a network's first state by its data; nothing by default. */
  protected void prepare(Network network, TrainingData data, ExperimentConfig config) {}

  /**
   * Reads the data.
   *
   * @throws UserException if it is missing or does not fit the network
   */
  protected abstract TrainingData data(ExperimentConfig config, RunContext context);

  @Override
  public final Plan plan(ExperimentConfig config, RunContext context) {
    return checked(config, () -> counted(config, context));
  }

  /**
   * The counts of a run, by default of the network that it starts with.
   *
   * @throws IllegalArgumentException if the method does not fit the network
   */
  protected Plan counted(ExperimentConfig config, RunContext context) {
    return counted(build(config, planned(config)));
  }

  /** The counts of a network. */
  protected final Plan counted(Network network) {
    return new Plan(
        ParameterCounts.of(network.count()), ParameterCounts.of(network.layers()), bytes(network));
  }

  /**
   * The shape of the examples as far as a configuration tells.
   *
   * @throws UserException if the data set is not known
   */
  protected ExampleShape planned(ExperimentConfig config) {
    return shape().isImage()
        ? ImageData.planned(config.dataset(), shape().features().get(0))
        : shape();
  }

  /**
   * Writes everything that was trained, as an adapter by default.
   *
   * @param context with notes for the adapter, beside those that the network gives it
   */
  protected void write(Network network, ExperimentConfig config, RunContext context, Path file)
      throws IOException {
    Adapter adapter = network.adapter();
    Map<String, String> all = new LinkedHashMap<>(context.adapterNotes());
    all.putAll(adapter.notes());
    adapter.withNotes(all).write(file, Precision.F32);
  }

  /**
   * Fails, before anything is trained, for notes that the adapter cannot have.
   *
   * @throws UserException if there are some
   */
  protected void checkNotes(Map<String, String> notes) {}

  /**
   * As {@link #checkNotes} does for an experiment whose file is a whole model.
   *
   * @throws UserException if there are some
   */
  protected final void refuseNotes(Map<String, String> notes) {
    if (!notes.isEmpty()) {
      throw new UserException(
          "--note: %s writes a whole model, which has no notes: leave them out".formatted(name()));
    }
  }

  /** The size of the file that {@link #write} writes. */
  protected long bytes(Network network) {
    return network.adapterBytes();
  }

  @Override
  public final Run start(ExperimentConfig config, RunContext context) {
    checkNotes(context.adapterNotes());
    TrainingData data = data(config, context);
    Network network = checked(config, () -> build(config, data.shape(), context));
    NetworkRun.WorkersOf workers = workers(config, context, new Replica(config, network, data));
    prepare(network, data, config); // not before: other machines get its state
    return new NetworkRun(
        config,
        network,
        data,
        (trained, file) -> write(trained, config, context, file),
        workers,
        context.cluster().map(Cluster::description).orElse(null));
  }

  /** Those of a cluster, or else copies that train one after another. */
  private static NetworkRun.WorkersOf workers(
      ExperimentConfig config, RunContext context, Replica untrained) {
    if (context.cluster().isEmpty()) {
      return Rounds::oneAfterAnother;
    }
    if (config.training().averaging() == null) {
      throw new UserException(
          "training.averaging is missing: on a cluster, copies of the network are trained and"
              + " averaged; set training.averaging.workers (copies) and training.averaging.every"
              + " (steps between two averages)");
    }
    try {
      String digest = untrained.digest();
      return replica ->
          context
              .cluster()
              .get()
              .open(config, context.dataDirectory(), context.results(), context.notes(), digest);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A copy of the network that a run starts with, and its data, on one of several machines.
   *
   * @throws UserException if the configuration cannot be run or the data is missing
   */
  public final Replica replica(ExperimentConfig config, RunContext context) {
    TrainingData data = data(config, context);
    Network network = checked(config, () -> build(config, data.shape(), context));
    return new Replica(config, network, data);
  }

  /**
   * Every layer's method, coefficient bits and kind of learning rate.
   *
   * @param classifier name of the last layer, which may have its own
   */
  protected static ReparameterizationPlan plan(ExperimentConfig config, String classifier) {
    MethodConfig method = config.reparameterization();
    MethodConfig last = config.classifierMethod();
    if (method.dropout() > 0 || last.dropout() > 0) {
      throw new UserException(
          "reparameterization.dropout is for adapters over a trained network; remove it");
    }
    ReparameterizationPlan plan =
        ReparameterizationPlan.all(method.toReparameterization())
            .withCoefficientBits(method.libraryBits())
            .with(classifier, last.toReparameterization())
            .withCoefficientBits(classifier, last.libraryBits());
    return config.training().scalesRate() ? plan.withScaledRate() : plan;
  }

  /**
   * A plan with ranks that fit the weights, for those methods that have {@code capRank}.
   *
   * @param classifier name of the last layer, which may have its own method
   * @param layers of the network with any plan, which know their shapes
   */
  protected static ReparameterizationPlan capped(
      ExperimentConfig config, ReparameterizationPlan plan, String classifier, List<Layer> layers) {
    ReparameterizationPlan capped = plan;
    for (Layer layer : layers) {
      String name = layer.getLayerName();
      MethodConfig method =
          name.equals(classifier) ? config.classifierMethod() : config.reparameterization();
      if (layer instanceof ReparameterizedLayer weights && method.capsRank()) {
        for (Factorization weight : weights.factorizations().values()) {
          capped = capped.with(name, capped.method(name).fitting(weight.shape()));
        }
      }
    }
    return capped;
  }

  /**
   * Adds shared bases or shared coefficients to a plan, if the method has them.
   *
   * @param first the layer closest to the input
   */
  protected static ReparameterizationPlan shared(
      ExperimentConfig config, ReparameterizationPlan plan, String first) {
    if (config.classifier() != null && config.classifier().sharesBases()) {
      throw new UserException(
          "classifier.bases: set reparameterization.bases, which applies to all layers including"
              + " the last");
    }
    if (config.reparameterization().sharesBases()) {
      return plan.withSharedBases();
    }
    if (!config.reparameterization().sharesCoefficients()) {
      return plan;
    }
    if (config.classifier() != null) {
      throw new UserException(
          "classifier: reparameterization.shared gives all layers, including the last, the same"
              + " coefficients: remove it");
    }
    return plan.sharedFrom(first);
  }

  /** An adapter plan with everything that a configuration says of all layers. */
  protected static AdapterPlan.Builder adapterPlan(ExperimentConfig config) {
    MethodConfig method = config.reparameterization();
    AdapterPlan.Builder plan =
        AdapterPlan.builder()
            .seed(config.seed())
            .coefficientBits(method.libraryBits())
            .adapterDropout(method.dropout())
            .updater(updater(config.training()));
    if (method.sharesBases()) {
      plan.sharedBases();
    }
    if (config.training().scalesRate()) {
      plan.scaledRate();
    }
    return plan;
  }

  /**
   * The method for a weight of a trained network.
   *
   * @throws IllegalArgumentException if it ignores the weight
   */
  protected static Reparameterization onto(FrozenWeight pretrained, MethodConfig method) {
    Reparameterization adapter = method.toReparameterization(pretrained);
    if (!adapter.w0().equals(pretrained)) {
      throw new IllegalArgumentException(
          "w0 must be pretrained, because a trained network is adapted");
    }
    return adapter;
  }

  /** The library's kind of biases. */
  protected static Bias bias(ModelConfig.Bias bias) {
    return Bias.valueOf(bias.name());
  }

  /** Deeplearning4j's optimizer. */
  protected static IUpdater updater(TrainingConfig training) {
    return switch (training.optimizer()) {
      case ADAM -> adam(training);
      case SGD -> new Sgd(training.learningRate());
      case NESTEROVS -> new Nesterovs(training.learningRate(), 0.9);
    };
  }

  private static Adam adam(TrainingConfig training) {
    Adam adam = new Adam(training.learningRate());
    if (training.epsilon() != null) {
      adam.setEpsilon(training.epsilon());
    }
    return adam;
  }
}
