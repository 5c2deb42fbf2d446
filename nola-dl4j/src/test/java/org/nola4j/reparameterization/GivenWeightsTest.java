// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.FloatBuffer;
import java.nio.ReadOnlyBufferException;
import org.junit.jupiter.api.Test;

class GivenWeightsTest {
  private static final WeightShape SHAPE = new WeightShape(3, 7000, 3);

  @Test
  void aBufferIsKeptAsAnArrayIs() {
    float[] values = values(1);
    FloatBuffer buffer = FloatBuffer.allocate(values.length + 5).position(2);
    buffer.put(values).flip().position(2);
    FrozenWeight.Given given = FrozenWeight.given(buffer, "a file");
    assertEquals(2, buffer.position());
    assertEquals(GivenWeights.sha256(values), given.sha256());
    buffer.put(2, 100f);
    assertArrayEquals(values, given.materialize(SHAPE, 0), "a copy");
  }

  /** By printf and sha256sum: 1 and -2 as little-endian float32. */
  @Test
  void digestIsOfLittleEndianFloats() {
    assertEquals(
        "ee4ac73c2bd27756ab82780f27c73a7bc4d3f0bb6acb37e008bc27eccd7e588b",
        GivenWeights.sha256(new float[] {1, -2}));
  }

  @Test
  void elementsExistOnceOffTheHeapAndCannotBeWritten() {
    FrozenWeight.Given given = FrozenWeight.given(FloatBuffer.wrap(values(2)), null);
    FrozenWeight.Given again = FrozenWeight.given(FloatBuffer.wrap(values(2)), null);
    FloatBuffer elements = given.elements(SHAPE);
    assertTrue(elements.isDirect());
    assertThrows(ReadOnlyBufferException.class, () -> elements.put(0, 0f));
    elements.get();
    assertEquals(SHAPE.elements(), again.elements(SHAPE).remaining(), "positions are apart");
    assertNotSame(given.materialize(SHAPE, 0), given.materialize(SHAPE, 0));
  }

  @Test
  void whatIsForgottenIsNamed() {
    FrozenWeight.Given given = FrozenWeight.given(FloatBuffer.wrap(values(3)), "base.bin");
    GivenWeights.forget(given.sha256());
    IllegalStateException error =
        assertThrows(IllegalStateException.class, () -> given.check(SHAPE));
    assertTrue(error.getMessage().contains(given.sha256() + " from base.bin"), error.getMessage());
  }

  /** More than are digested at once. */
  private static float[] values(int seed) {
    float[] values = new float[SHAPE.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = seed + i / 3f;
    }
    return values;
  }
}
