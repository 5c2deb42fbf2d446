// SPDX-License-Identifier: Apache-2.0
package org.nola4j.spark;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import org.nola4j.experiments.common.UserException;

/** The masters of a standalone cluster. */
final class Masters {
  private static final String SCHEME = "spark://";
  private static final int MILLISECONDS = 5_000;

  private Masters() {}

  /**
   * Checks that one of them listens, which Spark itself finds out in a minute, and then says
   * unclearly.
   *
   * @param master {@code spark://HOST:PORT}, with more of {@code ,HOST:PORT}; others are not
   *     checked
   * @throws UserException if it is not like that, or none listens
   */
  static void check(String master) {
    if (!master.startsWith(SCHEME)) {
      return;
    }
    List<InetSocketAddress> addresses =
        Arrays.stream(master.substring(SCHEME.length()).split(",", -1))
            .map(address -> address(master, address))
            .toList();
    if (addresses.stream().noneMatch(Masters::listens)) {
      throw new UserException(
          "--spark %s: no master listens there: start one, or correct host and port"
              .formatted(master));
    }
  }

  private static InetSocketAddress address(String master, String address) {
    try {
      URI uri = URI.create(SCHEME + address);
      if (uri.getHost() != null && uri.getPort() > 0) {
        return new InetSocketAddress(uri.getHost(), uri.getPort());
      }
    } catch (IllegalArgumentException e) { // no URI: as below
    }
    throw new UserException(
        "--spark %s: expected spark://HOST:PORT, as spark://node1:7077".formatted(master));
  }

  private static boolean listens(InetSocketAddress address) {
    try (Socket socket = new Socket()) {
      socket.connect(address, MILLISECONDS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
