// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

/** Names and versions of {@code docs/adapter-v1.md}, for its reader and writer. */
final class AdapterFormat {
  /** Metadata: the format's name, with its version as value. */
  static final String FORMAT = "nola-adapter";

  /** Format version of adapters whose bases are all of {@code docs/basis-v1.md}. */
  static final String FIRST_VERSION = "1";

  /** Format version of adapters with bases of {@code docs/basis-v2.md}. */
  static final String STRUCTURED_VERSION = "2";

  /** Metadata: digest of the whole file, with zeros in place of its own digits. */
  static final String DIGEST = "digest";

  /** Metadata: {@link Recipe#network}. */
  static final String NETWORK = "network";

  /** Metadata: {@link RecipeWriter}'s JSON. */
  static final String RECIPE = "recipe";

  static final String NO_DIGEST = "0".repeat(Digest.DIGITS);

  /** Field for the version of the basis specification; absent for the first. */
  static final String BASIS = "basis";

  /** {@code docs/basis-v2.md}. */
  static final int STRUCTURED_BASIS = 2;

  private AdapterFormat() {}
}
