// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import org.nola4j.datasets.nlg.NlgGroup;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.metrics.GeneratedText;
import org.nola4j.experiments.metrics.Protocol;
import org.nola4j.models.generation.Continuation;
import org.nola4j.models.generation.Decoding;
import org.nola4j.models.generation.Generator;

/** Lets a GPT-2 say data in words, decoded as in LoRA and NOLA. */
final class DataWriter implements TextTask {
  /** Inputs at a time; each has ten hypotheses. */
  private static final int TOGETHER = 16;

  private static final String E2E = "e2e";

  private final String set;
  private final List<NlgGroup> groups;
  private final LanguageTokens language;

  DataWriter(String set, List<NlgGroup> groups, LanguageTokens language) {
    this.set = set;
    this.groups = List.copyOf(groups);
    this.language = language;
  }

  @Override
  public Protocol protocol() {
    return set.equals(E2E) ? Protocol.E2E : Protocol.WEBNLG;
  }

  @Override
  public List<GeneratedText> write(Network network) {
    if (!(network instanceof GraphNetwork decoder)) {
      throw new IllegalArgumentException("only a GPT-2 writes texts");
    }
    Generator generator = Generator.of(decoder.graph());
    Decoding decoding = Decoding.nola().withEndTokens(language.ends());
    List<GeneratedText> texts = new ArrayList<>();
    for (int from = 0; from < groups.size(); from += TOGETHER) {
      List<NlgGroup> some = groups.subList(from, Math.min(groups.size(), from + TOGETHER));
      List<Continuation> written = generate(generator, some, decoding);
      for (int i = 0; i < some.size(); i++) {
        texts.add(
            new GeneratedText(language.text(written.get(i).text()), some.get(i).references()));
      }
    }
    return texts;
  }

  private List<Continuation> generate(
      Generator generator, List<NlgGroup> inputs, Decoding decoding) {
    try {
      return generator.generate(
          language.ended(inputs.stream().map(NlgGroup::context).toList()), decoding);
    } catch (IllegalArgumentException e) {
      throw new UserException(set + ": " + e.getMessage(), e);
    }
  }

  void addTo(MessageDigest digest) {
    groups.forEach(
        group -> digest.update((group.context() + '\n').getBytes(StandardCharsets.UTF_8)));
  }
}
