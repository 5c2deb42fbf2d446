// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.util.ArrayList;
import java.util.List;

/**
 * Thrown when a checkpoint's tensors do not match the network: some are missing, unexpected, or
 * have another type or shape. The message names the first ten of each kind; the lists have all.
 */
public final class CheckpointMismatchException extends RuntimeException {
  private final transient List<String> missing;
  private final transient List<String> surplus;
  private final transient List<String> different;

  CheckpointMismatchException(
      String file,
      List<String> missing,
      List<String> surplus,
      List<String> different,
      String remedy) {
    super(message(file, missing, surplus, different, remedy));
    this.missing = List.copyOf(missing);
    this.surplus = List.copyOf(surplus);
    this.different = List.copyOf(different);
  }

  private static String message(
      String file,
      List<String> missing,
      List<String> surplus,
      List<String> different,
      String remedy) {
    List<String> parts = new ArrayList<>();
    add("missing", missing, parts);
    add("not in the network", surplus, parts);
    add("of another shape or type", different, parts);
    return file + ": " + String.join("; ", parts) + "; " + remedy;
  }

  private static void add(String what, List<String> names, List<String> parts) {
    if (!names.isEmpty()) {
      parts.add(what + ": " + NameList.first(names));
    }
  }

  /** Names of tensors that the network needs and that are not in the file. */
  public List<String> missing() {
    return missing;
  }

  /** Names of tensors in the file that the network does not have. */
  public List<String> surplus() {
    return surplus;
  }

  /** Tensors with another shape or type than expected, with both. */
  public List<String> different() {
    return different;
  }
}
