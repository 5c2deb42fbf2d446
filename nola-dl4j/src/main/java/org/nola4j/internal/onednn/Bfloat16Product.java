// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * {@code result = x W}, or added to what is there, of a float32 x that is rounded to bfloat16 and a
 * bfloat16 W; products are summed in float32. One thread at a time.
 */
public final class Bfloat16Product {
  /** Loaded on first use. */
  private static final class Holder {
    private static final int SIZE = 64;

    /** Elsewhere oneDNN emulates bfloat16, at a third of float32's speed, or refuses it. */
    static final boolean NATIVE = OneDnn.available() && isNative();

    private static boolean isNative() {
      try {
        Shape shape = new Shape(SIZE, SIZE, SIZE, false, false, SIZE, SIZE);
        String name = shape.product().impl_info_str().getString();
        return name.contains("bf16") || name.contains("amx");
      } catch (RuntimeException e) {
        return false;
      }
    }
  }

  /**
   * Sizes and layouts.
   *
   * @param rows of x and the result
   * @param inner columns of x
   * @param columns of the result
   * @param transposed whether the stored matrix is W', [columns, inner], and not W
   * @param add whether the product is added to the result
   * @param rowLength numbers from the begin of a row of x to that of the next
   * @param resultRowLength likewise
   */
  public record Shape(
      long rows,
      long inner,
      long columns,
      boolean transposed,
      boolean add,
      long rowLength,
      long resultRowLength) {
    private memory.desc x() {
      return Layouts.strided(new long[] {rows, inner}, rowLength, 1);
    }

    private memory.desc rounded() {
      return half(rows, inner, inner, 1);
    }

    private memory.desc matrix() {
      return transposed ? half(inner, columns, 1, inner) : half(inner, columns, columns, 1);
    }

    private memory.desc result() {
      return Layouts.strided(new long[] {rows, columns}, resultRowLength, 1);
    }

    private static memory.desc half(long rows, long columns, long... strides) {
      return new memory.desc(new long[] {rows, columns}, memory.data_type.bf16, strides);
    }

    private matmul.primitive_desc product() {
      primitive_attr attributes = new primitive_attr();
      if (add) {
        post_ops after = new post_ops();
        after.append_sum();
        attributes.set_post_ops(after);
      }
      matmul.desc description = new matmul.desc(rounded(), matrix(), result());
      return new matmul.primitive_desc(description, attributes, OneDnn.engine());
    }
  }

  private final Operation rounding;
  private final Operation product;

  /** For arrays of this shape. */
  public Bfloat16Product(Shape shape) {
    memory.desc x = shape.x();
    memory.desc rounded = shape.rounded();
    rounding =
        new Operation(
                new reorder(
                    new reorder.primitive_desc(OneDnn.engine(), x, OneDnn.engine(), rounded)))
            .argument(DNNL_ARG_FROM, x)
            .argument(DNNL_ARG_TO, rounded);
    product =
        new Operation(new matmul(shape.product()))
            .argument(DNNL_ARG_SRC, rounded)
            .argument(DNNL_ARG_WEIGHTS, shape.matrix())
            .argument(DNNL_ARG_DST, shape.result());
  }

  /** Whether this processor multiplies bfloat16 numbers itself (AVX512-BF16, AMX). */
  public static boolean isNative() {
    return Holder.NATIVE;
  }

  /**
   * Multiplies.
   *
   * @param rounded room for 2 bytes per element of x
   * @param matrix row-major bfloat16 numbers
   */
  public void run(INDArray x, Pointer rounded, Pointer matrix, INDArray result) {
    rounding.bind(DNNL_ARG_FROM, x).bind(DNNL_ARG_TO, rounded).run();
    product
        .bind(DNNL_ARG_SRC, rounded)
        .bind(DNNL_ARG_WEIGHTS, matrix)
        .bind(DNNL_ARG_DST, result)
        .run();
  }
}
