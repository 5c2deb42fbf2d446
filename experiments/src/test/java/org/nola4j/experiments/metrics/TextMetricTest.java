// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.nlg.NlgDataSets;
import org.nola4j.datasets.nlg.NlgGroup;
import org.nola4j.datasets.source.DataSource;

/**
 * Expected figures are those of the programs that papers use, on the same texts: pymteval of
 * e2e-metrics (BLEU, NIST), its COCO code on our words (ROUGE-L, CIDEr), pyter (TER),
 * multi-bleu-detok.perl of GenerationEval, and METEOR 1.5 with {@code -norm -m "exact stem" -w "1.0
 * 0.6"}, from which ours differs by its list of function words.
 */
class TextMetricTest {
  private static final double EXACT = 1e-11;
  private static final double FUNCTION_WORDS = 0.004;

  private static final List<GeneratedText> INLINE =
      List.of(
          new GeneratedText(
              "The cat sat on the mat .",
              List.of("A cat was sitting on the mat .", "The cat is on the mat .")),
          new GeneratedText(
              "There is a small dog in the park , near the old bridge .",
              List.of("A little dog is in the park near an old bridge .")),
          new GeneratedText(
              "Blue Spice serves cheap Italian food by the river .",
              List.of(
                  "Blue Spice is a cheap Italian restaurant near the river .",
                  "By the river , Blue Spice serves cheap Italian food .",
                  "Blue Spice has Italian food .")));

  private static void assertScore(
      double expected, TextMetric metric, List<GeneratedText> texts, double tolerance) {
    assertEquals(expected, metric.score(texts), tolerance, metric.title());
  }

  private static void assertScores(
      List<GeneratedText> texts, double meteor, double... bleuNistRougeCiderTerMoses) {
    TextMetric[] metrics = {
      TextMetric.BLEU,
      TextMetric.NIST,
      TextMetric.ROUGE_L,
      TextMetric.CIDER,
      TextMetric.TER,
      TextMetric.MULTI_BLEU
    };
    for (int i = 0; i < metrics.length; i++) {
      assertScore(bleuNistRougeCiderTerMoses[i], metrics[i], texts, EXACT);
    }
    assertScore(meteor, TextMetric.METEOR, texts, FUNCTION_WORDS);
  }

  @Test
  void threeTexts() {
    assertScores(
        INLINE,
        0.4420342907417239,
        0.43208354439684354,
        4.338197458943338,
        0.7579588993382096,
        3.777457562497061,
        0.36327561327561336,
        0.40591083742794);
    List<GeneratedText> prepared = Protocol.WEBNLG.prepare(INLINE);
    assertScore(0.43208354439684, TextMetric.MULTI_BLEU, prepared, EXACT);
    assertScore(0.2748917748917749, TextMetric.TER, prepared, EXACT);
  }

  /** The first reference of each of 60 contexts against the others. */
  private static List<GeneratedText> published(String set) {
    List<NlgGroup> groups;
    try {
      groups = NlgDataSets.open(set, DataSource.standard()).test().groups();
    } catch (DataSetException e) {
      assumeTrue(false, "needs the files of " + set + ": " + e.getMessage());
      throw e;
    }
    return groups.stream()
        .map(NlgGroup::references)
        .filter(texts -> texts.size() > 1)
        .limit(60)
        .map(texts -> new GeneratedText(texts.get(0), texts.subList(1, texts.size())))
        .toList();
  }

  @Test
  void e2e() {
    assertScores(
        published("e2e"),
        0.4429583654628322,
        0.5954384977980556,
        7.772302609607239,
        0.6518681929988195,
        2.2638083035352463,
        0.45480112777214277,
        0.57285767489741);
  }

  @Test
  void webNlg() {
    List<GeneratedText> texts = published("webnlg");
    assertScores(
        texts,
        0.460145654172661,
        0.5823340376037384,
        7.54218744142576,
        0.73106265396462,
        4.899080159536771,
        0.4061187967805614,
        0.54436347953307);
    List<GeneratedText> prepared = Protocol.WEBNLG.prepare(texts);
    assertScore(0.58065049521956, TextMetric.MULTI_BLEU, prepared, EXACT);
    assertScore(0.31778569960635156, TextMetric.TER, prepared, EXACT);
    assertScore(0.4594193968728966, TextMetric.METEOR, prepared, FUNCTION_WORDS);
  }

  @Test
  void aReferenceItselfHasTheBestScore() {
    List<GeneratedText> equal =
        INLINE.stream()
            .map(text -> new GeneratedText(text.references().get(0), text.references()))
            .toList();
    Map<TextMetric, Double> best = new EnumMap<>(TextMetric.class);
    best.put(TextMetric.BLEU, 1.0);
    best.put(TextMetric.MULTI_BLEU, 1.0);
    best.put(TextMetric.METEOR, 1.0);
    best.put(TextMetric.ROUGE_L, 1.0);
    best.put(TextMetric.TER, 0.0);
    best.forEach((metric, score) -> assertScore(score, metric, equal, 1e-12));
    for (TextMetric metric : List.of(TextMetric.NIST, TextMetric.CIDER)) {
      assertTrue(metric.score(equal) > metric.score(INLINE), metric.title());
    }
    List<GeneratedText> single =
        INLINE.stream()
            .map(text -> new GeneratedText(text.hypothesis(), List.of(text.hypothesis())))
            .toList();
    assertScore(10, TextMetric.CIDER, single, 1e-12);
  }

  @Test
  void theOrderOfReferencesAndTextsIsIrrelevant() {
    Random random = new Random(1);
    List<GeneratedText> shuffled = new ArrayList<>();
    for (GeneratedText text : INLINE) {
      List<String> references = new ArrayList<>(text.references());
      Collections.shuffle(references, random);
      shuffled.add(new GeneratedText(text.hypothesis(), references));
    }
    Collections.shuffle(shuffled, random);
    for (TextMetric metric : TextMetric.values()) {
      assertScore(metric.score(INLINE), metric, shuffled, 1e-12);
    }
  }

  @Test
  void emptyTextsHaveTheWorstScore() {
    List<GeneratedText> empty =
        INLINE.stream().map(text -> new GeneratedText("", text.references())).toList();
    for (TextMetric metric : TextMetric.values()) {
      assertScore(metric == TextMetric.TER ? 1 : 0, metric, empty, 1e-9);
    }
  }

  @Test
  void thereMustBeTexts() {
    assertEquals(
        "there are no texts to score",
        assertThrows(IllegalArgumentException.class, () -> TextMetric.BLEU.score(List.of()))
            .getMessage());
    assertEquals(
        "no references for \"a\"",
        assertThrows(IllegalArgumentException.class, () -> new GeneratedText("a", List.of()))
            .getMessage());
  }

  /** The example of pyter's documentation. */
  @Test
  void shiftsAreEdits() {
    assertEquals(
        4 / 13.0,
        Ter.rate(
            Words.bySpace(
                "THIS WEEK THE SAUDIS denied information published in the new york times"),
            Words.bySpace(
                "SAUDI ARABIA denied THIS WEEK information published in the AMERICAN new york"
                    + " times")));
  }
}
