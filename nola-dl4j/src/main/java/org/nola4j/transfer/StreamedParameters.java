// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.runtime.ReparameterizedLayer;
import org.nola4j.internal.weights.WeightSpec;

/**
 * The parameters of one of this library's layers, by DL4J's names, each read when it is asked for.
 * An array is valid until the next one is read.
 */
final class StreamedParameters extends AbstractMap<String, INDArray> {
  private final ParameterReader reader;
  private final String layer;

  /** The names that the reader knows by DL4J's. */
  private final Map<String, String> names = new LinkedHashMap<>();

  private INDArray last;

  StreamedParameters(String layer, ReparameterizedLayer conf, ParameterReader reader) {
    this.reader = reader;
    this.layer = layer;
    if (!conf.hasTiedWeights()) {
      for (WeightSpec weight : conf.weights()) {
        names.put(conf.matrixName(weight), weight.name());
      }
    }
    conf.directParameters().keySet().forEach(name -> names.put(name, name));
  }

  @Override
  public INDArray get(Object name) {
    if (!names.containsKey(name)) {
      return null;
    }
    release();
    last = reader.read(layer, names.get(name));
    return last;
  }

  /** Frees the array that was read last. */
  void release() {
    if (last != null && last.closeable()) {
      last.close();
    }
    last = null;
  }

  @Override
  public boolean containsKey(Object name) {
    return names.containsKey(name);
  }

  @Override
  public Set<String> keySet() {
    return names.keySet();
  }

  @Override
  public Set<Map.Entry<String, INDArray>> entrySet() {
    return new AbstractSet<>() {
      @Override
      public int size() {
        return names.size();
      }

      @Override
      public Iterator<Map.Entry<String, INDArray>> iterator() {
        return names.keySet().stream().map(name -> Map.entry(name, get(name))).iterator();
      }
    };
  }
}
