package org.nola4j.experiments.spi;

/** Is told after every training step. */
@FunctionalInterface
public interface BatchListener {
  /**
   * A step is done.
   *
   * @param examples examples in the batch
   * @param loss their mean loss before the step
   */
  void batchDone(int examples, double loss);
}
