// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.util.Collection;

/** Lists tensor names in messages; a model may have hundreds. */
final class NameList {
  private static final int MOST = 10;
  private static final int LONGEST = 120;

  private NameList() {}

  /** The first ten, and how many more there are. */
  static String first(Collection<String> names) {
    String more = names.size() > MOST ? " and " + (names.size() - MOST) + " more" : "";
    return String.join(", ", names.stream().limit(MOST).map(NameList::shortened).toList()) + more;
  }

  private static String shortened(String name) {
    return name.length() <= LONGEST ? name : name.substring(0, LONGEST) + "...";
  }
}
