// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nola4j.io.FileFormatException;
import org.nola4j.layers.KernelView;
import org.nola4j.layers.NolaConv;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;

/** The size of a convolution's kernel in the file. */
class KernelFormatTest {
  @TempDir private Path folder;

  private static MultiLayerNetwork network(int height, int width) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(7)
                .list()
                .layer(
                    new NolaConv.Builder(height, width)
                        .nOut(6)
                        .kernelView(KernelView.NEAREST_SQUARE)
                        .reparameterization(Lora.on(FrozenWeight.seeded(), 2))
                        .activation(Activation.TANH)
                        .build())
                .setInputType(InputType.convolutional(6, 6, 2, CNN2DFormat.NHWC))
                .build());
    network.init();
    return network;
  }

  @Test
  void kernelsThatCannotBeAreRefused() throws IOException {
    Adapter adapter = Adapter.of(network(3, 1));
    byte[] good = FileEdit.bytes(adapter, Precision.F32, folder);
    assertEquals(
        List.of(3, 1), Adapter.read(ByteBuffer.wrap(good), "good").layers().get(0).kernel());
    for (String kernel :
        List.of("[3]", "[0,1]", "[3,-1]", "[3,1,1]", "[5,1]", "[3.0,1]", "[3000000000,1]", "{}")) {
      byte[] bad =
          FileEdit.of(good).replace("\\\"kernel\\\":[3,1]", "\\\"kernel\\\":" + kernel).sealed();
      assertThrows(
          FileFormatException.class, () -> Adapter.read(ByteBuffer.wrap(bad), "bad"), kernel);
    }
  }

  /** Both are six outputs by six elements of input. */
  @Test
  void anotherKernelOfTheSameMatrixIsAnotherNetwork() {
    Adapter adapter = Adapter.of(network(3, 1));
    MultiLayerNetwork other = network(1, 3);
    String message =
        assertThrows(AdapterMismatchException.class, () -> adapter.applyTo(other)).getMessage();
    assertTrue(message.contains("layer \"0\", kernel: expected [3, 1]"), message);
  }
}
