// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

import org.nd4j.shade.jackson.annotation.JsonTypeInfo;
import org.nd4j.shade.jackson.databind.DatabindContext;
import org.nd4j.shade.jackson.databind.JavaType;
import org.nd4j.shade.jackson.databind.jsontype.impl.TypeIdResolverBase;

/** Lets Jackson know methods by their registered names. */
final class MethodNames extends TypeIdResolverBase {
  @Override
  public String idFromValue(Object method) {
    return ((Reparameterization) method).method();
  }

  @Override
  public String idFromValueAndType(Object method, Class<?> type) {
    return idFromValue(method);
  }

  /** Null where there is none, which Jackson reports. */
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
