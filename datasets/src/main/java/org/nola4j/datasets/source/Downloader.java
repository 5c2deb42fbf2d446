// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.source;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLConnection;

/** Opens addresses. Nothing else uses the network, so tests do not need one. */
@FunctionalInterface
public interface Downloader {
  /** Short, so that users without a network soon see what to do. */
  int CONNECT_TIMEOUT_MS = 5_000;

  /** The longest pause in a transfer. */
  int READ_TIMEOUT_MS = 20_000;

  /**
   * Opens an address; the caller closes the stream.
   *
   * @throws IOException if nothing is available in time
   */
  InputStream open(URI address) throws IOException;

  /** Opens an address with the JDK's client, which respects the JVM's proxy settings. */
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
