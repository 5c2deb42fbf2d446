// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import java.nio.FloatBuffer;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.deeplearning4j.nn.api.layers.LayerConstraint;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.nola4j.internal.arrays.HostArrays;
import org.nola4j.internal.runtime.ReparameterizedLayer;
import org.nola4j.internal.weights.FrozenParameter;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.internal.wrapped.BaseConfs;
import org.nola4j.internal.wrapped.WeightView;
import org.nola4j.internal.wrapped.WideInput;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.reparameterization.WeightShape;
import org.nola4j.transformer.Insertion;
import org.nola4j.transformer.LanguageModelHead;
import org.nola4j.transformer.TransformerBlock;

/** Turns the configuration of one layer of a trained network into that of the wrapped network. */
final class BaseLayers {
  private BaseLayers() {}

  static boolean hasParameters(Layer conf) {
    return conf.initializer().numParams(conf) > 0;
  }

  /** A layer that continues to be trained, with corrected gradients of SameDiff layers. */
  static Layer trained(NamedLayer layer, IUpdater updater) {
    boolean linear = layer.wrapped() != null && layer.conf().getClass() == OutputLayer.class;
    Layer trained =
        BaseConfs.copy(linear ? BaseConfs.linear((OutputLayer) layer.conf()) : layer.layer());
    if (updater != null) {
      BaseConfs.setUpdater(trained, updater);
    }
    return CorrectedGradient.isFor(trained) ? new CorrectedGradient(trained) : trained;
  }

  /**
   * The weights of a layer that can have adapters: matrices and kernels that take part in the
   * network's outputs, by name, with their axes.
   */
  static Map<String, List<Long>> weights(Layer conf, Map<String, INDArray> parameters) {
    Map<String, List<Long>> weights = new LinkedHashMap<>();
    if (TiedWeights.isTied(conf)) {
      return weights; // another layer's
    }
    if (NamedLayer.isOurs(conf)) {
      ((ReparameterizedLayer) conf)
          .factorizations()
          .keySet()
          .forEach(w -> weights.put(w, List.of()));
      return weights;
    }
    if (BaseConfs.leaf(conf) instanceof PReLULayer) {
      return weights; // slopes
    }
    List<String> names = conf.initializer().weightKeys(conf);
    parameters.forEach(
        (name, value) -> {
          boolean matrix = value.rank() > 1 && name.indexOf('_') < 0;
          if (matrix && names.contains(name) && !conf.isPretrainParam(name)) {
            weights.put(name, LongStream.of(value.shape()).boxed().toList());
          }
        });
    return weights;
  }

  /** A layer of this library with adapters on some of its weights, or on none. */
  private static Layer frozen(
      NamedLayer layer,
      Map<String, INDArray> parameters,
      AdapterPlan plan,
      Decision decision,
      boolean inputGradient,
      ReparameterizedLayer trained) {
    ReparameterizedLayer conf = trained.plain();
    Set<String> direct = new LinkedHashSet<>(parameters.keySet());
    conf.weights().forEach(weight -> direct.remove(conf.matrixName(weight)));
    int bits = bits(conf, plan, decision);
    return (Layer)
        frozen(
            layer,
            conf,
            weight -> w0(layer, parameters.get(conf.matrixName(weight)), weight.shape(), bits),
            frozen(layer, direct, parameters),
            plan,
            decision,
            inputGradient);
  }

  /**
   * As {@link #frozen}, whatever the frozen numbers are.
   *
   * @param conf plain
   * @param w0 of a weight
   * @param beside the weights
   */
  static ReparameterizedLayer frozen(
      NamedLayer layer,
      ReparameterizedLayer conf,
      Function<WeightSpec, FrozenWeight> w0,
      Map<String, FrozenParameter> beside,
      AdapterPlan plan,
      Decision decision,
      boolean inputGradient) {
    List<WeightSpec> weights = conf.weights();
    Map<String, Reparameterization> methods = new LinkedHashMap<>();
    for (WeightSpec weight : weights) {
      BaseWeight named = layer.baseWeight(weight.name(), weight.shape());
      methods.put(weight.name(), decision.method(named, w0.apply(weight)));
    }
    ReparameterizedLayer frozen = conf.frozen(methods, beside, inputGradient);
    insert(layer, frozen, decision.insertion());
    frozen.setSeed(seed(layer, weights, plan, decision));
    frozen.setCoefficientBits(plan.coefficientBits());
    frozen.setScaledRate(plan.scaledRate());
    if (!decision.methods().isEmpty() && plan.adapterDropout() > 0) {
      if (!conf.takesAdapterDropout()) {
        throw noDropout(layer, "of this library's layers, dense ones and transformer blocks can");
      }
      frozen.setAdapterDropout(plan.adapterDropout());
    }
    if (decision.updater() != null) {
      BaseConfs.setUpdater((Layer) frozen, decision.updater());
    }
    return frozen;
  }

  private static void insert(NamedLayer layer, ReparameterizedLayer frozen, Insertion insertion) {
    if (insertion != null) {
      if (!(frozen instanceof TransformerBlock block)) {
        throw noInsertion(layer);
      }
      block.setInsertion(insertion);
    }
  }

  private static IllegalArgumentException noInsertion(NamedLayer layer) {
    return new IllegalArgumentException(
        "layer %s cannot have an insertion: only a TransformerBlock can"
            .formatted(layer.describe()));
  }

  /**
   * The bits of the weights of one of this library's layers; a vocabulary with an adapter has 0.
   */
  static int bits(ReparameterizedLayer conf, AdapterPlan plan, Decision decision) {
    return conf.frozenBits(plan.frozenBits(), decision.methods().isEmpty() ? plan.wordBits() : 0);
  }

  /** The seed that the adapters of a layer derive theirs from. */
  private static long seed(
      NamedLayer layer, List<WeightSpec> weights, AdapterPlan plan, Decision decision) {
    WeightShape[] shapes = weights.stream().map(WeightSpec::shape).toArray(WeightShape[]::new);
    return decision.seed() == null ? plan.seed(layer.seedName(), shapes) : decision.seed();
  }

  /**
   * A weight of a trained network, as float32 or in fewer bits.
   *
   * @param values row-major
   * @param bits 0 for float32
   */
  private static FrozenWeight w0(NamedLayer layer, INDArray values, WeightShape shape, int bits) {
    FloatBuffer floats = floats(layer, values);
    return bits == 0
        ? FrozenWeight.given(floats, source(layer))
        : FrozenWeight.compact(floats, shape, bits, source(layer));
  }

  /** The bits of a DL4J layer's weights; those of an earlier wrapping are float32. */
  private static int frozenBits(NamedLayer layer, AdapterPlan plan) {
    boolean compact = layer.wrapped() != null && layer.wrapped().isCompact();
    if (compact || (layer.wrapped() != null && plan.frozenBits() > 0)) {
      throw new IllegalArgumentException(
          "layer \"%s\" (%s) was wrapped before, which frozenBits cannot be combined with: merge()"
                  .formatted(layer.name(), layer.type())
              + " the adapters, and wrap the merged network");
    }
    return BaseConfs.isLinear(layer.layer()) ? plan.frozenBits() : 0;
  }

  private static IllegalArgumentException noDropout(NamedLayer layer, String reason) {
    return new IllegalArgumentException(
        "layer \"%s\" (%s) cannot have adapterDropout: %s"
            .formatted(layer.name(), layer.type(), reason));
  }

  /**
   * A layer with adapters.
   *
   * @param parameters of the trained layer
   */
  static Layer adapted(
      NamedLayer layer,
      Map<String, INDArray> parameters,
      AdapterPlan plan,
      Decision decision,
      boolean inputGradient) {
    if (NamedLayer.isOurs(layer.conf())) {
      ReparameterizedLayer conf = (ReparameterizedLayer) layer.layer();
      return frozen(layer, parameters, plan, decision, inputGradient, conf);
    }
    if (decision.insertion() != null) {
      throw noInsertion(layer);
    }
    AdaptedLayer adapted = held(layer, parameters, plan, decision, inputGradient);
    adapted.setSeed(seed(layer, adapted.weights(), plan, decision));
    adapted.setCoefficientBits(plan.coefficientBits());
    adapted.setScaledRate(plan.scaledRate());
    if (plan.adapterDropout() > 0
        && !adapted.held().isApart()
        && !WideInput.isIndex(layer.layer())) {
      WideInput.obstacle(layer.layer(), decision.methods().keySet())
          .ifPresent(
              reason -> {
                throw noDropout(layer, reason);
              });
    }
    setTraining(adapted, layer, decision);
    return adapted;
  }

  /** A layer with its weights in matrices, adapted or frozen. */
  private static AdaptedLayer held(
      NamedLayer layer,
      Map<String, INDArray> parameters,
      AdapterPlan plan,
      Decision decision,
      boolean inputGradient) {
    int bits = frozenBits(layer, plan);
    Map<String, AdaptedWeight> weights = new LinkedHashMap<>();
    Map<String, INDArray> others = new LinkedHashMap<>(parameters);
    layer
        .weights()
        .forEach(
            (name, axes) -> {
              WeightView view =
                  WeightView.of(BaseConfs.leaf(layer.layer()), axes, decision.kernelView());
              FrozenWeight w0 = w0(layer, view.matrix(others.remove(name)), view.shape(), bits);
              BaseWeight named = layer.baseWeight(name, view.shape());
              weights.put(name, new AdaptedWeight(decision.method(named, w0), axes));
            });
    return held(layer, others, plan, decision, weights, inputGradient);
  }

  /**
   * A layer that keeps parameters outside the network's, over an earlier adapter where there is
   * one.
   */
  private static AdaptedLayer held(
      NamedLayer layer,
      Map<String, INDArray> others,
      AdapterPlan plan,
      Decision decision,
      Map<String, AdaptedWeight> weights,
      boolean inputGradient) {
    Wrapped wrapped = layer.wrapped();
    boolean kept = wrapped != null && wrapped.isKept();
    AdaptedLayer held =
        new AdaptedLayer(
            kept ? wrapped.kept() : BaseConfs.copy(layer.layer()),
            decision.kernelView(),
            weights,
            kept ? frozen(layer, wrapped.own()) : frozen(layer, others),
            inputGradient,
            plan.fastConvolutions() || (wrapped != null && wrapped.adapted().isFastConvolution()),
            weights.isEmpty() ? 0 : plan.adapterDropout());
    held.setAdaptersBelow(wrapped == null ? 0 : wrapped.adapters());
    return held;
  }

  /** Coefficients are trained with their weight's settings unless the plan overrides them. */
  private static void setTraining(AdaptedLayer adapted, NamedLayer layer, Decision decision) {
    Layer base = layer.layer();
    String weight = decision.methods().keySet().iterator().next();
    requireUnconstrained(layer, decision);
    IUpdater updater = decision.updater();
    Wrapped below = layer.wrapped();
    IUpdater own =
        below != null && below.adapted().hasWeights()
            ? below.adapted().getIUpdater()
            : BaseConfs.updater(base, weight);
    adapted.setIUpdater(updater == null ? own : updater);
    adapted.setRegularization(base.getRegularizationByParam(weight));
    adapted.setGradientNormalization(base.getGradientNormalization());
    adapted.setGradientNormalizationThreshold(base.getGradientNormalizationThreshold());
  }

  /** A constraint on W does not apply to coefficients. */
  private static void requireUnconstrained(NamedLayer layer, Decision decision) {
    List<LayerConstraint> constraints = layer.layer().getConstraints();
    if (constraints == null) {
      return;
    }
    for (LayerConstraint constraint : constraints) {
      if (!Collections.disjoint(constraint.getParams(), decision.methods().keySet())) {
        throw new IllegalArgumentException(
            "layer \"%s\" (%s) has a constraint (%s) on a weight that is to have an adapter, which"
                    .formatted(layer.name(), layer.type(), constraint.getClass().getSimpleName())
                + " would not keep it: remove the constraint from the layer's configuration, or"
                + " train or freeze the layer");
      }
    }
  }

  /**
   * A frozen layer.
   *
   * @param reach where trained layers are
   */
  static Layer frozen(
      NamedLayer layer,
      Map<String, INDArray> parameters,
      AdapterPlan plan,
      Decision decision,
      Reach reach) {
    Layer conf = BaseConfs.copy(layer.layer());
    boolean backprop = reach.backprop();
    boolean heldBefore = NamedLayer.isOurs(conf) && layer.wrapped() != null;
    if (!hasParameters(conf) && !heldBefore && !TiedWeights.isTied(conf)) {
      if (backprop) {
        return CorrectedGradient.isFor(conf) ? new CorrectedGradient(conf) : conf;
      }
      return BaseConfs.isOutput(conf) ? conf : stopped(conf);
    }
    if (NamedLayer.isOurs(conf)) {
      conf.setIDropout(null); // it runs in test mode
      Layer held = frozen(layer, parameters, plan, decision, backprop, (ReparameterizedLayer) conf);
      return backprop || held instanceof LanguageModelHead ? held : stopped(held);
    }
    AdaptedLayer held =
        frozenBits(layer, plan) > 0
            ? held(layer, parameters, plan, decision, backprop)
            : held(layer, parameters, plan, decision, Map.of(), backprop);
    held.setSeed(0L);
    held.setGradientNormalization(GradientNormalization.None);
    boolean found = BaseConfs.isRecurrent(conf) || BaseConfs.isOutput(conf);
    return backprop || found ? held : stopped(held);
  }

  /** A layer where DL4J's backward pass ends; it would not find a state or a loss inside. */
  private static Layer stopped(Layer conf) {
    FrozenLayer stopped = new FrozenLayer(conf);
    stopped.setLayerName(conf.getLayerName());
    return stopped;
  }

  /** The loss that follows an output layer whose weight is adapted or frozen. */
  static LossLayer loss(OutputLayer output) {
    LossLayer loss =
        new LossLayer.Builder(output.getLossFn()).activation(output.getActivationFn()).build();
    loss.setIUpdater(new NoOp()); // it has no parameters
    return loss;
  }

  /** Parameters kept outside the network's. */
  static Map<String, FrozenParameter> frozen(NamedLayer layer, Map<String, INDArray> parameters) {
    return frozen(layer, parameters.keySet(), parameters);
  }

  /** Those of some names, each copied before the next is asked for. */
  private static Map<String, FrozenParameter> frozen(
      NamedLayer layer, Collection<String> names, Map<String, INDArray> parameters) {
    Map<String, FrozenParameter> frozen = new LinkedHashMap<>();
    for (String name : names) {
      INDArray value = parameters.get(name);
      frozen.put(
          name,
          new FrozenParameter(
              FrozenWeight.given(floats(layer, value), source(layer)),
              Math.toIntExact(value.length())));
    }
    return frozen;
  }

  /** Where frozen weights come from, for messages. */
  static String source(NamedLayer layer) {
    return "layer \"" + layer.name() + "\" of the base network (wrap that first)";
  }

  /** The numbers of a parameter, row-major; they must be float32, or outputs would change. */
  private static FloatBuffer floats(NamedLayer layer, INDArray array) {
    FloatBuffer values = HostArrays.floats(array);
    if (array.dataType() == DataType.DOUBLE) {
      double[] exact = array.dup('c').data().asDouble();
      for (int i = 0; i < exact.length; i++) {
        if (exact[i] != values.get(i)) {
          throw new IllegalArgumentException(
              "layer \""
                  + layer.name()
                  + "\" has the parameter "
                  + exact[i]
                  + ", which is not float32, but frozen weights are kept as float32:"
                  + " convert the network to DataType.FLOAT first");
        }
      }
    }
    return values;
  }
}
