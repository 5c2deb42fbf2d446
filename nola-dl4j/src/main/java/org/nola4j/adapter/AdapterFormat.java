// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import java.util.List;

/** Names and versions of {@code docs/adapter-v1.md}, for its reader and writer. */
final class AdapterFormat {
  /** Metadata: the format's name, with its version as value. */
  static final String FORMAT = "nola-adapter";

  /** Format version of adapters whose bases are all of {@code docs/basis-v1.md}. */
  static final String FIRST_VERSION = "1";

  /** Format version of adapters with bases of {@code docs/basis-v2.md}. */
  static final String STRUCTURED_VERSION = "2";

  /** Format version of adapters whose recipe is longer than {@link #LONGEST_PLAIN_RECIPE}. */
  static final String COMPACT_VERSION = "3";

  /** Those that this release reads. */
  static final List<String> VERSIONS = List.of(FIRST_VERSION, STRUCTURED_VERSION, COMPACT_VERSION);

  /** Characters of a recipe up to which the file has it as text, and every tensor by its name. */
  static final int LONGEST_PLAIN_RECIPE = 4096;

  /** Metadata: digest of the whole file, with zeros in place of its own digits. */
  static final String DIGEST = "digest";

  /** Metadata: {@link Recipe#network}. */
  static final String NETWORK = "network";

  /**
   * Metadata: {@link RecipeWriter}'s JSON. In a compact file a tensor: this JSON, as a member of
   * this name, and {@link #TENSORS}, deflated.
   */
  static final String RECIPE = "recipe";

  /** Hash of the frozen layers' parameters: of the recipe, or in a compact file metadata. */
  static final String FROZEN = "frozen";

  /** In a compact file, the tensor of the given W0s' SHA-256s. */
  static final String DIGESTS = "digests";

  /** In a compact file: the shapes of the vectors in {@link #NUMBERS}, by name. */
  static final String TENSORS = "tensors";

  /** In a compact file, the tensor of all vectors that are not quantized. */
  static final String NUMBERS = "numbers";

  static final String NO_DIGEST = "0".repeat(Digest.DIGITS);

  /** Field for the version of the basis specification; absent for the first. */
  static final String BASIS = "basis";

  /** {@code docs/basis-v2.md}. */
  static final int STRUCTURED_BASIS = 2;

  private AdapterFormat() {}
}
