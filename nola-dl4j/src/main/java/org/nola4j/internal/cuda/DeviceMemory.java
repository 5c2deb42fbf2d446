// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.cuda;

import static org.nola4j.internal.cuda.CudaErrors.check;

import org.bytedeco.cuda.global.cudart;

/** Memory of the device that grows as it is asked for more. */
final class DeviceMemory {
  private long address;
  private long bytes;

  /** The address of at least so many bytes; what was there may be gone. */
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

  /** Gives the memory back. */
  void free() {
    if (bytes > 0) {
      check(cudart.cuMemFree(address), "free device memory");
      bytes = 0;
    }
  }
}
