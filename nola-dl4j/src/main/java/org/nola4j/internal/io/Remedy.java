// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.io;

/** What to do about a file that cannot be read, where several readers advise the same. */
public final class Remedy {
  /** Where the file came from it may be whole. */
  static final String AGAIN = "copy, download or write it again";

  /** The contents contradict themselves. */
  public static final String COPY = "the file is damaged: " + AGAIN;

  /** The contents may be right, but are of a kind unknown here. */
  public static final String UPDATE = "read it with a release of nola-dl4j that knows this version";

  private Remedy() {}
}
