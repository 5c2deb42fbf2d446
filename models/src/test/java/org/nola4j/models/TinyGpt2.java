// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nola4j.internal.io.Resources;
import org.nola4j.models.checkpoint.Gpt2Checkpoint;
import org.nola4j.safetensors.SafetensorsFile;
import org.nola4j.safetensors.SafetensorsWriter;
import org.nola4j.safetensors.TensorType;

/**
 * A GPT-2 with random weights, whose logits and texts transformers computed. The shared file lacks
 * the biases of c_attn, which are among the test resources: they were found by least squares from
 * its 3,298 logits, which they give to 4e-7.
 */
public final class TinyGpt2 {
  private TinyGpt2() {}

  /** Its tensors under transformers' names. */
  public static Map<String, Tensor> tensors() throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try (SafetensorsFile file =
        SafetensorsFile.open(SharedFiles.find("fixtures/gpt2-tiny.safetensors"))) {
      add(file, tensors);
    }
    String biases = "gpt2/tiny-attention-biases.safetensors";
    try (SafetensorsFile file =
        SafetensorsFile.of(ByteBuffer.wrap(Resources.read(biases)), biases)) {
      add(file, tensors);
    }
    return tensors;
  }

  /** A tensor's shape and elements. */
  public record Tensor(List<Long> shape, float[] values) {}

  private static void add(SafetensorsFile file, Map<String, Tensor> tensors) throws IOException {
    for (String name : file.tensors().keySet()) {
      tensors.put(name, new Tensor(file.info(name).shape(), file.floats(name)));
    }
  }

  /** Writes tensors to a file. */
  public static Path write(Map<String, Tensor> tensors, TensorType type, Path file)
      throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    tensors.forEach((name, tensor) -> writer.floats(name, type, tensor.shape(), tensor::values));
    writer.write(file, Map.of());
    return file;
  }

  /** The network. */
  public static ComputationGraph network(Path folder) throws IOException {
    return read(write(tensors(), TensorType.F32, folder.resolve("tiny.safetensors")));
  }

  /** The network of a file. */
  public static ComputationGraph read(Path file) throws IOException {
    try (Gpt2Checkpoint checkpoint = Gpt2Checkpoint.open(file)) {
      ComputationGraph network = checkpoint.model().heads(4).build().init();
      checkpoint.readInto(network);
      return network;
    }
  }
}
