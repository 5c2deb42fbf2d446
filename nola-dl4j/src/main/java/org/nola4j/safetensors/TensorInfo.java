// SPDX-License-Identifier: Apache-2.0
package org.nola4j.safetensors;

import java.util.List;

/**
 * A tensor's entry in a file's header.
 *
 * @param type of its elements
 * @param shape sizes, row-major; empty for a single number
 * @param begin first byte, counted from the end of the header
 * @param end byte after the last
 */
public record TensorInfo(TensorType type, List<Long> shape, long begin, long end) {
  /** Keeps its own copy of the shape. */
  public TensorInfo {
    shape = List.copyOf(shape);
  }

  /** The number of elements. */
  public long elements() {
    return (end - begin) / type.bytes();
  }

  /** The number of bytes. */
  public long bytes() {
    return end - begin;
  }
}
