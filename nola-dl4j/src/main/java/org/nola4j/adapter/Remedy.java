package org.nola4j.adapter;

/** What to do about a file that cannot be read. */
final class Remedy {
  static final String COPY = "the file is damaged: copy, download or write it again";
  static final String OTHER_FILE = "pass a file that Adapter.write made";
  static final String PEFT =
      "only plain LoRA can be read: save it again with PEFT, or merge it there";
  static final String UPDATE = "read it with a release of nola-dl4j that knows this version";

  private Remedy() {}
}
