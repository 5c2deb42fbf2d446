// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.nola4j.internal.arrays.FloatArrays;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.Factor;
import org.nola4j.reparameterization.Factorization;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.reparameterization.WeightShape;

/** See {@link Adapter#sum}. */
final class WeightedSum {
  private static final double SUM_TOLERANCE = 1e-6;

  private final List<Adapter> adapters;
  private final double[] weights;
  private final Map<String, float[]> values = new LinkedHashMap<>();

  private WeightedSum(List<Adapter> adapters, double[] weights) {
    this.adapters = adapters;
    this.weights = weights;
  }

  static Adapter of(List<Adapter> adapters, double... weights) {
    if (adapters.isEmpty() || adapters.size() != weights.length) {
      throw new IllegalArgumentException(
          "a sum needs a weight for each adapter and at least one, but has %d adapters and %d weights"
              .formatted(adapters.size(), weights.length));
    }
    for (double weight : weights) {
      if (!Double.isFinite(weight)) {
        throw new IllegalArgumentException("an adapter's weight must be finite, but is " + weight);
      }
    }
    return new WeightedSum(adapters, weights).sum();
  }

  private Adapter sum() {
    Recipe first = adapters.get(0).recipe();
    for (Adapter adapter : adapters) {
      CompatibilityCheck.checkSameBase(first, adapter.recipe());
    }
    List<AdapterLayer> layers = new ArrayList<>();
    for (AdapterLayer layer : first.layers()) {
      layers.add(layer(layer, adapters.stream().map(a -> a.layer(layer.name())).toList()));
    }
    String frozen =
        adapters.stream()
            .map(adapter -> adapter.recipe().frozen())
            .filter(Objects::nonNull)
            .findFirst()
            .orElse(null);
    Recipe recipe = new Recipe(first.network(), frozen, layers);
    Map<String, float[]> ordered = new LinkedHashMap<>();
    recipe.shapes().keySet().forEach(tensor -> ordered.put(tensor, values.get(tensor)));
    return new Adapter(recipe, ordered, Map.of(), Collections.emptySortedMap());
  }

  private AdapterLayer layer(AdapterLayer first, List<AdapterLayer> all) {
    List<WeightSpec> specs = new ArrayList<>();
    for (WeightSpec weight : first.weights()) {
      specs.add(weight(first, weight, all));
    }
    Map<String, List<Long>> shapes = AdapterLayer.coefficients(specs);
    for (String direct : first.direct()) {
      shapes.put(direct, first.shapes().get(direct));
      direct(first, direct);
    }
    return new AdapterLayer(
        first.name(), first.type(), first.seed(), null, specs, shapes, first.kernel());
  }

  /** The weight's new recipe; its numbers go into {@link #values}. */
  private WeightSpec weight(AdapterLayer layer, WeightSpec first, List<AdapterLayer> all) {
    List<WeightSpec> specs = all.stream().map(each -> each.weight(first.name())).toList();
    FrozenWeight w0 = first.method().w0();
    if (w0 instanceof FrozenWeight.None) {
      return trainedItself(layer, first, all, specs);
    }
    if (specs.stream().noneMatch(spec -> spec.factorize(0).isTrained())) {
      return first;
    }
    if (isLinear(all, specs)) {
      layer.coefficients(first).forEach(name -> put(layer, name, combined(layer, name)));
      return first;
    }
    WeightShape shape = first.shape();
    List<Factorization> parts = new ArrayList<>();
    for (int i = 0; i < specs.size(); i++) {
      parts.add(specs.get(i).factorize(all.get(i).seed()));
    }
    long rank = 0;
    boolean lowRank = true;
    for (Factorization part : parts) {
      lowRank &= part.isLowRank() || !part.isTrained();
      rank += part.isLowRank() ? part.rank() : 0;
    }
    boolean factors = lowRank && rank * (shape.rows() + (long) shape.columns()) < shape.elements();
    Reparameterization method = factors ? new Lora((int) rank, rank, 1, w0) : new Dense(1, w0);
    WeightSpec sum = new WeightSpec(first.name(), shape, method);
    if (factors) {
      concatenate(layer, sum, parts, (int) rank);
    } else {
      putFactor(layer, sum, 0, deltas(layer, first));
    }
    return sum;
  }

  /** A weight without W0 can be averaged like a bias, if it is the trained numbers themselves. */
  private WeightSpec trainedItself(
      AdapterLayer layer, WeightSpec first, List<AdapterLayer> all, List<WeightSpec> specs) {
    if (!isLinear(all, specs) || !first.factorize(0).isElementwise()) {
      throw new IllegalArgumentException(
          "weight \"%s\" of layer \"%s\" has no W0 that changes could be added to: only adapters over a trained network can be summed"
              .formatted(first.name(), layer.name()));
    }
    layer.coefficients(first).forEach(name -> direct(layer, name));
    return first;
  }

  /** Whether all weights are the same linear function of the layer's numbers. */
  private static boolean isLinear(List<AdapterLayer> all, List<WeightSpec> specs) {
    boolean alike =
        all.stream().allMatch(layer -> layer.tiedTo() == null)
            && all.stream().map(AdapterLayer::seed).distinct().count() == 1
            && specs.stream()
                    .map(spec -> spec.method().withW0(specs.get(0).method().w0()))
                    .distinct()
                    .count()
                == 1;
    return alike && specs.get(0).factorize(all.get(0).seed()).factors().size() == 1;
  }

  /** [A1 | A2 | ...] and [t1 s1 B1; t2 s2 B2; ...]. */
  private void concatenate(
      AdapterLayer layer, WeightSpec sum, List<Factorization> parts, int rank) {
    int rows = sum.shape().rows();
    int columns = sum.shape().columns();
    float[] a = new float[rows * rank];
    float[] b = new float[rank * columns];
    int at = 0;
    for (int i = 0; i < parts.size(); i++) {
      if (!parts.get(i).isLowRank()) {
        continue;
      }
      float[] first = expanded(i, layer, sum, parts.get(i), 0);
      float[] second = expanded(i, layer, sum, parts.get(i), 1);
      int width = first.length / rows;
      for (int row = 0; row < rows; row++) {
        System.arraycopy(first, row * width, a, row * rank + at, width);
      }
      double scale = weights[i] * parts.get(i).scale();
      for (int e = 0; e < second.length; e++) {
        b[at * columns + e] = (float) (scale * second[e]);
      }
      at += width;
    }
    putFactor(layer, sum, 0, a);
    putFactor(layer, sum, 1, b);
  }

  private float[] expanded(
      int adapter, AdapterLayer layer, WeightSpec weight, Factorization part, int index) {
    Factor factor = part.factors().get(index);
    AdapterLayer own = adapters.get(adapter).layer(layer.name());
    String name = weight.parameterName(factor, own.weights().size());
    float[] elements = new float[factor.elements()];
    factor.expand(adapters.get(adapter).values(own.owner(), name), elements);
    return elements;
  }

  private float[] deltas(AdapterLayer layer, WeightSpec weight) {
    double[] sum = new double[weight.shape().elements()];
    for (int i = 0; i < weights.length; i++) {
      float[] delta = adapters.get(i).delta(layer.name(), weight.name());
      add(sum, weights[i], delta);
    }
    return floats(sum);
  }

  private void putFactor(AdapterLayer layer, WeightSpec sum, int index, float[] numbers) {
    Factor factor = sum.factorize(0).factors().get(index);
    put(layer, sum.parameterName(factor, layer.weights().size()), numbers);
  }

  private void put(AdapterLayer layer, String parameter, float[] numbers) {
    int bad = FloatArrays.firstNotFinite(numbers);
    if (bad >= 0) {
      throw new IllegalArgumentException(
          "the sum has %s in \"%s\" of layer \"%s\": its weights are too large"
              .formatted(numbers[bad], parameter, layer.name()));
    }
    values.put(layer.tensor(parameter), numbers);
  }

  /** Directly trained parameters have no W0, so they can only be averaged. */
  private void direct(AdapterLayer layer, String parameter) {
    float[] first = adapters.get(0).values(layer.name(), parameter);
    boolean equal =
        adapters.stream()
            .allMatch(each -> Arrays.equals(first, each.values(layer.name(), parameter)));
    double total = Arrays.stream(weights).sum();
    if (!equal && Math.abs(total - 1) > SUM_TOLERANCE) {
      throw new IllegalArgumentException(
          "\"%s\" of layer \"%s\" was trained directly and differs, so it can only be averaged, but the weights add up to %s instead of 1"
              .formatted(parameter, layer.name(), total));
    }
    put(layer, parameter, equal ? first : combined(layer, parameter));
  }

  private float[] combined(AdapterLayer layer, String parameter) {
    double[] sum = new double[adapters.get(0).values(layer.name(), parameter).length];
    for (int i = 0; i < weights.length; i++) {
      add(sum, weights[i], adapters.get(i).values(layer.name(), parameter));
    }
    return floats(sum);
  }

  private static void add(double[] sum, double weight, float[] numbers) {
    for (int e = 0; e < sum.length; e++) {
      sum[e] += weight * numbers[e];
    }
  }

  private static float[] floats(double[] numbers) {
    float[] floats = new float[numbers.length];
    for (int e = 0; e < floats.length; e++) {
      floats[e] = (float) numbers[e];
    }
    return floats;
  }
}
