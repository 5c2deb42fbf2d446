// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import org.nola4j.datasets.nlg.NlgDataSets;
import org.nola4j.datasets.nlg.NlgGroup;
import org.nola4j.datasets.nlg.NlgSet;
import org.nola4j.datasets.nlg.NlgSplit;
import org.nola4j.datasets.source.DataSource;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.models.text.CompletionTokens;

/** Data with texts that say it; the model writes texts for the test set. */
public final class DataToText implements CompletionTask {
  private final NlgSet set;
  private final LanguageTokens language;
  private final DataWriter writer;

  /**
   * Opens a set.
   *
   * @param language is closed with this
   */
  public DataToText(ExperimentConfig config, DataSource source, LanguageTokens language) {
    this.set = NlgDataSets.open(config.dataset().name(), source);
    this.language = language;
    List<NlgGroup> groups = set.test().groups();
    Integer texts = config.measurements().texts();
    int count = texts == null ? groups.size() : Math.min(texts, groups.size());
    this.writer = new DataWriter(set.name(), groups.subList(0, count), language);
  }

  @Override
  public NlgSplit train() {
    return set.train();
  }

  @Override
  public NlgSplit validation() {
    return set.validation();
  }

  @Override
  public List<CompletionTokens> tokens(NlgSplit split) {
    return language.samples(split);
  }

  @Override
  public Optional<TextTask> texts() {
    return Optional.of(writer);
  }

  @Override
  public void addTo(MessageDigest digest) {
    writer.addTo(digest);
  }

  @Override
  public void close() {
    language.close();
  }
}
