// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

/**
 * An adapter does not match a network. The message names the first difference; nothing was changed.
 */
public final class AdapterMismatchException extends IllegalArgumentException {
  /**
   * The message names the place and both sides.
   *
   * @param where for instance {@code layer "0", weight "W", rank}
   * @param adapter what the adapter has
   * @param network what the network has
   */
  public AdapterMismatchException(String where, Object adapter, Object network) {
    super(
        "the adapter belongs to another network: "
            + where
            + ": expected "
            + adapter
            + " (adapter), but found "
            + network
            + " (network); build the network as it was when the adapter was made; nothing was"
            + " changed");
  }
}
