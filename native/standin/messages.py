"""What is said while building, and how it reaches a person."""

import os
import re
import sys

PREFIX = "native: "


class Failure(Exception):
    """A reason to stop that a person can act on; its text is shown without a traceback."""


def say(text):
    """Writes a line to stderr, and to the terminal where cargo keeps a build script's stderr to itself."""
    _write(f"{PREFIX}{text}\n")


def _write(text):
    sys.stderr.write(text)
    sys.stderr.flush()
    if "OUT_DIR" in os.environ and not sys.stderr.isatty():
        try:
            with open("/dev/tty", "w", encoding="utf-8") as terminal:
                # Cargo's own progress may stand on this line: begin at its start and clear it.
                terminal.write(f"\r\x1b[K{text}")
        except OSError:
            pass  # no terminal: a CI job, a container, an editor


class Progress:
    """Shows Ninja's `[done/total] …` lines: each in the same place on a terminal, a line per tenth elsewhere."""

    def __init__(self, what):
        self.what = what
        self.tenth = -1

    def line(self, text):
        """Takes a line of Ninja's output; answers whether it was a progress line."""
        match = re.match(r"\[(\d+)/([1-9]\d*)\]", text)
        if not match:
            return False
        done, total = int(match[1]), int(match[2])
        if sys.stderr.isatty():
            end = "\n" if done == total else ""
            _write(f"\r\x1b[K{PREFIX}{self.what} {match[0]}{end}")
        elif done * 10 // total > self.tenth:
            self.tenth = done * 10 // total
            say(f"{self.what} {match[0]}")
        return True
