// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.source;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLConnection;

/** Opens addresses: the one place that touches the network, so that tests need none. */
@FunctionalInterface
public interface Downloader {
  /** Short, so that a machine without a network soon gets the message that says what to do. */
  int CONNECT_TIMEOUT_MS = 5_000;

  /** The longest silence in a transfer. */
  int READ_TIMEOUT_MS = 20_000;

  /**
   * Opens what {@code address} names; the caller closes it.
   *
   * @throws IOException if there is nothing to be had, in time
   */
  InputStream open(URI address) throws IOException;

  /** Opens an address with the JDK's client, which heeds the JVM's proxy settings. */
  static InputStream fromNetwork(URI address) throws IOException {
    URLConnection connection = address.toURL().openConnection();
    connection.setConnectTimeout(CONNECT_TIMEOUT_MS);
    connection.setReadTimeout(READ_TIMEOUT_MS);
    if (connection instanceof HttpURLConnection http
        && http.getResponseCode() != HttpURLConnection.HTTP_OK) {
      int status = http.getResponseCode();
      http.disconnect();
      throw new IOException("HTTP status " + status);
    }
    return connection.getInputStream();
  }
}
