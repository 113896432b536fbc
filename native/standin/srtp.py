"""libsrtp 2's source, from the distribution's source package.

The packaged binary is linked with NSS, whose AES is several times slower than OpenSSL's, so the source is compiled
here. It comes from where this machine's apt gets its packages, by way of private apt folders: the system's own
configuration and package lists stay as they are, and no root is needed.
"""

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

from .messages import Failure, say

PACKAGE = "libsrtp2"

# Tarballs that were tested with the worker. Another version is taken on apt's word: its signed index has the checksum.
KNOWN = {
    "libsrtp2_2.5.0.orig.tar.gz": "8a43ef8e9ae2b665292591af62aa1a4ae41e468b6d98d8258f91478735da4e09",
    "libsrtp2_2.7.0.orig.tar.gz": "54facb1727a557c2a76b91194dcb2d0a453aaf8e2d0cbbf1e3c2848c323e28ad",
}


def tarball(root):
    """Returns the tarball, from `COLLOQUY_LIBSRTP2_TARBALL`, from an earlier build, or from apt."""
    given = os.environ.get("COLLOQUY_LIBSRTP2_TARBALL")
    if given:
        if not Path(given).is_file():
            raise Failure(f"COLLOQUY_LIBSRTP2_TARBALL names {given}, which is not a file")
        return Path(given)
    folder = root / "sources" / _system()
    found = sorted(folder.glob(f"{PACKAGE}_*.orig.tar.*"))
    return found[-1] if found else _fetch(folder)


def checksum(path):
    """Returns the sha256 of the tarball; stops if it is not what a known version should have."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if KNOWN.get(path.name, digest) != digest:
        raise Failure(f"{path} is damaged: its sha256 is {digest}, not {KNOWN[path.name]}; delete it and try again")
    return digest


def source_entries(text, deb822):
    """Turns apt's entries for binary packages into entries for source packages of the same places."""
    if deb822:
        return re.sub(r"^Types:.*$", "Types: deb-src", text, flags=re.M | re.I)
    lines = (line.strip() for line in text.splitlines())
    return "".join(re.sub(r"^deb(?=[ \t])", "deb-src", line) + "\n" for line in lines if re.match(r"deb[ \t]", line))


def _system():
    """Names the distribution and its release, which decide the tarball's version."""
    with open("/etc/os-release", encoding="utf-8") as lines:
        fields = dict(line.rstrip("\n").split("=", 1) for line in lines if "=" in line)
    return "-".join(shlex.split(fields.get(name, "unknown"))[0] for name in ("ID", "VERSION_ID"))


def _fetch(folder):
    say(f"fetching the source package {PACKAGE} with apt")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".apt-", dir=folder) as work:
        work = Path(work)
        for name in ("parts", "lists/partial", "cache/archives/partial", "download"):
            (work / name).mkdir(parents=True)
        _private_sources(work / "parts")
        options = {
            "Dir::Etc::sourcelist": "/dev/null",
            "Dir::Etc::sourceparts": work / "parts",
            "Dir::State::Lists": work / "lists",
            "Dir::Cache": work / "cache",
            # As root apt would download as a user of its own, who has no access to these folders.
            "APT::Sandbox::User": "root",
            "Acquire::Retries": 2,
        }
        apt = ["apt-get", "-q", *(word for name, value in options.items() for word in ("-o", f"{name}={value}"))]
        # A third party's entry may have no sources, which fails the update as a whole: only the download has to work.
        update = _run([*apt, "update"], work)
        download = _run([*apt, "source", "--download-only", PACKAGE], work / "download")
        found = sorted(path for path in (work / "download").glob(f"{PACKAGE}_*.orig.tar.*") if path.suffix != ".asc")
        if download.returncode != 0 or not found:
            raise Failure(
                f"apt could not download the source package {PACKAGE}:\n{update.stdout}{download.stdout}\n"
                "Where apt has no source packages, put the .orig.tar file of libsrtp2 somewhere and name it in "
                "COLLOQUY_LIBSRTP2_TARBALL."
            )
        checksum(found[-1])
        target = folder / found[-1].name
        os.replace(found[-1], target)
        return target


def _private_sources(folder):
    shell = _run(["apt-config", "shell", "LIST", "Dir::Etc::sourcelist/f", "PARTS", "Dir::Etc::sourceparts/d"], folder)
    places = dict(word.split("=", 1) for word in shlex.split(shell.stdout))
    files = [Path(places["LIST"]), *sorted(Path(places["PARTS"]).glob("*"))]
    for path in files:
        if path.suffix in (".list", ".sources") and path.is_file():
            (folder / path.name).write_text(source_entries(path.read_text(encoding="utf-8"), path.suffix == ".sources"))


def _run(command, folder):
    if not shutil.which(command[0]):
        raise Failure(f"{command[0]} is missing: this build takes libsrtp from Debian's or Ubuntu's source package")
    return subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
