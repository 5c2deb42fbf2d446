// SPDX-License-Identifier: Apache-2.0
/**
 * What a layer of a wrapped network computes: DL4J's own runtime on parameters outside the
 * network's ({@link org.nola4j.internal.wrapped.HeldLayer}), with adapters beside it or in its
 * weights.
 */
package org.nola4j.internal.wrapped;
