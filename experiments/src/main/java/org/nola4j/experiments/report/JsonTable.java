// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nola4j.experiments.common.Json;

/** Tables as JSON, with an object per row. */
final class JsonTable {
  private JsonTable() {}

  static String render(Table table) {
    Map<String, Object> whole = new LinkedHashMap<>();
    whole.put("title", table.title());
    whole.put("rows", rows(table));
    whole.put("notes", table.notes());
    return Json.text(whole) + "\n";
  }

  private static List<Map<String, Object>> rows(Table table) {
    return table.rows().stream().map(row -> Table.values(table.columns(), row)).toList();
  }
}
