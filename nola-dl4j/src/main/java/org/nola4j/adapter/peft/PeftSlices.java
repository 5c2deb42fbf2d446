// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter.peft;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Weights that one module of another model has side by side, such as GPT-2's {@code c_attn} of
 * queries, keys and values. A module named {@code c_attn[2/3]} is the last third of the outputs of
 * {@code c_attn}.
 *
 * <p>The module has the parts' ranks in sum: A's rows are those of the parts, and B is zero but for
 * each part's outputs in the columns of its own rank. So the change of each part is its own, and
 * that of the others nothing.
 */
final class PeftSlices {
  private static final Pattern SLICE = Pattern.compile("(.+)\\[(\\d{1,3})/(\\d{1,3})]");

  /** Parts of one module, by place. */
  private record Parts(int count, Map<Integer, PeftModule.LowRank> byPlace) {}

  private PeftSlices() {}

  /** The modules, with slices joined at the place of the first. */
  static List<PeftModule> joined(List<PeftModule> modules) {
    Map<String, Parts> parts = new LinkedHashMap<>();
    List<PeftModule> result = new ArrayList<>();
    for (PeftModule module : modules) {
      Matcher slice = SLICE.matcher(module.name());
      if (!slice.matches()) {
        result.add(module);
      } else if (add(module, slice, parts)) {
        result.add(module); // stands for the whole
      }
    }
    result.replaceAll(
        module -> {
          Matcher slice = SLICE.matcher(module.name());
          return slice.matches() ? joined(slice.group(1), parts.get(slice.group(1))) : module;
        });
    return result;
  }

  /** Whether it is the first of its module. */
  private static boolean add(PeftModule module, Matcher slice, Map<String, Parts> parts) {
    int place = Integer.parseInt(slice.group(2));
    int count = Integer.parseInt(slice.group(3));
    boolean first = !parts.containsKey(slice.group(1));
    Parts all = parts.computeIfAbsent(slice.group(1), name -> new Parts(count, new TreeMap<>()));
    boolean plain =
        module instanceof PeftModule.LowRank part && part.kernel().isEmpty() && part.bias() == null;
    if (!plain || place >= count || count != all.count() || all.byPlace().containsKey(place)) {
      throw new IllegalArgumentException(
          "module \"%s\": a slice [i/n] is of a linear module without a bias, with i from 0 below n, each i at most once and n the same for all"
              .formatted(module.name()));
    }
    all.byPlace().put(place, (PeftModule.LowRank) module);
    return first;
  }

  private static PeftModule.LowRank joined(String name, Parts parts) {
    PeftModule.LowRank first = parts.byPlace().values().iterator().next();
    int inputs = first.inputs();
    int outputs = first.outputs();
    int rank = parts.byPlace().values().stream().mapToInt(PeftModule.LowRank::rank).sum();
    float[] a = new float[rank * inputs];
    float[] b = new float[parts.count() * outputs * rank];
    double scale = first.c() / first.rank();
    int row = 0;
    for (Map.Entry<Integer, PeftModule.LowRank> entry : parts.byPlace().entrySet()) {
      PeftModule.LowRank part = entry.getValue();
      if (part.inputs() != inputs || part.outputs() != outputs) {
        throw new IllegalArgumentException(
            "module \"%s\": its slices must be of one size, but one is %d -> %d and another %d -> %d"
                .formatted(name, inputs, outputs, part.inputs(), part.outputs()));
      }
      System.arraycopy(part.loraA(), 0, a, row * inputs, part.loraA().length);
      float factor = (float) (part.c() / part.rank() / scale);
      for (int out = 0; out < outputs; out++) {
        int to = (entry.getKey() * outputs + out) * rank + row;
        for (int i = 0; i < part.rank(); i++) {
          b[to + i] = factor * part.loraB()[out * part.rank() + i];
        }
      }
      row += part.rank();
    }
    return new PeftModule.LowRank(name, rank, scale * rank, List.of(), a, b, null);
  }
}
