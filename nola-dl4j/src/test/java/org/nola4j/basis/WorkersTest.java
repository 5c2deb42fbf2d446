// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkersTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 40})
  void everyPartRunsOnce(int threads) {
    AtomicIntegerArray runs = new AtomicIntegerArray(30);
    Workers.run(30, threads, runs::incrementAndGet);
    for (int part = 0; part < 30; part++) {
      assertEquals(1, runs.get(part));
    }
  }

  @Test
  void smallCallsStayOnOneThread() {
    assertEquals(1, Workers.threads(1000, Workers.THREADS));
    assertEquals(Workers.THREADS, Workers.threads(1L << 32, Workers.THREADS));
  }

  /** Whichever thread meets the failing part, the caller hears of it. */
  @Test
  void aFailingPartFailsTheCall() {
    ArithmeticException failure = new ArithmeticException("part 7");
    for (int repeat = 0; repeat < 50; repeat++) {
      RuntimeException thrown =
          assertThrows(
              RuntimeException.class,
              () ->
                  Workers.run(
                      8,
                      2,
                      part -> {
                        if (part == 7) {
                          throw failure;
                        }
                      }));
      assertSame(failure, thrown == failure ? thrown : thrown.getCause());
    }
  }

  @Test
  void anInterruptIsKeptAndTheCallStillFinishes() {
    AtomicIntegerArray runs = new AtomicIntegerArray(4);
    Thread.currentThread().interrupt();
    Workers.run(4, 2, runs::incrementAndGet);
    assertTrue(Thread.interrupted());
    for (int part = 0; part < 4; part++) {
      assertEquals(1, runs.get(part));
    }
  }
}
