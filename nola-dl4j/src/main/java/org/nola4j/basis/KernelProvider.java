// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

/**
 * Offers a kernel that needs more than a Java virtual machine; {@link BasisKernels} finds it with
 * {@link java.util.ServiceLoader}.
 */
public interface KernelProvider {
  /** What {@code -Dnola4j.kernel} calls the kernel. */
  String name();

  /**
   * Why the kernel should be used where nothing else is asked for; empty if it should not. Networks
   * that compute on its device are a reason.
   */
  java.util.Optional<String> preferred();

  /**
   * The kernel, the same one at each call.
   *
   * @throws KernelUnavailableException if it is not to be had here
   */
  BasisKernel kernel() throws KernelUnavailableException;
}
