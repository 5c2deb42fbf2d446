// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter.peft;

import java.util.Optional;

/**
 * The keys of PEFT's rank_pattern and alpha_pattern. PEFT treats them as regular expressions and
 * uses the first that {@code (.*\.)?(KEY)$} matches; here they are module names, in which {@code ^}
 * may stand first, a dot is any character and a backslash makes the next character plain. So no
 * regular expression from an untrusted file is run.
 *
 * @param body the characters to match
 * @param anchored whether a path must begin with them
 */
record PeftPattern(String body, boolean anchored) {
  private static final char ANY = '\uFFFF';

  /** A key as a pattern; empty where there is more to the expression than a name. */
  static Optional<PeftPattern> of(String key) {
    return Optional.ofNullable(body(key)).map(body -> new PeftPattern(body, key.startsWith("^")));
  }

  /** Whether this names a module or the end of its path. */
  boolean matches(String module) {
    int from = module.length() - body.length();
    boolean whole = from == 0;
    boolean end = from > 0 && module.charAt(from - 1) == '.' && !anchored;
    if (!whole && !end) {
      return false;
    }
    for (int i = 0; i < body.length(); i++) {
      if (body.charAt(i) != ANY && body.charAt(i) != module.charAt(from + i)) {
        return false;
      }
    }
    return true;
  }

  /** The characters to match, or null where there is more to the expression. */
  private static String body(String key) {
    StringBuilder body = new StringBuilder();
    for (int i = key.startsWith("^") ? 1 : 0; i < key.length(); i++) {
      char c = key.charAt(i);
      boolean escape = c == '\\' && i + 1 < key.length() && isPunctuation(key.charAt(i + 1));
      if (escape) {
        i++;
        body.append(key.charAt(i));
      } else if (c == '.') {
        body.append(ANY);
      } else if (Character.isLetterOrDigit(c) || c == '_' || c == '-') {
        body.append(c);
      } else {
        return null;
      }
    }
    return body.toString();
  }

  /** A backslash before a letter or a digit would be an expression of its own. */
  private static boolean isPunctuation(char c) {
    return c > ' ' && c < 127 && !Character.isLetterOrDigit(c);
  }
}
