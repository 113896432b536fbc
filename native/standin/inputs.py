"""What a compiled archive depends on, and the cache key made of it."""

import hashlib
import json
import os
import platform
import shlex
import subprocess
from pathlib import Path

from . import srtp, tools
from .messages import Failure

NATIVE = Path(__file__).resolve().parent.parent

# What of mediasoup-sys goes into the library; its tests, fuzzers and scripts do not.
WORKER_FILES = ("fbs", "include", "src", "meson.build", "meson_options.txt")

# What of this folder decides the archive's contents.
OUR_FILES = ("subprojects", "standin/recipe.py")

# Packages whose files are compiled into the archive, or generate what is.
LIBRARIES = (
    *("libuv1-dev", "libssl-dev", "libflatbuffers-dev", "flatbuffers-compiler"),
    *(("libipsec-mb-dev",) if platform.machine() == "x86_64" else ()),
)

# Variables that Meson and the compilers read.
FLAGS = ("CC", "CXX", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "AR")


def collect(source, options, tarball):
    """Returns the inputs by name, for the key and for people who wonder why something was compiled again.

    `source` is mediasoup-sys's folder, `options` comes from `meson_options`, `tarball` is libsrtp's source.
    """
    return {
        "worker": digest_files(source, WORKER_FILES),
        "native": digest_files(NATIVE, OUR_FILES),
        "libsrtp": srtp.checksum(tarball),
        "packages": _packages(),
        "compilers": [_version(name, default) for name, default in (("CC", "cc"), ("CXX", "c++"))],
        "flags": {name: os.environ[name] for name in FLAGS if os.environ.get(name)},
        "tools": list(tools.PINS),
        "machine": platform.machine(),
        "options": options,
    }


def key(inputs):
    """Returns the inputs' name in the cache: the same on every path and for every user."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:32]


def digest_files(folder, names):
    """Returns one sha256 over the relative names and contents of files and folders below `folder`."""
    total = hashlib.sha256()
    for name in names:
        path = folder / name
        files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        for file in files:
            content = hashlib.sha256(file.read_bytes()).hexdigest()
            total.update(f"{file.relative_to(folder).as_posix()}\0{content}\n".encode())
    return total.hexdigest()


def meson_options(arguments):
    """Reduces the arguments of `meson setup` to those that change the archive, without paths.

    The build type is left out: the worker is always compiled optimised, so that debug and release builds of the Rust
    code share an archive. `arguments` excludes the build folder.
    """
    kept = []
    rest = iter(arguments)
    for argument in rest:
        if argument in ("--prefix", "--bindir", "--libdir", "--buildtype"):
            next(rest, None)
        elif argument == "--reconfigure" or argument.startswith("-Db_ndebug="):
            continue
        elif argument.startswith("-Dms_") and argument.endswith("=false"):
            continue  # upstream's defaults, which its tasks spell out
        else:
            kept.append(argument)
    return kept


def _packages():
    command = ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package} ${Version} ${Architecture}\n", *LIBRARIES]
    try:
        answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    except FileNotFoundError:
        raise Failure("this build takes its libraries from Debian or Ubuntu packages; for upstream's own way set MESON= (empty)") from None
    found = sorted(line.removeprefix("installed ") for line in answer.stdout.splitlines() if line.startswith("installed "))
    missing = set(LIBRARIES) - {line.split()[0] for line in found}
    if missing:
        raise Failure(f"packages are missing: {' '.join(sorted(missing))}. Run scripts/setup, which installs them.")
    return found


def _version(variable, default):
    command = shlex.split(os.environ.get(variable) or default)
    try:
        return subprocess.run([*command, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout.split("\n")[0]
    except (OSError, subprocess.CalledProcessError):
        raise Failure(f"the compiler {command[0]} does not run. Run scripts/setup, which installs it.") from None
