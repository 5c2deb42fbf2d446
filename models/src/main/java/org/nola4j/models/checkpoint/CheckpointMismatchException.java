// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.util.ArrayList;
import java.util.List;

/**
 * A checkpoint's tensors are not those of the network: says which are missing, which are too many,
 * and which have another type or shape. The message names the first ten of each; the lists have
 * all.
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
    add("it lacks", missing, parts);
    add("the network has no place for", surplus, parts);
    add("of another shape or type are", different, parts);
    return file + ": " + String.join("; ", parts) + "; " + remedy;
  }

  private static void add(String what, List<String> names, List<String> parts) {
    if (!names.isEmpty()) {
      parts.add(what + " " + NameList.first(names));
    }
  }

  /** Names of tensors that the network needs and the file lacks. */
  public List<String> missing() {
    return missing;
  }

  /** Names of tensors in the file that the network has no place for. */
  public List<String> surplus() {
    return surplus;
  }

  /** Tensors of another shape or type, each with what was found and expected. */
  public List<String> different() {
    return different;
  }
}
