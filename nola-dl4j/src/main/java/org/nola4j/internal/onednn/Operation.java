// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.onednn;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A primitive with its memories, whose addresses are set before every run. */
final class Operation {
  private final primitive compiled;
  private final IntMemoryMap arguments = new IntMemoryMap();
  private final Map<Integer, memory> memories = new LinkedHashMap<>();

  Operation(primitive compiled) {
    this.compiled = compiled;
  }

  /** An argument that a caller's array is bound to. */
  Operation argument(int id, memory.desc description) {
    return argument(id, new memory(description, OneDnn.engine(), (Pointer) null));
  }

  /** An argument in memory of its own. */
  Operation argument(int id, memory data) {
    memories.put(id, data);
    arguments.put(id, data);
    return this;
  }

  /** Binds an argument to this array. */
  Operation bind(int id, INDArray array) {
    return bind(id, array.data().addressPointer());
  }

  /** Binds an argument to the numbers from here on. */
  Operation bind(int id, Pointer data) {
    memories.get(id).set_data_handle(data);
    return this;
  }

  void run() {
    compiled.execute(OneDnn.stream(), arguments);
    OneDnn.stream()._wait();
  }
}
