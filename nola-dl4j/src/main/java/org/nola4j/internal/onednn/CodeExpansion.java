// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_ATTR_OUTPUT_SCALES;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;

import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * 8-bit integers of a part of a matrix times the scales of its columns, as float32. One thread at a
 * time.
 */
public final class CodeExpansion {
  /** {@code DNNL_RUNTIME_F32_VAL}: the scales are given to each run. */
  private static final float AT_RUN_TIME = Float.intBitsToFloat(0x7fc000d0);

  private static final int BY_COLUMN = 1 << 1;

  private final Operation operation;

  /**
   * For parts of this size.
   *
   * @param rowLength columns of the whole matrix
   */
  public CodeExpansion(long rows, long columns, long rowLength) {
    long[] shape = {rows, columns};
    memory.desc codes = new memory.desc(shape, memory.data_type.s8, new long[] {rowLength, 1});
    memory.desc result = Layouts.matrix(rows, columns);
    primitive_attr attributes = new primitive_attr();
    attributes.set_output_scales(BY_COLUMN, new float[] {AT_RUN_TIME});
    operation =
        new Operation(
                new reorder(
                    new reorder.primitive_desc(
                        OneDnn.engine(), codes, OneDnn.engine(), result, attributes, false)))
            .argument(DNNL_ARG_FROM, codes)
            .argument(DNNL_ARG_ATTR_OUTPUT_SCALES, Layouts.vector(columns))
            .argument(DNNL_ARG_TO, result);
  }

  /**
   * Writes the part's elements.
   *
   * @param codes of the part's first element
   * @param scales of the part's first column
   * @param result row-major, contiguous
   */
  public void run(BytePointer codes, FloatPointer scales, INDArray result) {
    operation
        .bind(DNNL_ARG_FROM, codes)
        .bind(DNNL_ARG_ATTR_OUTPUT_SCALES, scales)
        .bind(DNNL_ARG_TO, result)
        .run();
  }
}
