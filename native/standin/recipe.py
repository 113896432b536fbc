"""What is compiled and how: all that decides the archive's contents besides subprojects/. A change here is a new key."""

import shutil
from typing import NamedTuple

from .messages import Failure, say

TARGET = "libmediasoup-worker.a"

# Always optimised, whatever cargo builds: a debug build of the Rust code is for debugging the Rust code.
SETUP = ("--buildtype", "release", "-Db_ndebug=true")


class Patch(NamedTuple):
    """A place in the worker's source that is replaced in the copy."""

    file: str
    old: str
    new: str
    without: str  # what happens unpatched
    needed: bool = True  # or else it only makes something faster, and is left out where it doesn't fit


# The worker's BIO callback answers 1 to every BIO_ctrl, because it compares the operation with BIO_CB_RETURN instead of
# testing that bit. An OpenSSL with kernel TLS takes the 1 for "the kernel encrypts", allocates no write buffer, and the
# first DTLS handshake writes to NULL.
KERNEL_TLS = Patch(
    "src/RTC/DtlsTransport.cpp",
    "(operationType == BIO_CB_RETURN) ? static_cast<long>(ret) : 1",
    "(operationType & BIO_CB_RETURN) ? static_cast<long>(ret) : 1",
    "the first DTLS handshake would kill the worker",
)

# What is sent in one turn of the loop is gathered: see subprojects/libuv/batch.
BATCHED_SENDS = (
    Patch(
        "src/DepLibUV.cpp",
        "	const int ret = uv_run(DepLibUV::loop, UV_RUN_DEFAULT);",
        "	const SendBatch sendBatch(DepLibUV::loop);\n	const int ret = uv_run(DepLibUV::loop, UV_RUN_DEFAULT);",
        "sends would not be batched",
    ),
    Patch(
        "src/DepLibUV.cpp",
        '#include "Utils.hpp"\n',
        '#include "Utils.hpp"\n#include <send_batch.hpp>\n',
        "sends would not be batched",
    ),
    Patch(
        "src/handles/UdpSocketHandle.cpp",
        '#include "Utils.hpp"\n',
        '#include "Utils.hpp"\n#include <send_batch.hpp>\n',
        "sends would not be batched",
    ),
    Patch(
        "src/handles/UdpSocketHandle.cpp",
        "	// First try uv_udp_try_send().",
        "	if (SendBatch::Take(this->uvHandle, data, len, addr, cb))\n"
        "	{\n"
        "		this->sentBytes += len;\n\n"
        "		return;\n"
        "	}\n\n"
        "	// First try uv_udp_try_send().",
        "sends would not be batched",
    ),
    Patch(
        "src/handles/UdpSocketHandle.cpp",
        "	this->closed = true;\n",
        "	SendBatch::Flush();\n	this->closed = true;\n",
        "what was sent just before a socket closes would be lost",
    ),
)

# SRTP's AES-GCM comes from another library where there is one: see subprojects/libsrtp3/gcm.
FASTER_GCM = tuple(
    Patch("src/DepLibSRTP.cpp", old, new, "SRTP would take longer", needed=False)
    for old, new in (
        (
            "			const srtp_err_status_t err = srtp_init();\n",
            "			const srtp_err_status_t err = srtp_init();\n\n"
            "			if (!DepLibSRTP::IsError(err) && !SrtpGcm::Replace())\n"
            "			{\n"
            '				MS_DEBUG_TAG(info, "AES-GCM comes from OpenSSL");\n'
            "			}\n",
        ),
        ("#include <mutex>\n", "#include <mutex>\n#include <srtp_gcm.hpp>\n"),
    )
)

# Where bytes are counted for statistics, each packet and receiver took a look at the clock. The time that the loop has
# read already will do there.
CLOCK, LOOP_CLOCK = "this->shared->GetTimeMs()", "static_cast<int64_t>(this->shared->GetLoopTimeMs())"
LOOP_TIME = tuple(
    Patch(file, f"{call}, {CLOCK});", f"{call}, {LOOP_CLOCK});", "counting would take longer", needed=False)
    for file, call in (
        ("include/RTC/Transport.hpp", "this->recvTransmission.Update(len"),
        ("include/RTC/Transport.hpp", "this->sendTransmission.Update(len"),
        ("src/RTC/RateCalculator.cpp", "this->rate.Update(packet->GetLength()"),
    )
)

PATCHES = (KERNEL_TLS, *BATCHED_SENDS, *FASTER_GCM, *LOOP_TIME)

# Each packet made libsrtp set the length of the nonce again, to what it is anyway, and ask for the tag by a way that
# translates: a third of what encrypting an audio packet took.
SRTP_PATCHES = tuple(
    Patch("crypto/cipher/aes_gcm_ossl.c", old, new, "encrypting would be slower", needed=False)
    for old, new in (
        (
            "    if (!EVP_CIPHER_CTX_ctrl(c->ctx, EVP_CTRL_GCM_SET_IVLEN, 12, 0)) {\n"
            "        return (srtp_err_status_init_fail);\n"
            "    }\n\n"
            "    if (!EVP_CipherInit_ex(c->ctx, NULL, NULL, NULL, iv,\n",
            "    if (!EVP_CipherInit_ex(c->ctx, NULL, NULL, NULL, iv,\n",
        ),
        (
            "    if (!EVP_CIPHER_CTX_ctrl(c->ctx, EVP_CTRL_GCM_GET_TAG, c->tag_len, buf)) {\n",
            "    OSSL_PARAM tag[] = {\n"
            "        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, buf, c->tag_len),\n"
            "        OSSL_PARAM_construct_end(),\n"
            "    };\n"
            "    if (!EVP_CIPHER_CTX_get_params(c->ctx, tag)) {\n",
        ),
        ("#include <openssl/evp.h>\n", "#include <openssl/core_names.h>\n#include <openssl/evp.h>\n#include <openssl/params.h>\n"),
    )
)


def lay_out(source, subprojects, folder):
    """Makes `folder` a copy of the worker's `source` that has our subprojects and the patches; libsrtp is still missing."""
    ignored = shutil.ignore_patterns("subprojects", "target", "out", "__pycache__", ".*")
    shutil.copytree(source, folder, ignore=ignored)
    shutil.copytree(subprojects, folder / "subprojects")
    for change in PATCHES:
        patch(folder, change)


def patch(folder, change):
    """Makes one change in a copy of a source."""
    path = folder / change.file
    text = path.read_text(encoding="utf-8")
    if text.count(change.old) == 1:
        path.write_text(text.replace(change.old, change.new), encoding="utf-8")
        return
    why = f"{change.file} no longer has, once, what is patched there:\n{change.old}\n"
    if not change.needed:
        say(f"{why}Left as it is: {change.without}.")
        return
    raise Failure(
        f"{why}If upstream has changed it, adapt or drop that patch in native/standin/recipe.py; unpatched, {change.without}."
    )
