// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.text;

/**
 * A set of labeled texts.
 *
 * @param train texts to train on
 * @param test test texts; none for your own file, which is only a training set
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
