"""Finished archives by key: `<root>/<key>/`, with the archive, its checksum and the inputs it was made of."""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from pathlib import Path

from .messages import say

ARCHIVE = "libmediasoup-worker.a"
CHECKSUM = ARCHIVE + ".sha256"
INPUTS = "inputs.json"


def root():
    """Returns the folder of the cache: `COLLOQUY_NATIVE_CACHE`, or a folder below the user's cache."""
    given = os.environ.get("COLLOQUY_NATIVE_CACHE")
    if given:
        return Path(given).resolve()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "colloquy" / "native"


def obtain(folder, key, inputs, build):
    """Returns the archive of `key` below `folder`, calling `build(work)` for it if it is not there or damaged.

    `build` gets an empty folder and returns the path of the archive it made below it. Builds of the same key take
    turns, so the second finds what the first one made. An entry appears under its name only when it is complete.
    """
    archive = _intact(folder / key)
    if archive:
        return archive
    folder.mkdir(parents=True, exist_ok=True)
    with _lock(folder / f".{key}.lock"):
        archive = _intact(folder / key)
        if archive:
            return archive
        if (folder / key).exists():
            say(f"the cached archive {folder / key} is damaged: compiling again")
            shutil.rmtree(folder / key)
        work = folder / f".{key}.work"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        try:
            _publish(build(work), folder / key, inputs, work / "entry")
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return folder / key / ARCHIVE


def digest(path):
    """Returns the sha256 of a file."""
    total = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            total.update(chunk)
    return total.hexdigest()


def _intact(entry):
    try:
        expected = (entry / CHECKSUM).read_text(encoding="ascii").strip()
        return entry / ARCHIVE if digest(entry / ARCHIVE) == expected else None
    except (OSError, UnicodeDecodeError):
        return None


def _publish(archive, entry, inputs, fresh):
    fresh.mkdir()
    os.replace(archive, fresh / ARCHIVE)
    (fresh / CHECKSUM).write_text(digest(fresh / ARCHIVE) + "\n", encoding="ascii")
    (fresh / INPUTS).write_text(json.dumps(inputs, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    os.rename(fresh, entry)


@contextlib.contextmanager
def _lock(path):
    with open(path, "w", encoding="ascii") as file:
        # Compilers inherit the lock: if only this process is killed, the next build waits until they are gone as well.
        os.set_inheritable(file.fileno(), True)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another build that is compiling the same worker")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
