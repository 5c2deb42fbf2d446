// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter.peft;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Values by {@link PeftPattern}; if several match a module, the first wins. */
final class PeftPatterns<T> {
  private final Map<String, T> byKey;
  private final Map<PeftPattern, T> byPattern = new LinkedHashMap<>();

  /**
   * Of keys that are patterns.
   *
   * @throws IllegalArgumentException if one is not
   */
  PeftPatterns(Map<String, T> byKey) {
    this.byKey = byKey;
    byKey.forEach(
        (key, value) -> {
          Optional<PeftPattern> pattern = PeftPattern.of(key);
          if (pattern.isEmpty()) {
            throw new IllegalArgumentException("\"" + key + "\" is more than a module's name");
          }
          byPattern.putIfAbsent(pattern.get(), value);
        });
  }

  /** By the keys as written. */
  Map<String, T> byKey() {
    return byKey;
  }

  /** The value of the first pattern that matches a module, or the default. */
  T find(String module, T other) {
    for (Map.Entry<PeftPattern, T> entry : byPattern.entrySet()) {
      if (entry.getKey().matches(module)) {
        return entry.getValue();
      }
    }
    return other;
  }
}
