// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.io.FileFormatException;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Nola;
import org.nola4j.safetensors.SafetensorsFile;

/** Users' notes in adapter files. */
class NotesTest {
  private static final Map<String, String> NOTES =
      Map.of("task", "reviews, 猫 \u0000\n\"", "base", "bert-base", "v1.note_2-x", "");

  @TempDir private Path folder;

  private static Adapter adapter() {
    return Adapter.of(Networks.small(Nola.on(FrozenWeight.seeded(), 2, 5, 4)));
  }

  private Adapter again(Adapter adapter) throws IOException {
    Path file = folder.resolve("adapter.safetensors");
    adapter.write(file, Precision.F32);
    assertEquals(Files.size(file), adapter.bytes(Precision.F32));
    return Adapter.read(file);
  }

  @Test
  void notesComeBackFromTheFile() throws IOException {
    Adapter noted = adapter().withNotes(NOTES);
    assertEquals(NOTES, noted.notes());
    assertEquals(noted, again(noted));
    assertNotEquals(adapter(), noted);
    assertEquals(adapter(), noted.withNotes(Map.of()));
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("adapter.safetensors"))) {
      assertEquals("bert-base", file.metadata().get("note.base"));
    }
  }

  @Test
  void otherNumbersKeepThem() {
    Adapter noted = adapter().withNotes(NOTES);
    assertEquals(NOTES, noted.quantized(4).notes());
    assertEquals(NOTES, noted.rounded(Precision.F16).notes());
  }

  @Property(tries = 50)
  void anyTextIsStoredOrRefused(@ForAll @StringLength(max = 40) String text) {
    try {
      assertEquals(text, Notes.of(Map.of("a", text)).get("a"));
    } catch (IllegalArgumentException e) {
      assertTrue(e.getMessage().contains("Unicode"));
    }
  }

  @Test
  void theLimitsAreKept() {
    Adapter adapter = adapter();
    Map<String, String> many = new HashMap<>();
    for (int i = 0; i < Notes.MOST; i++) {
      many.put("n" + i, "x".repeat(Notes.LONGEST));
    }
    adapter.withNotes(many);
    many.put("one", "more");
    assertThrows(IllegalArgumentException.class, () -> adapter.withNotes(many));
    for (String name : new String[] {"", " ", "a b", ".a", "ä", "x".repeat(65), "a\n"}) {
      Map<String, String> bad = Map.of(name, "text");
      assertThrows(IllegalArgumentException.class, () -> adapter.withNotes(bad), name);
    }
    for (String text : new String[] {"x".repeat(Notes.LONGEST + 1), "\ud800", "\udc00\ud800"}) {
      Map<String, String> bad = Map.of("a", text);
      assertThrows(IllegalArgumentException.class, () -> adapter.withNotes(bad));
    }
  }

  @Test
  void aFileWithANoteThatCannotBeIsRefused() throws IOException {
    Path file = folder.resolve("adapter.safetensors");
    adapter().withNotes(Map.of("a", "text")).write(file, Precision.F32);
    FileEdit edit = FileEdit.of(Files.readAllBytes(file)).replace("note.a\"", "note. \"");
    Files.write(file, edit.sealed());
    String message = assertThrows(FileFormatException.class, () -> Adapter.read(file)).getMessage();
    assertTrue(message.contains("a note's name"), message);
  }
}
