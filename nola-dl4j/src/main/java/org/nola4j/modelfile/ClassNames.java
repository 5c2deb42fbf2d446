// SPDX-License-Identifier: Apache-2.0
package org.nola4j.modelfile;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The classes that a configuration may name. Jackson loads whatever class a file names, and loading
 * one runs its static initializer, so names are checked first.
 *
 * @param allowed full names of classes, or packages with their subpackages that end with {@code .*}
 */
record ClassNames(List<String> allowed) {
  private static final String PACKAGE = ".*";

  /** Classes of Deeplearning4j and this library in configurations. */
  static final ClassNames USUAL =
      new ClassNames(
          List.of(
              "org.deeplearning4j.nn.conf.*",
              "org.deeplearning4j.nn.modelimport.keras.*",
              "org.deeplearning4j.nn.weights.*",
              "org.nd4j.linalg.activations.*",
              "org.nd4j.linalg.learning.*",
              "org.nd4j.linalg.lossfunctions.*",
              "org.nd4j.linalg.schedule.*",
              "org.nola4j.*"));

  /** Keeps its own copy. */
  ClassNames {
    allowed = List.copyOf(allowed);
  }

  ClassNames and(Collection<String> more) {
    List<String> all = new ArrayList<>(allowed);
    all.addAll(more);
    return new ClassNames(all);
  }

  /** Whether a class, or the class that it is nested in, may be loaded. */
  boolean allow(String name) {
    boolean plain = name.chars().allMatch(c -> c == '.' || Character.isJavaIdentifierPart(c));
    return plain && allowed.stream().anyMatch(entry -> matches(entry, name));
  }

  private static boolean matches(String entry, String name) {
    if (entry.endsWith(PACKAGE)) {
      return name.startsWith(entry.substring(0, entry.length() - 1));
    }
    return name.equals(entry) || name.startsWith(entry + "$");
  }
}
