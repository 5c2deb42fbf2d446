// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

/** Checks for result records; Jackson adds the path in front of these messages. */
final class RequiredFields {
  private RequiredFields() {}

  static void present(String field, Object value) {
    if (value == null) {
      throw new IllegalArgumentException(field + " is missing");
    }
  }
}
