// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeftPatternTest {
  /** What PEFT's get_pattern_key does, on names short enough for a regular expression. */
  private static boolean peft(String key, String module) {
    return Pattern.compile("(.*\\.)?(" + key + ")$").matcher(module).lookingAt();
  }

  @Provide
  Arbitrary<String> keys() {
    return Arbitraries.of("^", "a", "b", "0", ".", "\\.", "\\-", "_", "-", "ab.")
        .list()
        .ofMaxSize(5)
        .map(parts -> String.join("", parts))
        .filter(key -> key.lastIndexOf('^') <= 0);
  }

  @Provide
  Arbitrary<String> modules() {
    return Arbitraries.strings().withChars("ab0.-_").ofMaxLength(7);
  }

  @Property(tries = 5000)
  void plainKeysMatchAsRegularExpressionsDo(
      @ForAll("keys") String key, @ForAll("modules") String module) {
    PeftPattern pattern = PeftPattern.of(key).orElseThrow();
    assertEquals(peft(key, module), pattern.matches(module), key + " on " + module);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a*", "a+", "(a)", "a|b", "[a]", "a$", "\\d", "a\\", "a{2}", "a?", "a^"})
  void expressionsAreNoNames(String key) {
    assertTrue(PeftPattern.of(key).isEmpty());
  }

  @Test
  void theFirstMatchCounts() {
    Map<String, Integer> byKey = new LinkedHashMap<>();
    byKey.put("layer.fc", 1);
    byKey.put("fc", 2);
    PeftPatterns<Integer> patterns = new PeftPatterns<>(byKey);
    assertEquals(1, patterns.find("encoder.layer.fc", 0));
    assertEquals(2, patterns.find("encoder.fc", 0));
    assertEquals(2, patterns.find("fc", 0));
    assertEquals(0, patterns.find("encoder.afc", 0));
  }
}
