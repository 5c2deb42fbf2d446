// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.io;

/** Advice on files that cannot be read, shared by several readers. */
public final class Remedy {
  /** The original of the file may be intact. */
  static final String AGAIN = "copy, download or write it again";

  /** The contents contradict themselves. */
  public static final String COPY = "the file is damaged: " + AGAIN;

  /** The contents may be valid, but of a kind unknown to this version. */
  public static final String UPDATE = "read it with a release of nola-dl4j that knows this version";

  private Remedy() {}
}
