// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nola4j.io.FileFormatException;

/** What is checked before a network's weights are replaced by those of a file. */
final class CheckpointChecks {
  private CheckpointChecks() {}

  /**
   * Requires the tensors of a network, and no others.
   *
   * @param shapes of the file's tensors, by name
   * @param remedy what to do otherwise
   * @throws CheckpointMismatchException naming all that are missing, too many or of another shape
   */
  static void requireSame(
      String file, Map<String, List<Long>> shapes, List<StoredTensor> tensors, String remedy) {
    Set<String> surplus = new LinkedHashSet<>(shapes.keySet());
    List<String> missing = new ArrayList<>();
    List<String> different = new ArrayList<>();
    for (StoredTensor tensor : tensors) {
      List<Long> shape = shapes.get(tensor.name());
      surplus.remove(tensor.name());
      if (shape == null) {
        missing.add(tensor.name());
      } else if (!shape.equals(tensor.shape())) {
        different.add("%s (%s instead of %s)".formatted(tensor.name(), shape, tensor.shape()));
      }
    }
    if (!missing.isEmpty() || !surplus.isEmpty() || !different.isEmpty()) {
      throw new CheckpointMismatchException(file, missing, List.copyOf(surplus), different, remedy);
    }
  }

  /**
   * Requires finite elements.
   *
   * @param from index of the first of them in the tensor
   * @throws FileFormatException naming the first that is NaN or infinite
   */
  static void requireFinite(String file, String tensor, long from, float[] values) {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new FileFormatException(
            file,
            "finite numbers in tensor \"" + tensor + "\"",
            values[i] + " at " + (from + i),
            "training diverged or the file is damaged: pass another one");
      }
    }
  }

  /**
   * The shape of a matrix that every model of a kind has.
   *
   * @param kind such as {@code "a GPT-2"}
   * @throws FileFormatException if it is not there or no matrix of sizes from 1 to 2^31 - 1
   */
  static int[] matrix(String file, Map<String, List<Long>> shapes, String tensor, String kind) {
    List<Long> shape = shapes.get(tensor);
    if (shape == null) {
      throw new FileFormatException(
          file,
          "%s, with tensor \"%s\"".formatted(kind, tensor),
          "[" + NameList.first(shapes.keySet()) + "]",
          "pass the file of " + kind);
    }
    if (shape.size() != 2 || shape.stream().anyMatch(n -> n < 1 || n > Integer.MAX_VALUE)) {
      throw new FileFormatException(
          file,
          "tensor \"%s\" with 2 axes, each below 2^31".formatted(tensor),
          shape.toString(),
          "pass the file of " + kind);
    }
    return shape.stream().mapToInt(Long::intValue).toArray();
  }
}
