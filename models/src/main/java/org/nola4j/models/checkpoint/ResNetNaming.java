// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.nola4j.layers.NolaConv;
import org.nola4j.layers.NolaDense;
import org.nola4j.models.checkpoint.StoredTensor.Layout;

/**
 * What PyTorch's residual networks call their tensors: torchvision's, whose last layer is {@code
 * fc}, and those for CIFAR-10, whose last layer is {@code linear}.
 */
final class ResNetNaming {
  static final String STEM = "conv1.weight";

  private static final Pattern IN_BLOCK =
      Pattern.compile("stage(\\d+)\\.block(\\d+)\\.(conv\\d|shortcut)");

  private ResNetNaming() {}

  /** A tensor's name without the prefix that PyTorch's data-parallel wrapper gives it. */
  static String plain(String name) {
    return name.startsWith("module.") ? name.substring("module.".length()) : name;
  }

  /** Whether a tensor only counts batches. */
  static boolean isCounter(String name) {
    return name.endsWith(".num_batches_tracked");
  }

  /** A convolution's kernel, [out, in, height, width]. */
  static StoredTensor kernel(String layer, NolaConv convolution) {
    int[] size = convolution.getKernelSize();
    return StoredTensor.of(
        convolution(layer) + ".weight",
        Layout.SAME,
        layer,
        List.of("W"),
        convolution.getNOut(),
        convolution.getNIn(),
        size[0],
        size[1]);
  }

  /** The four vectors of the batch normalization behind a convolution. */
  static List<StoredTensor> norm(String layer, long channels) {
    String norm = layer + ".norm";
    String name =
        convolution(layer)
            .replaceFirst("conv(\\d)$", "bn$1")
            .replaceFirst("downsample.0", "downsample.1");
    return List.of(
        StoredTensor.vector(name + ".weight", norm, "gamma", channels),
        StoredTensor.vector(name + ".bias", norm, "beta", channels),
        StoredTensor.vector(name + ".running_mean", norm, "mean", channels),
        StoredTensor.vector(name + ".running_var", norm, "var", channels));
  }

  /** The last layer, by whichever of its names the file has. */
  static List<StoredTensor> classifier(String layer, NolaDense dense, Set<String> names) {
    String name = names.contains("linear.weight") ? "linear" : "fc";
    return StoredTensor.linear(
        name + ".%s", layer, List.of("W"), List.of("b"), dense.getNIn(), dense.getNOut());
  }

  private static String convolution(String layer) {
    Matcher matcher = IN_BLOCK.matcher(layer);
    if (!matcher.matches()) {
      return "conv1";
    }
    int block = Integer.parseInt(matcher.group(2)) - 1;
    String part = matcher.group(3).replace("shortcut", "downsample.0");
    return "layer%s.%d.%s".formatted(matcher.group(1), block, part);
  }
}
