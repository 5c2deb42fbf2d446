// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.wrapped;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BaseRecurrentLayer;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.Deconvolution3D;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.conf.layers.recurrent.TimeDistributed;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Layers that multiply their input by a weight, with twice the inputs. For such a layer {@code x W0
 * + d D}, where d is what an adapter gets of x and D its change of the weight, is {@code [x, d]
 * [W0; D]}.
 */
public final class WideInput {
  private static final Set<Class<? extends Layer>> LAYERS =
      Set.of(
          DenseLayer.class,
          ConvolutionLayer.class,
          Convolution1DLayer.class,
          Convolution3D.class,
          Deconvolution2D.class,
          Deconvolution3D.class,
          LSTM.class,
          SimpleRnn.class,
          SelfAttentionLayer.class);

  private static final Set<Class<? extends Layer>> WRAPPERS =
      Set.of(TimeDistributed.class, LastTimeStep.class, Bidirectional.class);

  /** Those that multiply the input itself. */
  private static final Set<String> WEIGHTS = Set.of("W", "fW", "bW", "Wq", "Wk", "Wv");

  private WideInput() {}

  /** Whether a layer's input is an index, which LoRA does not drop. */
  public static boolean isIndex(Layer conf) {
    return conf instanceof EmbeddingLayer || conf instanceof EmbeddingSequenceLayer;
  }

  /**
   * Why a layer cannot have dropout before the adapters on some of its weights; empty where it can.
   */
  @SuppressWarnings("ReferenceEquality")
  public static Optional<String> obstacle(Layer conf, Set<String> weights) {
    Layer leaf = BaseConfs.leaf(conf);
    boolean wrapped = leaf != conf;
    if (!LAYERS.contains(leaf.getClass()) || (wrapped && !isWrapped(conf))) {
      return Optional.of(
          "only DL4J's dense, convolution, deconvolution, LSTM, SimpleRnn and SelfAttention layers"
              + " can, by themselves or in TimeDistributed, LastTimeStep or Bidirectional");
    }
    if (leaf instanceof BaseLayer layer && layer.getWeightNoise() != null) {
      return Optional.of("it has weight noise");
    }
    if (wrapped && leaf.getIDropout() != null) {
      return Optional.of("it has dropout of its own inside " + conf.getClass().getSimpleName());
    }
    Set<String> others = new TreeSet<>(weights);
    others.removeAll(WEIGHTS);
    return others.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "weights %s do not multiply the layer's input: adapt its other weights only"
                .formatted(others));
  }

  @SuppressWarnings("ReferenceEquality")
  private static boolean isWrapped(Layer conf) {
    boolean known = WRAPPERS.contains(conf.getClass());
    Layer inside =
        conf instanceof Bidirectional both
            ? both.getFwd()
            : known ? ((BaseWrapperLayer) conf).getUnderlying() : conf;
    return known && (inside == BaseConfs.leaf(conf) || isWrapped(inside));
  }

  /** Gives a layer that is nobody else's twice the inputs. */
  static void widen(Layer conf) {
    if (conf instanceof Bidirectional both) {
      widen(both.getFwd());
      widen(both.getBwd());
    } else if (BaseConfs.leaf(conf) instanceof SelfAttentionLayer attention) {
      attention.setNIn(2 * attention.getNIn());
      attention.setLayerParams(null); // it keeps the shapes
    } else {
      FeedForwardLayer layer = (FeedForwardLayer) BaseConfs.leaf(conf);
      layer.setNIn(2 * layer.getNIn());
    }
  }

  /** The axis of a layer's inputs among those of its input. */
  static int axis(Layer conf, int rank) {
    Layer leaf = BaseConfs.leaf(conf);
    boolean last = false;
    if (conf instanceof TimeDistributed steps) {
      last = steps.getRnnDataFormat() == RNNFormat.NWC;
    } else if (leaf instanceof Convolution1DLayer layer) {
      last = layer.getRnnDataFormat() == RNNFormat.NWC;
    } else if (leaf instanceof Convolution3D layer) {
      last = layer.getDataFormat() == Convolution3D.DataFormat.NDHWC;
    } else if (leaf instanceof Deconvolution3D layer) {
      last = layer.getDataFormat() == Convolution3D.DataFormat.NDHWC;
    } else if (leaf instanceof ConvolutionLayer layer) {
      last = layer.getCnn2dDataFormat() == CNN2DFormat.NHWC;
    } else if (leaf instanceof BaseRecurrentLayer layer) {
      last = layer.getRnnDataFormat() == RNNFormat.NWC;
    }
    return last && rank > 2 ? rank - 1 : 1;
  }

  /** One half of an array of twice the inputs: a view. */
  static INDArray half(INDArray wide, int axis, int which) {
    long size = wide.size(axis) / 2;
    INDArrayIndex[] indices = new INDArrayIndex[wide.rank()];
    java.util.Arrays.fill(indices, NDArrayIndex.all());
    indices[axis] = NDArrayIndex.interval(which * size, (which + 1) * size);
    return wide.get(indices);
  }

  /** The axis of a weight that is twice as long; -1 where all are equal. */
  static int axisOfWeight(INDArray weight, INDArray wide) {
    for (int axis = 0; axis < weight.rank(); axis++) {
      if (weight.size(axis) != wide.size(axis)) {
        return axis;
      }
    }
    return -1;
  }
}
