"""Compiles the worker with Meson and Ninja in a copy of its source. The crate's own folder is never written to."""

import os
import subprocess
import sys
from pathlib import Path

from . import recipe
from .messages import Failure, Progress, say

SUBPROJECTS = Path(__file__).resolve().parent.parent / "subprojects"


def compile_worker(source, options, tarball, tools, work):
    """Compiles mediasoup-sys's `source` below the folder `work` and returns the archive's path there.

    `options` are Meson's besides the recipe's, `tarball` is libsrtp's source, `tools` the folder of Meson and Ninja.
    """
    copy, build = work / "source", work / "build"
    recipe.lay_out(source, SUBPROJECTS, copy)
    libsrtp = copy / "subprojects" / "libsrtp2"
    libsrtp.mkdir()
    _run(["tar", "-xf", tarball, "--strip-components=1", "-C", libsrtp], work, "unpacking libsrtp")
    for change in recipe.SRTP_PATCHES:
        recipe.patch(libsrtp, change)

    ninja = tools / "bin" / "ninja"
    environment = {**os.environ, "PYTHONPATH": str(tools), "NINJA": str(ninja)}
    environment.pop("MAKEFLAGS", None)  # cargo's jobserver, of a kind that Ninja warns about
    meson = [sys.executable, tools / "bin" / "meson", "setup", *recipe.SETUP, *options, build]
    _run(meson, copy, "configuring the worker", environment)
    jobs = len(os.sched_getaffinity(0))
    say(f"compiling mediasoup's C++ worker with {jobs} jobs: minutes, but once per machine")
    _run([ninja, "-C", build, "-j", str(jobs), recipe.TARGET], copy, "compiling", environment)
    return build / recipe.TARGET


def _run(command, folder, what, environment=None):
    """Runs a command, showing Ninja's progress; its other output is shown if it fails."""
    progress, output = Progress(what), []
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        close_fds=False,  # the cache's lock: see there
    ) as process:
        for line in process.stdout:
            if not progress.line(line):
                output.append(line)
    if process.returncode != 0:
        raise Failure(f"{what} failed with status {process.returncode}:\n{''.join(output)}")
