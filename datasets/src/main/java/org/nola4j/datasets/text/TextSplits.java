// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.text;

/**
 * A set of labeled texts.
 *
 * @param train texts to train on
 * @param test texts never trained on; none where a file of one's own is the whole set
 */
public record TextSplits(LabeledTexts train, LabeledTexts test) {
  /**
   * Checks that both have the same classes.
   *
   * @throws IllegalArgumentException if they have not
   */
  public TextSplits {
    if (!train.classes().equals(test.classes())) {
      throw new IllegalArgumentException(
          "train and test texts have different classes: %s; %s".formatted(train, test));
    }
  }
}
