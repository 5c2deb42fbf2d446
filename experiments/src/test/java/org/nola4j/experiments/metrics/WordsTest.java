// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WordsTest {
  private static void assertWords(String expected, List<String> words) {
    assertEquals(expected, String.join(" ", words));
  }

  @Test
  void mteval13a() {
    assertWords(
        "Price : $ 1,000.50 ( or 20 - 25 ) , \" it's \" cheap .",
        Words.mteval13a("Price: $1,000.50 (or 20-25), &quot;it's&quot; cheap."));
    assertWords("family-friendly , 3 .", Words.mteval13a("family-friendly, 3."));
  }

  /** Checked by Stanford's tokenizer with COCO's options, and COCO's list of punctuation. */
  @Test
  void wordsOfThePennTreebank() {
    assertWords("it 's not family-friendly", PtbWords.of("It's not family-friendly."));
    assertWords("they do n't serve food", PtbWords.of("They don't serve \u201cfood\u201d!"));
    assertWords("the vaults 's price is # 30", PtbWords.of("The Vaults 's price is \u00a3 30 ."));
    assertWords(
        "mr. smith of the u.s. paid $ 1,000.50 -lrb- or 8.3 m -rrb-",
        PtbWords.of("Mr. Smith, of the U.S., paid $1,000.50 (or 8.3m)."));
    assertWords("you can not", PtbWords.of("you cannot"));
    assertWords("", PtbWords.of(" ... ! "));
  }

  @Test
  void whatLoraSeparates() {
    assertEquals("a_1 , the caf\u00e9 ' s - x", Words.separated("A_1, the Caf\u00e9's-X"));
  }

  /** Examples of Snowball's description. */
  @Test
  void stems() {
    Map.ofEntries(
            Map.entry("consigned", "consign"),
            Map.entry("consistently", "consist"),
            Map.entry("consolation", "consol"),
            Map.entry("knightly", "knight"),
            Map.entry("kneeling", "kneel"),
            Map.entry("knocked", "knock"),
            Map.entry("generously", "generous"),
            Map.entry("generate", "generat"),
            Map.entry("communities", "communiti"),
            Map.entry("skies", "sky"),
            Map.entry("ties", "tie"),
            Map.entry("cries", "cri"),
            Map.entry("hoping", "hope"),
            Map.entry("hopping", "hop"),
            Map.entry("luxuriated", "luxuri"),
            Map.entry("sayings", "say"),
            Map.entry("rational", "ration"),
            Map.entry("herrings", "herring"),
            Map.entry("gas", "gas"),
            Map.entry("kiwis", "kiwi"),
            Map.entry("restaurant's", "restaur"),
            Map.entry("rate", "rate"),
            Map.entry("controll", "control"))
        .forEach((word, stem) -> assertEquals(stem, EnglishStemmer.stem(word), word));
  }

  @Test
  void wordsOfMeteor() {
    assertWords(
        "the vaults 's family friendly pub , 1,000 .",
        Meteor.words("The Vaults's family-friendly pub, 1,000."));
  }
}
