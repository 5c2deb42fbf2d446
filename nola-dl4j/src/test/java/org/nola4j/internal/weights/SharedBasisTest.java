// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.reparameterization.Factor;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.WeightShape;

/** When factors that share a basis are expanded and pulled back; what comes out: layers' tests. */
class SharedBasisTest {
  private static final Factor FACTOR =
      Nola.release2024(2, 5, 4).factorize(new WeightShape(3, 4, 3), 7).factors().get(0);

  private final SharedBasis shared = new SharedBasis();

  /** A factor with arrays of its own. */
  private final class Member {
    final INDArray parameter;
    final INDArray view;
    final MaterializedFactor factor;

    Member(DataType type, String layer) {
      parameter = Nd4j.rand(type, 1, 5);
      view = Nd4j.zeros(type, 1, 5);
      factor = new MaterializedFactor("alpha", FACTOR, parameter, null);
      factor.share(shared, layer);
      factor.setGradientView(view);
    }

    void backward() {
      factor.gradient().assign(Nd4j.rand(view.dataType(), 3, 2));
      view.assign(0);
      factor.pullBack();
    }

    boolean written() {
      return view.maxNumber().doubleValue() != 0 || view.minNumber().doubleValue() != 0;
    }

    INDArray projected() {
      float[] projection = new float[5];
      FACTOR.map().pullBack(factor.gradient().data().asFloat(), projection);
      return Nd4j.createFromArray(projection).reshape(1, 5).castTo(view.dataType());
    }

    boolean isExpanded() {
      float[] elements = new float[6];
      FACTOR.expand(parameter.data().asFloat(), elements);
      return Nd4j.createFromArray(elements)
          .reshape(3, 2)
          .equalsWithEps(factor.elements().castTo(DataType.FLOAT), 1e-6);
    }
  }

  private List<Member> three(DataType type) {
    return List.of(new Member(type, "top"), new Member(type, "middle"), new Member(type, "bottom"));
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT", "DOUBLE"})
  void theFirstThatIsNeededBringsAllUpToDate(DataType type) {
    List<Member> members = three(type);
    assertTrue(members.get(1).factor.refresh());
    members.forEach(member -> assertTrue(member.isExpanded()));
    assertTrue(members.get(0).factor.refresh());
    assertFalse(members.get(0).factor.refresh());
    members.get(0).parameter.addi(1);
    members.get(2).parameter.addi(1);
    assertTrue(members.get(2).factor.refresh());
    assertTrue(members.get(0).isExpanded());
    assertTrue(members.get(0).factor.refresh());
    assertFalse(members.get(1).factor.refresh());
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT", "DOUBLE"})
  void gradientsWaitForTheLastOfThePassBefore(DataType type) {
    List<Member> members = three(type);
    for (Member member : members) {
      member.backward();
      assertTrue(member.written());
    }
    for (int pass = 0; pass < 2; pass++) {
      members.get(0).backward();
      members.get(1).backward();
      assertFalse(members.get(0).written());
      assertFalse(members.get(1).written());
      members.get(2).backward();
      for (Member member : members) {
        assertTrue(member.projected().equalsWithEps(member.view, 1e-6), () -> "" + member.view);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT", "DOUBLE"})
  void allAreWrittenWhenThePassEndsWithoutTheLast(DataType type) {
    List<Member> members = three(type);
    members.forEach(Member::backward);
    members.get(0).backward();
    members.get(1).backward();
    members.get(1).factor.endPass();
    assertTrue(members.get(0).written());
    assertTrue(members.get(1).written());
    members.get(0).backward();
    assertFalse(members.get(0).written());
    members.get(1).backward();
    assertTrue(members.get(0).written());
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT", "DOUBLE"})
  void allThatWaitAreWrittenWhenOneIsAskedFor(DataType type) {
    List<Member> members = three(type);
    members.forEach(Member::backward);
    members.get(0).backward();
    members.get(1).backward();
    members.get(1).factor.finish();
    assertTrue(members.get(0).written());
    assertTrue(members.get(1).written());
    members.get(2).backward();
    assertTrue(members.get(2).written());
    members.get(0).backward();
    assertFalse(members.get(0).written());
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT", "DOUBLE"})
  void aPassThatEndedUnnoticedIsAnErrorOnce(DataType type) {
    List<Member> members = three(type);
    members.forEach(Member::backward);
    members.get(0).backward();
    members.get(2).backward();
    IllegalStateException error =
        assertThrows(IllegalStateException.class, () -> members.get(0).backward());
    assertTrue(error.getMessage().contains("without [middle], which"), error.getMessage());
    for (Member member : members) {
      member.backward();
      assertTrue(member.written());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT", "DOUBLE"})
  void oneThatJoinsLaterIsWrittenToo(DataType type) {
    List<Member> members = three(type);
    members.get(0).backward();
    members.get(0).backward();
    assertTrue(members.get(0).written());
    members.get(1).backward();
    assertTrue(members.get(1).written());
    members.get(0).backward();
    assertFalse(members.get(0).written());
    members.get(2).backward();
    members.get(1).backward();
    members.forEach(member -> assertTrue(member.written()));
    assertEquals(members.get(2).projected(), members.get(2).view);
  }
}
