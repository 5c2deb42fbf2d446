// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.cuda;

import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;

/** Converts result codes of the driver and the compiler to exceptions. */
final class CudaErrors {
  private CudaErrors() {}

  /**
   * Throws unless a function of the driver succeeded.
   *
   * @param what the operation, for the message
   */
  static void check(int result, String what) {
    if (result != cudart.CUDA_SUCCESS) {
      throw new IllegalStateException("CUDA could not " + what + ": " + describe(result));
    }
  }

  /** Throws unless a function of NVRTC succeeded. */
  static void checkCompiler(int result, String what) {
    if (result != nvrtc.NVRTC_SUCCESS) {
      throw new IllegalStateException(
          "NVRTC could not " + what + ": " + nvrtc.nvrtcGetErrorString(result).getString());
    }
  }

  /** An error's name and description. */
  static String describe(int result) {
    return text(result, cudart::cuGetErrorName)
        + " ("
        + result
        + ", "
        + text(result, cudart::cuGetErrorString)
        + ")";
  }

  /** One of the driver's two functions that describe an error. */
  private interface Description {
    int of(int result, PointerPointer<BytePointer> text);
  }

  private static String text(int result, Description description) {
    try (PointerPointer<BytePointer> text = new PointerPointer<>(1)) {
      return description.of(result, text) == cudart.CUDA_SUCCESS
          ? text.get(BytePointer.class, 0).getString()
          : "unknown error";
    }
  }
}
