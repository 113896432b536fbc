"""Meson and Ninja, from PyPI in pinned versions: a distribution's Meson may be older than the worker needs."""

import os
import shutil
import subprocess
import sys
import tempfile

from .messages import Failure, say

PINS = ("meson==1.12.0", "ninja==1.13.2")


def install(root):
    """Returns the folder with both tools, below `root`, installing them there the first time."""
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    folder = root / "-".join(["tools", python, *(pin.replace("==", "-") for pin in PINS)])
    if folder.is_dir():
        return folder
    say(f"installing {' and '.join(PINS)} from PyPI")
    root.mkdir(parents=True, exist_ok=True)
    fresh = tempfile.mkdtemp(prefix=".tools-", dir=root)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--root-user-action=ignore", "--no-user", "--target", fresh, *PINS]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            raise Failure(f"pip could not install {' '.join(PINS)}:\n{done.stdout}")
        try:
            os.rename(fresh, folder)
        except OSError:
            if not folder.is_dir():  # otherwise another build was faster: theirs is as good
                raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return folder
