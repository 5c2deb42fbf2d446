// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.wrapped;

import java.util.List;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.BaseRecurrentLayer;
import org.deeplearning4j.nn.conf.layers.Cnn3DLossLayer;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.objdetect.Yolo2OutputLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.samediff.AbstractSameDiffLayer;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffOutputLayer;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.learning.config.IUpdater;

/** DL4J's layer configurations, with wrappers such as {@code LastTimeStep} around them. */
public final class BaseConfs {
  /** DL4J's output layers; only runtimes implement {@code IOutputLayer}. */
  private static final List<Class<? extends Layer>> OUTPUTS =
      List.of(
          BaseOutputLayer.class,
          LossLayer.class,
          RnnLossLayer.class,
          CnnLossLayer.class,
          Cnn3DLossLayer.class,
          Yolo2OutputLayer.class,
          SameDiffOutputLayer.class);

  private BaseConfs() {}

  /** Whether a layer ends a network and has parameters. */
  public static boolean isTrainedOutput(Object conf) {
    return conf instanceof BaseOutputLayer || conf instanceof SameDiffOutputLayer;
  }

  /** Whether DL4J holds the layer frozen. */
  public static boolean isFrozen(Layer conf) {
    return conf instanceof FrozenLayer || conf instanceof FrozenLayerWithBackprop;
  }

  /** The layer without wrappers that freeze it. */
  public static Layer unfrozen(Layer conf) {
    if (conf instanceof FrozenLayer frozen) {
      return unfrozen(frozen.getLayer());
    }
    return conf instanceof FrozenLayerWithBackprop frozen ? unfrozen(frozen.getUnderlying()) : conf;
  }

  /** The innermost layer; of the two equal ones in a bidirectional wrapper, the first. */
  public static Layer leaf(Layer conf) {
    if (conf instanceof BaseWrapperLayer wrapper) {
      return leaf(wrapper.getUnderlying());
    }
    if (conf instanceof FrozenLayer frozen) {
      return leaf(frozen.getLayer());
    }
    return conf instanceof Bidirectional both ? leaf(both.getFwd()) : conf;
  }

  /** Whether a layer has a state from one time step to the next. */
  public static boolean isRecurrent(Layer conf) {
    return leaf(conf) instanceof BaseRecurrentLayer;
  }

  /** Whether a layer has a loss. */
  public static boolean isOutput(Layer conf) {
    return OUTPUTS.stream().anyMatch(type -> type.isInstance(conf));
  }

  /** A copy that shares no layer, updater, dropout or noise, unlike DL4J's clones. */
  public static Layer copy(Layer conf) {
    Layer copy = conf.clone();
    forEachInside(copy, BaseConfs::copy);
    if (copy.getIDropout() != null) {
      copy.setIDropout(copy.getIDropout().clone());
    }
    if (copy instanceof BaseLayer layer) {
      layer.setIUpdater(copy(layer.getIUpdater()));
      layer.setBiasUpdater(copy(layer.getBiasUpdater()));
      if (layer.getWeightNoise() != null) {
        layer.setWeightNoise(layer.getWeightNoise().clone());
      }
    } else if (copy instanceof AbstractSameDiffLayer layer) {
      layer.setUpdater(copy(layer.getUpdater()));
      layer.setBiasUpdater(copy(layer.getBiasUpdater()));
    }
    return copy;
  }

  /** The updater of a parameter, which wrappers do not expose. */
  public static IUpdater updater(Layer conf, String parameter) {
    if (conf instanceof BaseWrapperLayer wrapper) {
      return updater(wrapper.getUnderlying(), parameter);
    }
    return conf instanceof Bidirectional both
        ? updater(both.getFwd(), parameter.substring(1))
        : conf.getUpdaterByParam(parameter);
  }

  public static IUpdater copy(IUpdater updater) {
    return updater == null ? null : updater.clone();
  }

  /** Sets the updater, also for biases, of a layer that is not shared. */
  public static void setUpdater(Layer conf, IUpdater updater) {
    forEachInside(
        conf,
        inside -> {
          setUpdater(inside, updater);
          return inside;
        });
    if (conf instanceof BaseLayer layer) {
      layer.setIUpdater(updater.clone());
      layer.setBiasUpdater(null);
    } else if (conf instanceof AbstractSameDiffLayer layer) {
      layer.setUpdater(updater.clone());
      layer.setBiasUpdater(null);
    }
  }

  /** Removes dropout and weight noise, as for test mode, from a layer that is not shared. */
  public static void removeNoise(Layer conf) {
    forEachInside(
        conf,
        inside -> {
          removeNoise(inside);
          return inside;
        });
    conf.setIDropout(null);
    if (conf instanceof BaseLayer layer) {
      layer.setWeightNoise(null);
    }
  }

  /** Replaces what is directly inside a wrapper. */
  private static void forEachInside(Layer conf, UnaryOperator<Layer> replacement) {
    if (conf instanceof BaseWrapperLayer wrapper) {
      wrapper.setUnderlying(replacement.apply(wrapper.getUnderlying()));
    } else if (conf instanceof Bidirectional both) {
      both.setFwd(replacement.apply(both.getFwd()));
      both.setBwd(replacement.apply(both.getBwd()));
      both.setInitializer(null); // it refers to the layers
    }
  }

  /** Whether a layer is nothing but {@code f(x W + b)}. */
  public static boolean isLinear(Layer conf) {
    boolean linear =
        conf.getClass() == OutputLayer.class
            || (conf.getClass() == DenseLayer.class && !((DenseLayer) conf).hasLayerNorm());
    return linear && ((BaseLayer) conf).getWeightNoise() == null;
  }

  /** The linear part of an output layer. */
  public static DenseLayer linear(OutputLayer output) {
    DenseLayer linear =
        new DenseLayer.Builder()
            .name(output.getLayerName())
            .nIn(output.getNIn())
            .nOut(output.getNOut())
            .hasBias(output.hasBias())
            .activation(new ActivationIdentity())
            .build();
    linear.setWeightInitFn(output.getWeightInitFn());
    linear.setIDropout(output.getIDropout());
    linear.setWeightNoise(output.getWeightNoise());
    linear.setIUpdater(output.getIUpdater());
    linear.setBiasUpdater(output.getBiasUpdater());
    linear.setRegularization(output.getRegularization());
    linear.setRegularizationBias(output.getRegularizationBias());
    linear.setConstraints(output.getConstraints());
    linear.setGradientNormalization(output.getGradientNormalization());
    linear.setGradientNormalizationThreshold(output.getGradientNormalizationThreshold());
    return linear;
  }
}
