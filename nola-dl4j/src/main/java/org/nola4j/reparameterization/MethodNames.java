// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

import org.nd4j.shade.jackson.annotation.JsonTypeInfo;
import org.nd4j.shade.jackson.databind.DatabindContext;
import org.nd4j.shade.jackson.databind.JavaType;
import org.nd4j.shade.jackson.databind.jsontype.impl.TypeIdResolverBase;

/** Maps methods to their registered names for Jackson. */
final class MethodNames extends TypeIdResolverBase {
  @Override
  public String idFromValue(Object method) {
    return ((Reparameterization) method).method();
  }

  @Override
  public String idFromValueAndType(Object method, Class<?> type) {
    return idFromValue(method);
  }

  /** Null if there is none; Jackson reports it. */
  @Override
  public JavaType typeFromId(DatabindContext context, String name) {
    return Reparameterizations.find(name).map(context::constructType).orElse(null);
  }

  @Override
  public String getDescForKnownTypeIds() {
    return Reparameterizations.all().keySet().toString();
  }

  @Override
  public JsonTypeInfo.Id getMechanism() {
    return JsonTypeInfo.Id.CUSTOM;
  }
}
