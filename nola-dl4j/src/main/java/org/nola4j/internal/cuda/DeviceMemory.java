// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.cuda;

import static org.nola4j.internal.cuda.CudaErrors.check;

import org.bytedeco.cuda.global.cudart;

/** Device memory that grows on demand. */
final class DeviceMemory {
  private long address;
  private long bytes;

  /** The address of at least this many bytes; earlier contents may be lost. */
  long ofBytes(long wanted) {
    if (wanted > bytes) {
      free();
      long[] allocated = new long[1];
      check(cudart.cuMemAlloc(allocated, wanted), "allocate %,d bytes".formatted(wanted));
      address = allocated[0];
      bytes = wanted;
    }
    return address;
  }

  /** Frees the memory. */
  void free() {
    if (bytes > 0) {
      check(cudart.cuMemFree(address), "free device memory");
      bytes = 0;
    }
  }
}
