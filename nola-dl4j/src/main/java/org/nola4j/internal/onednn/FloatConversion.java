// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_ATTR_OUTPUT_SCALES;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;

import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/** A part of a matrix of fewer bits, as float32 or bfloat16. One thread at a time. */
public final class FloatConversion {
  /** {@code DNNL_RUNTIME_F32_VAL}: the scales are given to each run. */
  private static final float AT_RUN_TIME = Float.intBitsToFloat(0x7fc000d0);

  private static final int BY_COLUMN = 1 << 1;

  private final Operation operation;
  private final boolean scaled;

  /**
   * For parts of this size.
   *
   * @param scaled whether the numbers are 8-bit integers that a scale for each column multiplies;
   *     otherwise they are bfloat16
   * @param half whether they become bfloat16, and not float32
   * @param rowLength columns of the whole matrix
   */
  public FloatConversion(boolean scaled, boolean half, long rows, long columns, long rowLength) {
    memory.data_type type = scaled ? memory.data_type.s8 : memory.data_type.bf16;
    memory.desc source =
        new memory.desc(new long[] {rows, columns}, type, new long[] {rowLength, 1});
    memory.desc result =
        new memory.desc(
            new long[] {rows, columns},
            half ? memory.data_type.bf16 : memory.data_type.f32,
            new long[] {columns, 1});
    primitive_attr attributes = new primitive_attr();
    if (scaled) {
      attributes.set_output_scales(BY_COLUMN, new float[] {AT_RUN_TIME});
    }
    this.scaled = scaled;
    operation =
        new Operation(
                new reorder(
                    new reorder.primitive_desc(
                        OneDnn.engine(), source, OneDnn.engine(), result, attributes, false)))
            .argument(DNNL_ARG_FROM, source)
            .argument(DNNL_ARG_TO, result);
    if (scaled) {
      operation.argument(DNNL_ARG_ATTR_OUTPUT_SCALES, Layouts.vector(columns));
    }
  }

  /**
   * Writes the part's elements.
   *
   * @param source the part's first number
   * @param scales of the part's first column; null where there are none
   * @param result room for the elements, row-major
   */
  public void run(Pointer source, FloatPointer scales, Pointer result) {
    operation.bind(DNNL_ARG_FROM, source).bind(DNNL_ARG_TO, result);
    if (scaled) {
      operation.bind(DNNL_ARG_ATTR_OUTPUT_SCALES, scales);
    }
    operation.run();
  }
}
