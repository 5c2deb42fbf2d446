// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.cuda;

import java.util.List;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.nd4j.nativeblas.OpaqueDataBuffer;

/** Where a backend keeps its arrays on the device, and how it orders work on them. */
interface BackendMemory {
  /** The device address of an array to read, brought up to date. */
  long read(OpaqueDataBuffer buffer);

  /** The device address of an array to write. */
  long write(OpaqueDataBuffer buffer);

  /** Notes that kernels that read and write these have been launched. */
  void started(List<OpaqueDataBuffer> read, List<OpaqueDataBuffer> written);

  CUstream_st stream();
}
