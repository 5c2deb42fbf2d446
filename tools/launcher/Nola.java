// SPDX-License-Identifier: Apache-2.0
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Runs nola where there is no bash: builds it on first use and whenever a source is newer, then
 * starts Java with the right flags. {@code nola.cmd} calls it; it needs no build of its own and
 * runs on any system, with the environment variables of the script {@code nola}.
 *
 * <pre>java tools/launcher/Nola.java CHECKOUT [ARGUMENT ...]</pre>
 *
 * <p>Written for Java 11, so that an older Java than is needed gets a message and no syntax error.
 */
public final class Nola {
  private static final int NEEDED = 17;
  private static final boolean WINDOWS = System.getProperty("os.name").startsWith("Windows");

  private final Path root;
  private final Path classPath;
  private final Path stamp;
  private final List<String> build =
      new ArrayList<>(List.of("-Dmaven.test.skip=true", "-pl", "!experiments/spark"));

  private Nola(Path root) {
    this.root = root;
    this.classPath = root.resolve("experiments/target/classpath.txt");
    this.stamp = root.resolve("experiments/target/classpath.txt.stamp");
    this.build.addAll(words("NOLA_BUILD_OPTS"));
  }

  /** Wrong input: what the program itself ends with then. */
  private static final class UserError extends RuntimeException {
    private static final long serialVersionUID = 1;

    UserError(String message) {
      super(message);
    }
  }

  public static void main(String[] arguments) throws Exception {
    try {
      Nola nola = new Nola(Path.of(arguments[0]).toRealPath());
      System.exit(nola.run(Arrays.asList(arguments).subList(1, arguments.length)));
    } catch (UserError e) {
      System.err.println("error: " + e.getMessage());
      System.exit(2);
    }
  }

  private int run(List<String> arguments) throws IOException, InterruptedException {
    int version = Runtime.version().feature();
    if (version < NEEDED) {
      throw new UserError(
          "JDK "
              + NEEDED
              + " or newer is required, but this is version "
              + version
              + ": set JAVA_HOME");
    }
    if (stale()) {
      Files.createDirectories(classPath.getParent());
      // Two builds at once would write into each other's files.
      try (FileChannel channel =
          FileChannel.open(
              classPath.resolveSibling(".nola.lock"),
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE)) {
        channel.lock();
        if (stale()) {
          build();
        }
      }
    }
    String threads = threads();
    return start(command(version, threads, arguments), threads);
  }

  /** Whether a source is newer than the build, or the build is of other options. */
  private boolean stale() throws IOException {
    if (!Files.exists(classPath) || !Files.exists(stamp)) {
      return true;
    }
    if (!Files.readString(stamp).strip().equals(String.join(" ", build))) {
      return true;
    }
    long built = Files.getLastModifiedTime(stamp).toMillis();
    List<Path> places =
        new ArrayList<>(List.of(root.resolve("pom.xml"), root.resolve("experiments/configs")));
    try (Stream<Path> modules = Files.list(root)) {
      modules
          .filter(module -> Files.exists(module.resolve("pom.xml")))
          .forEach(
              module ->
                  places.addAll(List.of(module.resolve("pom.xml"), module.resolve("src/main"))));
    }
    for (Path place : places) {
      if (Files.exists(place) && newer(place, built)) {
        return true;
      }
    }
    return false;
  }

  private static boolean newer(Path place, long time) throws IOException {
    try (Stream<Path> files = Files.walk(place)) {
      return files.anyMatch(file -> file.toFile().lastModified() > time);
    }
  }

  private void build() throws IOException, InterruptedException {
    System.err.println("building nola (the first build downloads about 350 MB of libraries) ...");
    Path begun = stamp.resolveSibling("classpath.txt.stamp.new");
    // Its time is that of the beginning: an edit during the build makes it stale.
    Files.writeString(begun, String.join(" ", build) + "\n");
    List<String> command = new ArrayList<>();
    command.add(root.resolve(WINDOWS ? "mvnw.cmd" : "mvnw").toString());
    command.addAll(List.of("-q", "-B", "-ntp"));
    command.addAll(build);
    command.add("package");
    Path log = Files.createTempFile("nola", ".log");
    try {
      int status =
          new ProcessBuilder(command)
              .directory(root.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start()
              .waitFor();
      if (status != 0) {
        Files.copy(log, System.err);
        throw new UserError("the build failed: see above");
      }
    } finally {
      Files.delete(log);
    }
    Files.move(begun, stamp, StandardCopyOption.REPLACE_EXISTING);
  }

  private List<String> command(int version, String threads, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // As in the script nola, which says why.
    command.addAll(
        List.of("--add-modules", "jdk.incubator.vector", "-XX:+UseSerialGC", "-Xms64m", "-Xmx2g"));
    command.add("-Dnola4j.threads=" + threads);
    command.add("-Dorg.bytedeco.javacpp.maxbytes=" + megabytes() / 2 + "m");
    command.add("-Dorg.bytedeco.javacpp.maxphysicalbytes=0");
    command.add("-XX:MaxDirectMemorySize=" + megabytes() * 3 / 4 + "m");
    command.addAll(
        List.of(
            "-Dfile.encoding=UTF-8", "-Dsun.stdout.encoding=UTF-8", "-Dsun.stderr.encoding=UTF-8"));
    command.addAll(List.of("-Dstdout.encoding=UTF-8", "-Dstderr.encoding=UTF-8"));
    if (version >= 24) {
      command.addAll(
          List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
    }
    command.addAll(words("NOLA_JAVA_OPTS"));
    command.addAll(
        List.of(
            "-cp",
            root.resolve("experiments/target/classes")
                + File.pathSeparator
                + Files.readString(classPath).strip(),
            "org.nola4j.experiments.cli.Main"));
    command.addAll(arguments);
    return command;
  }

  private static int start(List<String> command, String threads)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command).inheritIO().redirectError(ProcessBuilder.Redirect.PIPE);
    Map<String, String> environment = builder.environment();
    environment.putIfAbsent("OMP_NUM_THREADS", threads);
    environment.putIfAbsent("OMP_WAIT_POLICY", "PASSIVE");
    Process process = builder.start();
    // Ctrl-C reaches both: what the program does then is to be seen to its end.
    Runtime.getRuntime().addShutdownHook(new Thread(() -> waitFor(process)));
    forward(process.getErrorStream(), System.err);
    return process.waitFor();
  }

  private static void waitFor(Process process) {
    try {
      if (!process.waitFor(1, TimeUnit.MINUTES)) {
        process.destroy();
      }
    } catch (InterruptedException e) {
      process.destroy();
    }
  }

  /** Java announces the incubator module on every start; nobody needs to know. */
  private static void forward(InputStream in, PrintStream out) throws IOException {
    byte[] announcement = "WARNING: Using incubator modules".getBytes(StandardCharsets.US_ASCII);
    byte[] first = in.readNBytes(announcement.length);
    if (Arrays.equals(first, announcement)) {
      int next = in.read();
      while (next != -1 && next != '\n') {
        next = in.read();
      }
    } else {
      out.write(first, 0, first.length);
    }
    out.flush();
    byte[] buffer = new byte[8192];
    for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
      out.write(buffer, 0, count);
      out.flush();
    }
  }

  /** The machine's physical cores: threads beyond them slow its products down. */
  private static String threads() {
    String wanted = System.getenv("OMP_NUM_THREADS");
    if (wanted != null && !wanted.isBlank()) {
      return wanted;
    }
    int allowed = Runtime.getRuntime().availableProcessors();
    int cores =
        WINDOWS
            ? answer(
                "powershell",
                "-NoProfile",
                "-Command",
                "(Get-CimInstance Win32_Processor | Measure-Object NumberOfCores -Sum).Sum")
            : answer("sysctl", "-n", "hw.physicalcpu");
    return Integer.toString(cores < 1 || cores > allowed ? allowed : cores);
  }

  /** The number that a program prints, or 0. */
  private static int answer(String... command) {
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      try (BufferedReader reader =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
        return Integer.parseInt(String.valueOf(reader.readLine()).strip());
      }
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }

  @SuppressWarnings("deprecation") // Its newer name is not in Java 11.
  private static long megabytes() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
            .getTotalPhysicalMemorySize()
        >> 20;
  }

  private static List<String> words(String variable) {
    String value = System.getenv(variable);
    return value == null
        ? List.of()
        : Arrays.stream(value.split(" "))
            .filter(word -> !word.isEmpty())
            .collect(Collectors.toList());
  }
}
