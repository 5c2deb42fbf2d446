// SPDX-License-Identifier: Apache-2.0
package org.nola4j.modelfile;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Writes a network's entries as {@code ModelSerializer.writeModel} does, which cannot add entries
 * to a file.
 */
record NetworkWriter(ZipOutputStream zip) {
  void write(Model network) throws IOException {
    zip.putNextEntry(new ZipEntry(ModelSerializer.CONFIGURATION_JSON));
    zip.write(json(network).getBytes(StandardCharsets.UTF_8));
    zip.putNextEntry(new ZipEntry(ModelSerializer.COEFFICIENTS_BIN));
    if (network.params() == null) {
      zip.putNextEntry(new ZipEntry(ModelSerializer.NO_PARAMS_MARKER));
    } else {
      DataOutputStream out = new DataOutputStream(new BufferedOutputStream(zip));
      Nd4j.write(network.params(), out);
      out.flush();
    }
    zip.closeEntry();
  }

  private static String json(Model network) {
    if (network instanceof MultiLayerNetwork layers) {
      return layers.getLayerWiseConfigurations().toJson();
    }
    if (network instanceof ComputationGraph graph) {
      return graph.getConfiguration().toJson();
    }
    throw new IllegalArgumentException(
        "a MultiLayerNetwork or a ComputationGraph is written, not a "
            + network.getClass().getSimpleName());
  }
}
