// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.cuda;

import java.util.ArrayList;
import java.util.List;
import org.nola4j.basis.Basis;
import org.nola4j.basis.Distribution;

/**
 * The launches of one operation, in order, and the device memory that they need. A gradient with
 * more tiles, or a mix with more blocks, than fit in memory is processed part by part.
 *
 * @param partialBytes for the results that launches pass on
 * @param sumBytes for sums over the tiles of the parts before
 */
record LaunchPlan(List<Step> steps, long partialBytes, long sumBytes) {
  /**
   * A launch and its part of the operation.
   *
   * @param fromTile the first tile, or block of {@link Distribution#HADAMARD}, of the part
   * @param tiles in the part
   * @param last whether the part is the last
   * @param distance of a stage of {@link Distribution#HADAMARD}
   */
  record Step(Launch launch, int fromTile, int tiles, boolean last, int distance) {
    static Step whole(Launch launch) {
      return new Step(launch, 0, 0, false, 0);
    }
  }

  /** Adds the launches of one part. */
  @FunctionalInterface
  private interface Part {
    void add(List<Step> steps, int fromTile, int tiles, boolean last);
  }

  /**
   * Mixes.
   *
   * @param mostPartials numbers that are in memory at a time
   */
  static LaunchPlan mix(Basis basis, int jobs, int multiprocessors, long mostPartials) {
    if (!Launch.isLarge(basis)) {
      return new LaunchPlan(
          List.of(Step.whole(Launch.mix(basis, jobs, multiprocessors))), Float.BYTES, Double.BYTES);
    }
    int block = basis.block();
    return inParts(
        basis,
        mostPartials / ((long) jobs * block),
        (long) jobs * block * Float.BYTES,
        Double.BYTES,
        (steps, from, blocks, last) -> {
          steps.add(new Step(Launch.spread(basis, blocks, jobs), from, blocks, last, 0));
          for (int h = block / 2; h >= Launch.PIECE; h /= 2) {
            steps.add(new Step(Launch.stage(basis, blocks, jobs), from, blocks, last, h));
          }
          steps.add(new Step(Launch.mixLarge(basis, blocks, jobs), from, blocks, last, 0));
        });
  }

  /** Projections; as {@link #mix}. */
  static LaunchPlan project(Basis basis, int jobs, int multiprocessors, long mostPartials) {
    long results = (long) jobs * basis.count();
    if (Launch.isLarge(basis)) {
      int block = basis.block();
      return inParts(
          basis,
          mostPartials / ((long) jobs * block),
          (long) jobs * block * Float.BYTES,
          results * Double.BYTES,
          (steps, from, blocks, last) -> {
            steps.add(new Step(Launch.gather(basis, blocks, jobs), from, blocks, last, 0));
            for (int h = Launch.PIECE; h < block; h *= 2) {
              steps.add(new Step(Launch.stage(basis, blocks, jobs), from, blocks, last, h));
            }
            steps.add(new Step(Launch.addBlocks(basis, jobs), from, blocks, last, 0));
          });
    }
    int bytes = basis.distribution() == Distribution.ONE_HOT ? Double.BYTES : Float.BYTES;
    return inParts(
        basis,
        mostPartials * Float.BYTES / bytes / results,
        results * bytes,
        results * Double.BYTES,
        (steps, from, tiles, last) -> {
          Launch launch = Launch.project(basis, tiles, jobs, multiprocessors);
          steps.add(new Step(launch, from, tiles, last, 0));
          steps.add(new Step(Launch.addTiles(basis, jobs), from, tiles, last, 0));
        });
  }

  private static LaunchPlan inParts(
      Basis basis, long fit, long bytesPerTile, long sumBytes, Part part) {
    int tiles = Launch.tiles(basis);
    int atATime = (int) Math.max(1, Math.min(tiles, fit));
    List<Step> steps = new ArrayList<>();
    for (int from = 0; from < tiles; from += atATime) {
      int n = Math.min(atATime, tiles - from);
      part.add(steps, from, n, from + n == tiles);
    }
    return new LaunchPlan(List.copyOf(steps), bytesPerTile * atATime, sumBytes);
  }
}
