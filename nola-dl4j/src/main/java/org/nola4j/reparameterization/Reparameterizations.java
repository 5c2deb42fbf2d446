// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The methods by name, as {@link ReparameterizationProvider}s register them. */
public final class Reparameterizations {
  private static volatile SortedMap<String, Class<? extends Reparameterization>> known =
      Collections.emptySortedMap();

  private Reparameterizations() {}

  /** All registered methods by name. */
  public static SortedMap<String, Class<? extends Reparameterization>> all() {
    known = load();
    return known;
  }

  /** The record of the method of this name; empty if none is registered. */
  public static Optional<Class<? extends Reparameterization>> find(String name) {
    Class<? extends Reparameterization> type = known.get(name);
    // Another thread's class loader may see more providers than the one that asked first.
    return Optional.ofNullable(type == null ? all().get(name) : type);
  }

  /**
   * The name that a record is registered under.
   *
   * @throws IllegalStateException if it is not registered
   */
  static String nameOf(Class<? extends Reparameterization> type) {
    return nameOf(type, known)
        .or(() -> nameOf(type, all()))
        .orElseThrow(
            () ->
                new IllegalStateException(
                    type.getName()
                        + " is not registered as a method: name a ReparameterizationProvider that"
                        + " has it in META-INF/services/"
                        + ReparameterizationProvider.class.getName()));
  }

  private static Optional<String> nameOf(
      Class<?> type, Map<String, Class<? extends Reparameterization>> methods) {
    return methods.entrySet().stream()
        .filter(method -> method.getValue() == type)
        .map(Map.Entry::getKey)
        .findFirst();
  }

  /** Those that this library's class loader or this thread's sees. */
  private static SortedMap<String, Class<? extends Reparameterization>> load() {
    SortedMap<String, Class<? extends Reparameterization>> methods = new TreeMap<>();
    Stream.of(
            Reparameterizations.class.getClassLoader(),
            Thread.currentThread().getContextClassLoader())
        .distinct()
        .map(loader -> ServiceLoader.load(ReparameterizationProvider.class, loader))
        .flatMap(providers -> providers.stream().map(ServiceLoader.Provider::get))
        .forEach(provider -> provider.methods().forEach((n, type) -> add(methods, n, type)));
    return Collections.unmodifiableSortedMap(methods);
  }

  private static void add(
      Map<String, Class<? extends Reparameterization>> methods,
      String name,
      Class<? extends Reparameterization> type) {
    Class<?> other = methods.putIfAbsent(name, type);
    if (other != null && other != type) {
      throw new IllegalStateException(
          "two methods are registered as \"%s\": %s and %s"
              .formatted(name, other.getName(), type.getName()));
    }
    if (!type.isRecord()
        || Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getName)
            .noneMatch("w0"::equals)) {
      throw new IllegalStateException(
          "method \"%s\" must be a record with a component w0, but is %s"
              .formatted(name, type.getName()));
    }
  }
}
