// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.source;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.datasets.format.IdxWriter;
import org.nola4j.datasets.sets.PublishedSet;
import org.nola4j.datasets.sets.SmallSet;

/** Downloads from a server on this machine that can be made to misbehave. */
class DownloadTest {
  /** What the server does to a file under one of its folders. */
  private interface Behavior {
    void answer(HttpExchange exchange, byte[] gzipped) throws IOException;
  }

  @TempDir private Path home;
  private Path folder;
  private HttpServer server;
  private final List<String> requests = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void startServer() throws IOException {
    folder = home.resolve("small");
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    serve("/good/", DownloadTest::send);
    serve("/missing/", (exchange, bytes) -> exchange.sendResponseHeaders(404, -1));
    server.start();
  }

  @AfterEach
  void stopServer() {
    server.stop(0);
  }

  @Test
  void filesArriveWholeAndNothingElse() throws IOException {
    download("/good/");
    assertEquals(new TreeSet<>(gzipNames()), filesLeft());
    for (String name : SmallSet.CONTENTS.keySet()) {
      Path file = folder.resolve(name + ".gz");
      assertArrayEquals(SmallSet.CONTENTS.get(name), Contents.open(file).readAllBytes());
    }
  }

  @Test
  void filesThatAreThereAreNotFetchedAgain() throws IOException {
    SmallSet.put(folder, SmallSet.TRAIN_IMAGES, new byte[] {1});
    download("/good/");
    assertEquals(3, requests.size());
    download("/good/");
    assertEquals(3, requests.size());
  }

  @Test
  void theNextMirrorIsTried() throws IOException {
    serve("/tampered/", (exchange, bytes) -> send(exchange, tamper(bytes)));
    download("/missing/", "/tampered/", "/good/");
    assertEquals(new TreeSet<>(gzipNames()), filesLeft());
  }

  @Test
  void truncatedTransferLeavesNothing() throws IOException {
    serve(
        "/truncated/",
        (exchange, bytes) -> {
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes, 0, bytes.length / 2);
          exchange.getResponseBody().flush();
          exchange.close();
        });
    assertFailure("/truncated/", "");
  }

  @Test
  void truncatedFileLeavesNothing() throws IOException {
    serve("/short/", (exchange, bytes) -> send(exchange, Arrays.copyOf(bytes, bytes.length - 9)));
    assertFailure("/short/", "java.io.EOFException: Unexpected end of ZLIB input stream");
  }

  @Test
  void tamperedContentsLeaveNothing() throws IOException {
    serve("/tampered/", (exchange, bytes) -> send(exchange, tamper(bytes)));
    assertFailure("/tampered/", "its contents are not the published ones: their SHA-256 is ");
  }

  @Test
  void contentsThatGoOnLeaveNothing() throws IOException {
    byte[] longer = IdxWriter.gzip(new byte[1 << 20]);
    serve("/bomb/", (exchange, bytes) -> send(exchange, longer));
    assertFailure("/bomb/", "its contents are not the published ones: their SHA-256 is ");
  }

  @Test
  void endlessTransferIsCutShort() throws IOException {
    serve("/endless/", (exchange, bytes) -> send(exchange, new byte[1 << 20]));
    assertFailure("/endless/", "it is longer than 65564 bytes");
  }

  @Test
  void missingFileAndWrongPageLeaveNothing() throws IOException {
    assertFailure("/missing/", "HTTP status 404");
    serve("/portal/", (exchange, bytes) -> send(exchange, "<html>Log in".getBytes(US_ASCII)));
    assertFailure("/portal/", "its contents are not the published ones: their SHA-256 is ");
  }

  @Test
  void silentServerIsNamed() throws IOException {
    URI nobody = address("/good/");
    server.stop(0);
    IOException e = assertThrows(IOException.class, () -> fetch(SmallSet.at(nobody)));
    assertTrue(e.getMessage().contains("java.net.ConnectException"), e.getMessage());
  }

  @Test
  void fileAddressesWorkToo() throws IOException {
    fetch(SmallSet.at(SmallSet.putInto(home.resolve("mirror")).toUri()));
    assertEquals(new TreeSet<>(gzipNames()), filesLeft());
  }

  private void assertFailure(String mirror, String reason) throws IOException {
    IOException e = assertThrows(IOException.class, () -> download(mirror));
    String expected = address(mirror).resolve(SmallSet.TRAIN_IMAGES + ".gz") + ": " + reason;
    assertTrue(e.getMessage().startsWith(expected), e.getMessage());
    assertEquals(new TreeSet<>(), filesLeft());
  }

  private void download(String... mirrors) throws IOException {
    fetch(SmallSet.at(Arrays.stream(mirrors).map(this::address).toArray(URI[]::new)));
  }

  private void fetch(PublishedSet set) throws IOException {
    new Download(set.files(), set.mirrors(), folder, Downloader::fromNetwork).fetchMissing();
  }

  private URI address(String path) {
    InetSocketAddress address = server.getAddress();
    return URI.create("http://%s:%d%s".formatted(address.getHostString(), address.getPort(), path));
  }

  private void serve(String path, Behavior behavior) {
    server.createContext(
        path,
        exchange -> {
          String name = exchange.getRequestURI().getPath().substring(path.length());
          requests.add(name);
          byte[] contents = SmallSet.CONTENTS.get(name.replace(".gz", ""));
          behavior.answer(exchange, IdxWriter.gzip(contents));
          exchange.close();
        });
  }

  private static void send(HttpExchange exchange, byte[] bytes) throws IOException {
    exchange.sendResponseHeaders(200, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  /** Contents of the right length with one bit changed, in an intact wrapper. */
  private static byte[] tamper(byte[] gzipped) throws IOException {
    Path file = Files.createTempFile("tamper", ".gz");
    try {
      byte[] contents = Contents.open(Files.write(file, gzipped)).readAllBytes();
      contents[contents.length - 1] ^= 1;
      return IdxWriter.gzip(contents);
    } finally {
      Files.delete(file);
    }
  }

  private static List<String> gzipNames() {
    return SmallSet.CONTENTS.keySet().stream().map(name -> name + ".gz").toList();
  }

  private Set<String> filesLeft() throws IOException {
    Set<String> names = new TreeSet<>();
    try (Stream<Path> files = Files.list(folder)) {
      files.forEach(file -> names.add(file.getFileName().toString()));
    }
    return names;
  }
}
