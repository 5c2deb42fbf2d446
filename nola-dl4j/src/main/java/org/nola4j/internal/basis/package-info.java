// SPDX-License-Identifier: Apache-2.0
/**
 * The inside of bases: hash words of seeds and positions, from which everything random in this
 * library comes, HashedNet's buckets, and what kernels of all packages check.
 */
package org.nola4j.internal.basis;
