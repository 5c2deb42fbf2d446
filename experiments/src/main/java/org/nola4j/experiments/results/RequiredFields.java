// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

/** Checks of the result records; Jackson puts the path before these messages. */
final class RequiredFields {
  private RequiredFields() {}

  static void present(String field, Object value) {
    if (value == null) {
      throw new IllegalArgumentException(field + " is missing");
    }
  }
}
