// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.sets;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.source.Download;
import org.nola4j.datasets.source.Downloader;
import org.nola4j.datasets.source.FileSet;
import org.nola4j.datasets.source.PublishedFile;
import org.nola4j.datasets.synthetic.SyntheticDigits;

/** The four IDX files of a published set in a folder. */
public record IdxSet(PublishedSet set) implements FileSet {
  @Override
  public String name() {
    return set.name();
  }

  @Override
  public int classes() {
    return set.classes();
  }

  @Override
  public List<String> lackingIn(Path folder) {
    return set.files().stream()
        .filter(file -> file.in(folder).isEmpty())
        .map(PublishedFile::name)
        .toList();
  }

  @Override
  public String wanted() {
    return set.files().stream()
        .map(PublishedFile::gzipName)
        .collect(Collectors.joining("\n  ", "Put these files, gzipped or plain,\n  ", ""));
  }

  @Override
  public String standIn() {
    return SyntheticDigits.NAME;
  }

  @Override
  public String alternative() {
    return set.equals(PublishedSet.MNIST)
        ? "%s, a subset that comes with the library and needs no files".formatted(Mnist10k.NAME)
        : FileSet.super.alternative();
  }

  @Override
  public void download(Path folder, Downloader downloader) throws IOException {
    new Download(set.files(), set.mirrors(), folder, downloader).fetchMissing();
  }

  @Override
  public ImageSplits<?> open(Path folder) {
    return new PublishedSetReader(set, folder).read();
  }
}
