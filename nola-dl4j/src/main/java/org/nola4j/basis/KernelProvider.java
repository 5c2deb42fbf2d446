// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

/**
 * Provides a kernel that needs more than a Java virtual machine; {@link BasisKernels} finds it with
 * {@link java.util.ServiceLoader}.
 */
public interface KernelProvider {
  /** What {@code -Dnola4j.kernel} calls the kernel. */
  String name();

  /**
   * Why this kernel should be the default, for instance because networks compute on its device;
   * empty if it should not be.
   */
  java.util.Optional<String> preferred();

  /**
   * The kernel; every call returns the same one.
   *
   * @throws KernelUnavailableException if it is not available here
   */
  BasisKernel kernel() throws KernelUnavailableException;
}
