// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.cuda;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.nativeblas.OpaqueDataBuffer;
import org.nola4j.basis.Distribution;
import org.nola4j.layers.NolaDense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;

/**
 * Trains a network by way of Java arrays and again with the kernels on ND4J's arrays where they
 * are, and prints whether both have the same bits: run by {@link CudaKernelTest} where the
 * stand-in's device is the CPU, and so its memory that of ND4J's CPU backend.
 */
final class DeviceTrainingProbe {
  private static int launches;

  private DeviceTrainingProbe() {}

  public static void main(String[] arguments) throws Exception {
    float[] expected = trained();
    DeviceArrays.activate(new DeviceArrays(CudaProvider.shared(), new HostMemory()));
    float[] found = trained();
    if (!Arrays.equals(expected, found)) {
      throw new AssertionError("the trained numbers differ");
    }
    System.out.println(found.length + " numbers have the same bits, " + launches + " calls");
  }

  private static float[] trained() {
    Nola nola = Nola.on(FrozenWeight.seeded(), 4, 30, 28);
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(5)
                .updater(new Adam(0.02))
                .list()
                .layer(layer(nola, 0))
                .layer(layer(nola, 0))
                .layer(layer(nola.withDistribution(Distribution.SIGN), 0))
                .layer(layer(nola.withDistribution(Distribution.SIGN), 0))
                .layer(layer(nola.withAnchor(true), 4))
                .layer(layer(Pranc.on(FrozenWeight.seeded(), 40), 0))
                .layer(new OutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build())
                .setInputType(InputType.feedForward(24))
                .build());
    network.init();
    Nd4j.getRandom().setSeed(6);
    INDArray features = Nd4j.randn(DataType.FLOAT, 16, 24);
    INDArray labels = Nd4j.zeros(16, 3);
    for (int i = 0; i < 16; i++) {
      labels.putScalar(i, i % 3, 1);
    }
    for (int step = 0; step < 4; step++) {
      network.fit(new DataSet(features, labels));
    }
    network.output(features);
    return network.params().dup().data().asFloat();
  }

  private static NolaDense layer(Reparameterization method, int bits) {
    return new NolaDense.Builder()
        .nOut(24)
        .activation(Activation.TANH)
        .reparameterization(method)
        .coefficientBits(bits)
        .build();
  }

  /** The arrays of ND4J's CPU backend. */
  private static final class HostMemory implements BackendMemory {
    @Override
    public long read(OpaqueDataBuffer buffer) {
      return buffer.primaryBuffer().address();
    }

    @Override
    public long write(OpaqueDataBuffer buffer) {
      return buffer.primaryBuffer().address();
    }

    @Override
    public void started(List<OpaqueDataBuffer> read, List<OpaqueDataBuffer> written) {
      launches++;
    }

    @Override
    public CUstream_st stream() {
      return new CUstream_st();
    }
  }
}
