#!/usr/bin/env python3
"""Checks a bundle of ./mvnw -Prelease -DskipTests verify against the rules of Maven Central.

    tools/check_bundle.py [--signed] target/central-0.2.0.zip

Needs nothing but Python. Signatures are asked for with --signed; whether they verify is gpg's work.
"""

import argparse
import hashlib
import io
import sys
import xml.etree.ElementTree as ElementTree
import zipfile

POM = "{http://maven.apache.org/POM/4.0.0}"
ARTIFACTS = {"nola-parent": "pom", "nola-dl4j": "jar", "nola-models": "jar", "nola-datasets": "jar"}
REQUIRED = ("name", "description", "url", "licenses/license/name", "licenses/license/url",
            "developers/developer/name", "scm/connection", "scm/developerConnection", "scm/url")


def text(pom, path):
    node = pom.find("/".join(POM + part for part in path.split("/")))
    return None if node is None else (node.text or "").strip()


class Bundle:
    """A bundle's files, and what is wrong with them."""

    def __init__(self, path, signed):
        self.archive = zipfile.ZipFile(path)
        self.names = {name for name in self.archive.namelist() if not name.endswith("/")}
        self.signed = signed
        self.errors = []

    def require(self, condition, message):
        if not condition:
            self.errors.append(message)

    def version(self):
        versions = {name.split("/")[3] for name in self.names if name.count("/") == 4}
        self.require(len(versions) == 1, f"expected one version, found {sorted(versions)}")
        return sorted(versions)[0] if versions else ""

    def check(self):
        version = self.version()
        self.require("SNAPSHOT" not in version, f"Maven Central takes no snapshots, found {version}")
        expected = set()
        parent = None
        for artifact, packaging in ARTIFACTS.items():
            stem = f"org/nola4j/{artifact}/{version}/{artifact}-{version}"
            files = [stem + ".pom", stem + "-cyclonedx.json", stem + "-cyclonedx.xml"]
            if packaging == "jar":
                files += [stem + ".jar", stem + "-sources.jar", stem + "-javadoc.jar"]
            for name in files:
                expected |= self.checked(name)
            if stem + ".pom" in self.names:
                pom = self.pom(stem + ".pom", parent)
                parent = parent if parent is not None else pom
            if packaging == "jar":
                self.jar(stem + ".jar", ".class")
                self.jar(stem + "-sources.jar", ".java")
                self.jar(stem + "-javadoc.jar", ".html")
        for name in sorted(self.names - expected):
            self.errors.append(f"{name}: does not belong to the bundle")
        return self.errors

    def checked(self, name):
        """The file, its checksums and its signature; returns all names that go with it."""
        companions = {name}
        files = [name, name + ".asc"] if self.signed else [name]
        for file in files:
            companions |= {file, file + ".md5", file + ".sha1"}
            self.require(file in self.names, f"{file}: missing")
        if name in self.names:
            data = self.archive.read(name)
            for kind in ("md5", "sha1"):
                checksum = f"{name}.{kind}"
                self.require(checksum in self.names, f"{checksum}: missing")
                if checksum in self.names:
                    found = self.archive.read(checksum).decode().strip()
                    self.require(found == hashlib.new(kind, data).hexdigest(), f"{checksum}: is of another file")
        return companions

    def pom(self, name, parent):
        pom = ElementTree.fromstring(self.archive.read(name))
        for path in REQUIRED:
            inherited = text(parent, path) if parent is not None else None
            own = path in ("name", "description")
            self.require(text(pom, path) or (inherited and not own), f"{name}: no {path}")
        for section in ("repositories", "pluginRepositories"):
            self.require(pom.find(POM + section) is None, f"{name}: {section} are not wanted on Maven Central")
        for dependency in pom.iter(POM + "dependency"):
            version = text(dependency, "version") or ""
            self.require("SNAPSHOT" not in version, f"{name}: depends on {text(dependency, 'artifactId')} {version}")
        return pom

    def jar(self, name, suffix):
        if name not in self.names:
            return
        with zipfile.ZipFile(io.BytesIO(self.archive.read(name))) as jar:
            entries = jar.namelist()
        self.require(any(entry.endswith(suffix) for entry in entries), f"{name}: holds no {suffix} file")
        for file in ("META-INF/LICENSE", "META-INF/NOTICE"):
            self.require(file in entries or suffix == ".html", f"{name}: holds no {file}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle")
    parser.add_argument("--signed", action="store_true")
    arguments = parser.parse_args()
    errors = Bundle(arguments.bundle, arguments.signed).check()
    for error in errors:
        print("error: " + error, file=sys.stderr)
    if errors:
        return 2
    print(f"{arguments.bundle}: complete" + ("" if arguments.signed else ", unsigned"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
