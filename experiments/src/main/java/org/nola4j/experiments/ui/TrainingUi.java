package org.nola4j.experiments.ui;

import java.lang.reflect.InvocationTargetException;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nola4j.experiments.common.UserException;

/**
 * Deeplearning4j's training UI in a browser.
 *
 * <p>Its classes are called by name, because the default build does not have them: they bring some
 * 90 jars (Maven profile {@code ui}).
 */
public final class TrainingUi {
  private static final String SERVER = "org.deeplearning4j.ui.api.UIServer";
  private static final String STORAGE = "org.deeplearning4j.core.storage.StatsStorage";
  private static final String IN_MEMORY =
      "org.deeplearning4j.ui.model.storage.InMemoryStatsStorage";
  private static final String ROUTER = "org.deeplearning4j.core.storage.StatsStorageRouter";
  private static final String LISTENER = "org.deeplearning4j.ui.model.stats.StatsListener";

  /** Collecting statistics at every step would cost more than a small network's step. */
  private static final int EVERY_STEPS = 10;

  private final String address;
  private final Object storage;

  private TrainingUi(String address, Object storage) {
    this.address = address;
    this.storage = storage;
  }

  /**
   * Starts the server.
   *
   * @throws UserException if this build has no UI, or the server cannot start
   */
  public static TrainingUi start() {
    try {
      Class<?> serverClass = Class.forName(SERVER);
      Object storage = Class.forName(IN_MEMORY).getConstructor().newInstance();
      Object server = serverClass.getMethod("getInstance").invoke(null);
      serverClass.getMethod("attach", Class.forName(STORAGE)).invoke(server, storage);
      return new TrainingUi((String) serverClass.getMethod("getAddress").invoke(server), storage);
    } catch (ClassNotFoundException | NoClassDefFoundError e) {
      throw new UserException(
          "--ui: this build has no training UI; ./nola adds it, and so does Maven's profile ui"
              + " (./mvnw -Pui package)",
          e);
    } catch (InvocationTargetException e) {
      throw new UserException(
          "--ui: the training UI cannot start: " + e.getCause().getMessage(), e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("not the training UI that this was written for", e);
    }
  }

  /** Where a browser finds it. */
  public String address() {
    return address;
  }

  /** A listener that sends a network's statistics to the UI, as a session of this name. */
  public TrainingListener listener(String session) {
    try {
      return Class.forName(LISTENER)
          .asSubclass(TrainingListener.class)
          .getConstructor(Class.forName(ROUTER), int.class, String.class)
          .newInstance(storage, EVERY_STEPS, session);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("not the training UI that this was written for", e);
    }
  }
}
