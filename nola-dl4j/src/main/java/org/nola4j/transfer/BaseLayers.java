package org.nola4j.transfer;

import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.BaseRecurrentLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.nola4j.dl4j.FrozenParameter;
import org.nola4j.dl4j.HostArrays;
import org.nola4j.dl4j.ReparameterizedLayer;
import org.nola4j.reparameterization.Factorization;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.reparameterization.WeightShape;

/** Turns the configuration of one layer of a trained network into that of the wrapped network. */
final class BaseLayers {
  private BaseLayers() {}

  /** Whether a layer ends a network and has parameters. */
  static boolean isTrainedOutput(Layer conf) {
    return conf instanceof BaseOutputLayer;
  }

  static boolean hasParameters(Layer conf) {
    return conf.initializer().numParams(conf) > 0;
  }

  /** A layer that goes on being trained as it was. */
  static Layer trained(Layer conf, IUpdater updater) {
    Layer trained = conf.clone();
    if (trained instanceof ReparameterizedLayer layer) {
      setUpdaters(layer, updater);
    }
    if (trained instanceof BaseLayer layer) {
      setUpdaters(layer, updater);
    }
    return trained;
  }

  /** Gives the clone of a layer a plan's updater, if there is one, for biases too. */
  private static void setUpdaters(ReparameterizedLayer layer, IUpdater updater) {
    if (updater != null) {
      layer.setUpdater(updater.clone());
      layer.setBiasUpdater(null);
    }
  }

  /** As the other, and otherwise updaters of its own: DL4J's layers do not clone theirs. */
  private static void setUpdaters(BaseLayer layer, IUpdater updater) {
    layer.setIUpdater(copy(updater == null ? layer.getIUpdater() : updater));
    layer.setBiasUpdater(updater == null ? copy(layer.getBiasUpdater()) : null);
  }

  private static IUpdater copy(IUpdater updater) {
    return updater == null ? null : updater.clone();
  }

  /** Whether a layer is this library's own, not one that wraps DL4J's. */
  static boolean isOurs(Layer conf) {
    return conf instanceof ReparameterizedLayer && !(conf instanceof AdaptedLayer);
  }

  /** A layer of this library with adapters on some of its weights, or on none. */
  private static ReparameterizedLayer frozen(
      AdapterPlan.NamedLayer layer,
      Map<String, INDArray> parameters,
      AdapterPlan plan,
      AdapterPlan.Decision decision,
      boolean inputGradient,
      ReparameterizedLayer conf) {
    if (!decision.methods().isEmpty()) {
      refuseDropout(layer, plan);
    }
    Map<String, Reparameterization> methods = new LinkedHashMap<>();
    Map<String, INDArray> direct = new LinkedHashMap<>(parameters);
    Map<String, Factorization> weights = conf.factorizations();
    weights.forEach(
        (weight, factorization) -> {
          INDArray values = direct.remove(matrixName(layer, conf, weight));
          FrozenWeight w0 = FrozenWeight.given(floats(layer, values), source(layer));
          BaseWeight named = layer.baseWeight(weight, factorization.shape());
          methods.put(weight, decision.method(named, w0));
        });
    ReparameterizedLayer frozen = conf.frozen(methods, frozen(layer, direct, null), inputGradient);
    WeightShape[] shapes =
        weights.values().stream().map(Factorization::shape).toArray(WeightShape[]::new);
    frozen.setSeed(decision.seed() == null ? plan.seed(layer.seedName(), shapes) : decision.seed());
    frozen.setCoefficientBits(plan.coefficientBits());
    setUpdaters(frozen, decision.updater());
    return frozen;
  }

  private static void refuseDropout(AdapterPlan.NamedLayer layer, AdapterPlan plan) {
    if (plan.adapterDropout() > 0) {
      throw new IllegalArgumentException(
          "layer \"%s\" (%s) cannot have adapterDropout: only low-rank adapters, such as NOLA and LoRA, on dense layers without weight noise or layer norm can"
              .formatted(layer.name(), layer.conf().getClass().getSimpleName()));
    }
  }

  /** DL4J's name of a weight that is trained itself. */
  static String matrixName(AdapterPlan.NamedLayer layer, ReparameterizedLayer conf, String weight) {
    Factorization factorization = conf.factorizations().get(weight);
    boolean plain =
        conf.getCoefficientsOf() == null
            && factorization.frozen() instanceof FrozenWeight.None
            && conf.getCoefficientBits() == 0
            && factorization.factors().size() == 1
            && factorization.factors().get(0).isParameter();
    if (!plain) {
      throw new IllegalArgumentException(
          "weight \"%s\" of layer \"%s\" is not of the method dense without W0 and coefficientBits:"
                  .formatted(weight, layer.name())
              + " only such weights are those of a trained network that can be wrapped");
    }
    String parameter = factorization.factors().get(0).parameter();
    return conf.factorizations().size() == 1 ? parameter : weight + "." + parameter;
  }

  /**
   * A layer with adapters.
   *
   * @param parameters of the trained layer
   */
  static ReparameterizedLayer adapted(
      AdapterPlan.NamedLayer layer,
      Map<String, INDArray> parameters,
      AdapterPlan plan,
      AdapterPlan.Decision decision,
      boolean inputGradient) {
    if (isOurs(layer.conf())) {
      ReparameterizedLayer conf = (ReparameterizedLayer) layer.conf();
      return frozen(layer, parameters, plan, decision, inputGradient, conf);
    }
    WeightView view = WeightView.of(layer.conf(), decision.kernelView());
    FrozenWeight w0 =
        FrozenWeight.given(
            floats(layer, view.matrix(parameters.get(WeightView.WEIGHT))), source(layer));
    AdaptedLayer adapted =
        new AdaptedLayer(
            layer.conf().clone(),
            decision.kernelView(),
            decision.method(layer.baseWeight(WeightView.WEIGHT, view.shape()), w0),
            frozen(layer, parameters, WeightView.WEIGHT),
            inputGradient,
            plan.fastConvolutions());
    adapted.setSeed(
        decision.seed() == null ? plan.seed(layer.seedName(), view.shape()) : decision.seed());
    adapted.setCoefficientBits(plan.coefficientBits());
    if (!adapted.isFactored()) {
      refuseDropout(layer, plan);
    }
    adapted.setAdapterDropout(plan.adapterDropout());
    BaseLayer base = (BaseLayer) layer.conf();
    adapted.setUpdater(copy(decision.updater() == null ? base.getIUpdater() : decision.updater()));
    adapted.setGradientNormalization(base.getGradientNormalization());
    adapted.setGradientNormalizationThreshold(base.getGradientNormalizationThreshold());
    return adapted;
  }

  /**
   * A frozen layer.
   *
   * @param backprop whether a layer below needs a gradient
   */
  static Layer frozen(
      AdapterPlan.NamedLayer layer,
      Map<String, INDArray> parameters,
      AdapterPlan plan,
      AdapterPlan.Decision decision,
      boolean backprop) {
    Layer conf = layer.conf().clone();
    if (!hasParameters(conf)) {
      return backprop ? conf : named(new FrozenLayer(conf), conf);
    }
    conf.setIDropout(null); // it runs in test mode
    if (isOurs(conf)) {
      ReparameterizedLayer held =
          frozen(layer, parameters, plan, decision, backprop, (ReparameterizedLayer) conf);
      return backprop ? held : named(new FrozenLayer(held), conf);
    }
    if (!isHeld(conf)) {
      if (conf instanceof BaseLayer recurrent) {
        setUpdaters(recurrent, null);
      }
      return named(backprop ? new FrozenLayerWithBackprop(conf) : new FrozenLayer(conf), conf);
    }
    AdaptedLayer held =
        new AdaptedLayer(
            conf,
            decision.kernelView(),
            null,
            frozen(layer, parameters, null),
            backprop,
            plan.fastConvolutions());
    held.setSeed(0L);
    held.setGradientNormalization(GradientNormalization.None);
    return backprop ? held : named(new FrozenLayer(held), conf);
  }

  private static Layer named(Layer wrapper, Layer conf) {
    wrapper.setLayerName(conf.getLayerName());
    return wrapper;
  }

  /** Whether a layer's parameters are kept outside the network's when it is frozen. */
  private static boolean isHeld(Layer conf) {
    return conf instanceof BaseLayer && !(conf instanceof BaseRecurrentLayer);
  }

  /** What follows an output layer whose weight is adapted or frozen. */
  static LossLayer loss(OutputLayer output) {
    LossLayer loss =
        new LossLayer.Builder(output.getLossFn()).activation(output.getActivationFn()).build();
    loss.setIUpdater(new NoOp()); // it has no parameters
    return loss;
  }

  private static Map<String, FrozenParameter> frozen(
      AdapterPlan.NamedLayer layer, Map<String, INDArray> parameters, String except) {
    Map<String, FrozenParameter> frozen = new LinkedHashMap<>();
    parameters.forEach(
        (name, value) -> {
          if (!name.equals(except)) {
            frozen.put(
                name,
                new FrozenParameter(
                    FrozenWeight.given(floats(layer, value), source(layer)),
                    Math.toIntExact(value.length())));
          }
        });
    return frozen;
  }

  private static String source(AdapterPlan.NamedLayer layer) {
    return "layer \"" + layer.name() + "\" of the base network (wrap that first)";
  }

  /** The numbers of a parameter, row-major; they must be float32, or outputs would change. */
  private static FloatBuffer floats(AdapterPlan.NamedLayer layer, INDArray array) {
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
                  + ", which is no float32 number, and frozen weights are kept as float32:"
                  + " convert the network to DataType.FLOAT first");
        }
      }
    }
    return values;
  }
}
