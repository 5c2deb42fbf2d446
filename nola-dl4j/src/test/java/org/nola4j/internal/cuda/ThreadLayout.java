// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.cuda;

import java.util.Arrays;
import org.nola4j.basis.Basis;
import org.nola4j.basis.Distribution;

/**
 * The threads of {@code basis.cu} in Java, one after the other: which elements and vectors each one
 * has, and in which order blocks, shuffles and tiles add. Elements are the specification's, looked
 * up one by one.
 */
final class ThreadLayout {
  private static final int WARP = 32;
  private static final int PER_STREAM = 27;

  private final Basis unscaled;
  private final Basis basis;
  private final int multiprocessors;

  ThreadLayout(Basis basis, int multiprocessors) {
    this.basis = basis;
    this.multiprocessors = multiprocessors;
    this.unscaled = new Basis(basis.seed(), basis.distribution(), basis.count(), basis.length());
  }

  /** The number at the end of a kernel's name. */
  static int last(String kernel) {
    return Integer.parseInt(kernel.substring(kernel.lastIndexOf('_') + 1));
  }

  /** What no thread writes is NaN, and so is what two write. */
  float[] mix(float[] coefficients) {
    Launch launch = Launch.mix(basis, 1, multiprocessors);
    float[] out = new float[basis.length()];
    Arrays.fill(out, Float.NaN);
    int words = last(launch.kernel());
    for (int block = 0; block < launch.gridX(); block++) {
      for (int thread = 0; thread < launch.threads(); thread++) {
        for (int w = 0; w < words; w++) {
          int word = (block * words + w) * launch.threads() + thread;
          if (basis.distribution() == Distribution.UNIFORM) {
            int e = (word >> 4 << 5) | (word & 15);
            store(out, e, coefficients);
            store(out, e + 16, coefficients);
          } else {
            store(out, word, coefficients);
          }
        }
      }
    }
    return out;
  }

  private void store(float[] out, int e, float[] coefficients) {
    if (e < out.length) {
      boolean written = !Float.isNaN(out[e]);
      out[e] =
          written
              ? Float.NaN
              : basis.distribution() == Distribution.UNIFORM
                  ? uniform(e, coefficients)
                  : sign(e, coefficients);
    }
  }

  /** With r = R / 2^16 and 2^16 times the factors. */
  private float uniform(int e, float[] coefficients) {
    float a = 0;
    for (int i = 0; i < coefficients.length; i++) {
      float factor = coefficients[i] * basis.scale() * 0x1p-31f * 65536f;
      a += r(i, e) * factor;
    }
    return a;
  }

  private float r(int vector, int e) {
    return unscaled.element(vector, e) * 0x1p15f;
  }

  private float sign(int e, float[] coefficients) {
    float a = 0;
    for (int first = 0; first < coefficients.length; first += 9) {
      float g = 0;
      for (int k = 0; k < 3; k++) {
        float t = signed(first + 3 * k, e, coefficients);
        t += signed(first + 3 * k + 1, e, coefficients);
        t += signed(first + 3 * k + 2, e, coefficients);
        g = k == 0 ? t : g + t;
      }
      a += g;
    }
    return a;
  }

  /** Coefficients behind the last are zeros; their signs cannot matter in the sums. */
  private float signed(int i, int e, float[] coefficients) {
    return i < coefficients.length ? coefficients[i] * basis.scale() * unscaled.element(i, e) : 0f;
  }

  float[] project(float[] gradient) {
    int tiles = Launch.tiles(basis);
    Launch launch = Launch.project(basis, tiles, 1, multiprocessors);
    float[][] partials = new float[tiles][basis.count()];
    for (float[] tile : partials) {
      Arrays.fill(tile, Float.NaN);
    }
    for (int x = 0; x < launch.gridX(); x++) {
      for (int y = 0; y < launch.gridY(); y++) {
        projectBlock(launch, x, y, gradient, partials[x]);
      }
    }
    float[] out = new float[basis.count()];
    for (int i = 0; i < out.length; i++) {
      double sum = 0;
      for (float[] tile : partials) {
        sum += tile[i];
      }
      double unit = basis.distribution() == Distribution.UNIFORM ? 0x1p-31 : 1;
      out[i] = (float) (sum * basis.scale() * unit);
    }
    return out;
  }

  private void projectBlock(Launch launch, int x, int y, float[] gradient, float[] partials) {
    if (basis.distribution() == Distribution.SIGN) {
      int perBlock = launch.threads() / WARP;
      int streams = (basis.count() + PER_STREAM - 1) / PER_STREAM;
      for (int from = y * perBlock; from < streams; from += launch.gridY() * perBlock) {
        for (int warp = 0; warp < perBlock; warp++) {
          projectStream(from + warp, x, gradient, partials);
        }
      }
      return;
    }
    int each = last(launch.kernel());
    int perBlock = launch.threads() / 16 * each;
    for (int from = y * perBlock; from < basis.count(); from += launch.gridY() * perBlock) {
      for (int vector = from; vector < from + perBlock; vector++) {
        if (vector < basis.count()) {
          partials[vector] = once(partials[vector], uniformTile(vector, x, gradient));
        }
      }
    }
  }

  private static float once(float before, float value) {
    return Float.isNaN(before) ? value : Float.NaN;
  }

  /** 16 threads with two lanes each, then shuffles 8, 4, 2 and 1 apart. */
  private float uniformTile(int vector, int x, float[] gradient) {
    int start = x * Launch.TILE;
    int n = Math.min(Launch.TILE, gradient.length - start);
    float[] sums = new float[16];
    for (int lane = 0; lane < 16; lane++) {
      float low = 0;
      float high = 0;
      for (int step = 0; 32 * step < n; step++) {
        low += product(vector, start + 32 * step + lane, gradient);
        high += product(vector, start + 32 * step + lane + 16, gradient);
      }
      sums[lane] = low + high;
    }
    for (int d = 8; d > 0; d /= 2) {
      float[] before = sums.clone();
      for (int lane = 0; lane < 16; lane++) {
        sums[lane] = before[lane] + before[lane + d < 16 ? lane + d : lane];
      }
    }
    return sums[0];
  }

  private float product(int vector, int e, float[] gradient) {
    return e < gradient.length ? r(vector, e) * (gradient[e] * 65536f) : 0f;
  }

  /** 32 threads with 27 numbers each, folded until each has one. */
  private void projectStream(int stream, int x, float[] gradient, float[] partials) {
    int start = x * Launch.TILE;
    int n = Math.min(Launch.TILE, gradient.length - start);
    float[][] lanes = new float[WARP][28];
    for (int lane = 0; lane < WARP; lane++) {
      for (int e = start + lane; e < start + n; e += WARP) {
        for (int b = 0; b < PER_STREAM && stream * PER_STREAM + b < basis.count(); b++) {
          lanes[lane][b] += unscaled.element(stream * PER_STREAM + b, e) * gradient[e];
        }
      }
    }
    int numbers = PER_STREAM;
    for (int distance = 16; distance > 0; distance /= 2) {
      numbers = fold(lanes, numbers, distance);
    }
    for (int lane = 0; lane < WARP; lane++) {
      int index = ((lane & 16) != 0 ? 14 : 0) + ((lane & 8) != 0 ? 7 : 0) + (lane & 7);
      int vector = stream * PER_STREAM + index;
      if ((lane & 7) < 7 && index < PER_STREAM && vector < basis.count()) {
        partials[vector] = once(partials[vector], lanes[lane][0]);
      }
    }
  }

  private static int fold(float[][] lanes, int numbers, int distance) {
    int half = (numbers + 1) / 2;
    float[][] before = new float[WARP][];
    Arrays.setAll(before, lane -> lanes[lane].clone());
    for (int lane = 0; lane < WARP; lane++) {
      int from = (lane & distance) != 0 ? half : 0;
      for (int i = 0; i < half; i++) {
        boolean there = from + i < numbers;
        float theirs = there ? before[lane ^ distance][from + i] : 0f;
        lanes[lane][i] = (there ? before[lane][from + i] : 0f) + theirs;
      }
    }
    return half;
  }
}
