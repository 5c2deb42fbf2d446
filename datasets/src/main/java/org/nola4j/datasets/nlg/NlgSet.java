// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.nlg;

import java.nio.file.Path;
import org.nola4j.datasets.DataSetException;

/** A set in a folder. Each split is read when it is asked for. */
public final class NlgSet {
  private final NlgFiles files;
  private final Path folder;

  NlgSet(NlgFiles files, Path folder) {
    this.files = files;
    this.folder = folder;
  }

  /** What users call it. */
  public String name() {
    return files.setName();
  }

  /**
   * Samples to train on.
   *
   * @throws DataSetException if the file is wrong, or, of DART, is not there
   */
  public NlgSplit train() {
    return read("train", files.train(folder));
  }

  /**
   * Samples to choose settings on.
   *
   * @throws DataSetException if the file is wrong
   */
  public NlgSplit validation() {
    return read("validation", files.validation(folder));
  }

  /**
   * Samples to test on.
   *
   * @throws DataSetException if the file is wrong
   */
  public NlgSplit test() {
    return read("test", files.test(folder));
  }

  private NlgSplit read(String split, Path file) {
    NlgSplit samples = new NlgSplit(name() + " " + split, files.read(file));
    if (samples.samples().isEmpty()) {
      throw DataSetException.malformed(file, "samples", "none", "fetch the file again");
    }
    return samples;
  }
}
