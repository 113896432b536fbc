"""What is compiled and how: all that decides the archive's contents besides subprojects/. A change here is a new key."""

import shutil

from .messages import Failure

TARGET = "libmediasoup-worker.a"

# Always optimised, whatever cargo builds: a debug build of the Rust code is for debugging the Rust code.
SETUP = ("--buildtype", "release", "-Db_ndebug=true")

# The worker's BIO callback answers 1 to every BIO_ctrl, because it compares the operation with BIO_CB_RETURN instead of
# testing that bit. An OpenSSL with kernel TLS takes the 1 for "the kernel encrypts", allocates no write buffer, and the
# first DTLS handshake writes to NULL.
PATCHED_FILE = "src/RTC/DtlsTransport.cpp"
FAULTY = "(operationType == BIO_CB_RETURN) ? static_cast<long>(ret) : 1"
CORRECT = "(operationType & BIO_CB_RETURN) ? static_cast<long>(ret) : 1"


def lay_out(source, subprojects, folder):
    """Makes `folder` a copy of the worker's `source` that has our subprojects and the patch; libsrtp is still missing."""
    ignored = shutil.ignore_patterns("subprojects", "target", "out", "__pycache__", ".*")
    shutil.copytree(source, folder, ignore=ignored)
    shutil.copytree(subprojects, folder / "subprojects")
    patch(folder)


def patch(folder):
    """Corrects the one faulty line in a copy of the worker's source."""
    path = folder / PATCHED_FILE
    text = path.read_text(encoding="utf-8")
    if text.count(FAULTY) != 1:
        raise Failure(
            f"{PATCHED_FILE} no longer has the line that the kernel TLS patch corrects. If upstream has repaired it, "
            "drop the patch from native/standin/recipe.py; if it only looks different, adapt it: unpatched, the "
            "first DTLS handshake would kill the worker."
        )
    path.write_text(text.replace(FAULTY, CORRECT), encoding="utf-8")
