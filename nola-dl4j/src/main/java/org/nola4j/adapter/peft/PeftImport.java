// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter.peft;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.adapter.AdapterMismatchException;
import org.nola4j.internal.arrays.FloatArrays;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.network.NetworkLayer;
import org.nola4j.reparameterization.Factor;
import org.nola4j.reparameterization.Factorization;
import org.nola4j.reparameterization.WeightShape;

/** Finds a layer for every module, checks all of them, then writes. */
final class PeftImport {
  private final Map<String, PeftModule> modules = new LinkedHashMap<>();
  private final Map<String, String> names;
  private final List<Runnable> assignments = new ArrayList<>();

  private PeftImport(List<PeftModule> modules, Map<String, String> names) {
    modules.forEach(module -> this.modules.put(module.name(), module));
    this.names = names;
  }

  /** Puts modules into a network, see {@code PeftAdapter.applyTo}. */
  static void apply(
      List<PeftModule> modules, List<NetworkLayer> network, Map<String, String> names) {
    PeftImport plan = new PeftImport(modules, byName(network, names));
    Set<String> keys = new LinkedHashSet<>();
    for (NetworkLayer layer : network) {
      if (!layer.frozen()) {
        for (WeightSpec weight : layer.weights()) {
          keys.add(plan.lowRank(layer, weight));
        }
        if (layer.weights().isEmpty() && plan.whole(layer)) {
          keys.add(layer.name());
        }
      }
    }
    PeftExport.checkKnown("layers to name", plan.names.keySet(), keys);
    if (!plan.modules.isEmpty()) {
      throw new AdapterMismatchException("layers for all modules", plan.modules.keySet(), keys);
    }
    plan.assignments.forEach(Runnable::run);
  }

  /** Names of layers that are given by their index: {@code 0}, {@code 0.fc1}. */
  private static Map<String, String> byName(List<NetworkLayer> network, Map<String, String> given) {
    Map<String, String> byName = new LinkedHashMap<>(given);
    Set<String> layers = network.stream().map(NetworkLayer::name).collect(Collectors.toSet());
    for (NetworkLayer layer : network) {
      if (!layers.contains(layer.key())) {
        for (String key : given.keySet()) {
          if (key.equals(layer.key()) || key.startsWith(layer.key() + ".")) {
            String name = layer.name() + key.substring(layer.key().length());
            String other = byName.putIfAbsent(name, byName.remove(key));
            if (other != null) {
              throw new IllegalArgumentException(
                  "layers to name: \"%s\" and \"%s\" are one layer".formatted(name, key));
            }
          }
        }
      }
    }
    return byName;
  }

  private PeftModule take(String key) {
    return modules.remove(names.getOrDefault(key, key));
  }

  private String lowRank(NetworkLayer layer, WeightSpec weight) {
    int weights = layer.weights().size();
    String key = PeftExport.key(layer.name(), weight, weights);
    String where = "layer \"" + key + "\", ";
    PeftModule module = take(key);
    Factorization factorization = weight.factorize(0);
    boolean lora =
        factorization.isLowRank() && factorization.factors().stream().allMatch(Factor::isParameter);
    if (module == null && !lora) {
      return key; // another method's weight, and no module for it
    }
    if (!(module instanceof PeftModule.LowRank lowRank)) {
      throw new AdapterMismatchException(where + "module", describe(module), "a LoRA layer");
    }
    if (!lora || layer.tiedTo() != null) {
      String found = weight.method().method() + (lora ? " with another layer's factors" : "");
      throw new AdapterMismatchException(where + "method", "lora", found);
    }
    assign(layer, weight, factorization, lowRank, where);
    return key;
  }

  private void assign(
      NetworkLayer layer,
      WeightSpec weight,
      Factorization factorization,
      PeftModule.LowRank module,
      String where) {
    same(where + "rank", module.rank(), factorization.rank());
    WeightShape shape = weight.shape();
    boolean kernel = module.convolution();
    // A layer of another type over a square weight does not say which of the two it is.
    String type = PeftExport.type(layer.type());
    boolean convolution = PeftExport.CONVOLUTIONS.contains(type);
    boolean certain = convolution || PeftExport.DENSE_LAYERS.contains(type);
    same(where + "convolution", kernel, certain ? convolution : kernel);
    if (!layer.kernel().isEmpty()) {
      same(where + "kernel", module.kernel(), layer.kernel());
    }
    int size = kernel ? module.kernel().get(0) * module.kernel().get(1) : 1;
    int columns = kernel ? shape.columns() : shape.rows();
    same(where + "inputs", module.inputs(), columns % size == 0 ? columns / size : columns);
    same(where + "outputs", module.outputs(), kernel ? shape.rows() : shape.columns());
    same(where + "fan-in", module.fanIn(), shape.fanIn());
    String scale = where + "scale (build it with Lora(%d, %s, ...))";
    same(
        scale.formatted(module.rank(), module.c()),
        (float) (module.c() / module.rank()),
        factorization.scale());
    List<Factor> factors = factorization.factors();
    float[] a = kernel ? module.loraB() : PeftExport.transposed(module.loraA(), module.inputs());
    float[] b =
        kernel
            ? PeftKernel.rowMajor(module.loraA(), module.rank(), module.inputs(), module.kernel())
            : PeftExport.transposed(module.loraB(), module.rank());
    int weights = layer.weights().size();
    put(layer, weight.parameterName(factors.get(0), weights), a, where);
    put(layer, weight.parameterName(factors.get(1), weights), b, where);
    putBias(layer, module, where);
  }

  private boolean whole(NetworkLayer layer) {
    INDArray weight = layer.parameters().get(PeftExport.WEIGHT);
    if (!PeftExport.DENSE_TYPES.contains(layer.type()) || weight == null) {
      return false;
    }
    String where = "layer \"" + layer.name() + "\", ";
    PeftModule module = take(layer.name());
    if (module == null) {
      return true; // an ordinary layer that stays as it is
    }
    if (!(module instanceof PeftModule.Whole whole)) {
      throw new AdapterMismatchException(
          where + "module", describe(module), layer.type() + ", which has no factors");
    }
    same(where + "inputs", (long) module.inputs(), weight.size(0));
    same(where + "outputs", (long) module.outputs(), weight.size(1));
    put(layer, PeftExport.WEIGHT, PeftExport.transposed(whole.weight(), whole.inputs()), where);
    putBias(layer, module, where);
    return true;
  }

  private void putBias(NetworkLayer layer, PeftModule module, String where) {
    if (module.bias() != null) {
      put(layer, PeftExport.BIAS, module.bias(), where);
    }
  }

  private void put(NetworkLayer layer, String parameter, float[] numbers, String where) {
    INDArray array = layer.parameters().get(parameter);
    same(
        where + "numbers of \"" + parameter + "\"",
        (long) numbers.length,
        array == null ? 0 : array.length());
    assignments.add(() -> FloatArrays.write(numbers, array));
  }

  private static String describe(PeftModule module) {
    if (module == null) {
      return "none";
    }
    return "\"%s\", %s"
        .formatted(module.name(), module instanceof PeftModule.Whole ? "stored whole" : "low-rank");
  }

  private static void same(String where, Object adapter, Object network) {
    if (!adapter.equals(network)) {
      throw new AdapterMismatchException(where, adapter, network);
    }
  }
}
