"""Servers that are measured, each in a process of its own that ends with a `with`."""

import contextlib
import os
import pathlib
import select
import signal
import socket
import subprocess
import tempfile
import time

PROJECT = pathlib.Path(__file__).resolve().parents[2]
# Where media and signaling are reached: see scripts/bench.
ADDRESS = "10.98.0.1"
START_SECONDS = 30

# Beyond what anybody is loaded with here.
UNBOUNDED = {
    "SERVER__MAX_CONNECTIONS": 100_000,
    "SERVER__MAX_CONNECTIONS_PER_ADDRESS": 100_000,
    "SIGNALING__REQUESTS_PER_SECOND": 1_000_000,
    "SIGNALING__REQUEST_BURST": 1_000_000,
    "SIGNALING__ADDRESS_REQUESTS_PER_SECOND": 1_000_000,
    "SIGNALING__ADDRESS_REQUEST_BURST": 1_000_000,
    "SIGNALING__JOIN_TIMEOUT_S": 0,
    "ROOMS__MAX_PEERS": 5_000,
    "ROOMS__MAX_CONSUMERS_PER_PEER": 5_000,
}


class Server:
    """A running server: its make, URL and process."""

    def __init__(self, make, url, process):
        self.make, self.url, self.pid = make, url, process.pid

    def resident_bytes(self):
        """Resident memory of the process and all that it has started."""
        total = 0
        for pid in family(self.pid):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
                total += pages * os.sysconf("SC_PAGE_SIZE")
        return total


def family(pid):
    """A process and its descendants."""
    yield pid
    for children in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for child in children.read_text().split():
                yield from family(int(child))


@contextlib.contextmanager
def running(command, **options):
    """A process that is asked to end, and ended if it does not."""
    process = subprocess.Popen(command, start_new_session=True, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def first_line(process):
    """The URL that a server prints."""
    if not select.select([process.stdout], [], [], START_SECONDS)[0]:
        raise TimeoutError(f"{process.args[0]} did not start within {START_SECONDS} s")
    line = process.stdout.readline().strip()
    if not line:
        raise RuntimeError(f"{process.args[0]} did not start")
    return line


@contextlib.contextmanager
def colloquy(binaries, workers=1):
    """This server, with so many workers."""
    with tempfile.TemporaryDirectory() as folder:
        settings = {f"COLLOQUY_{name}": str(value) for name, value in UNBOUNDED.items()}
        environment = {
            "PATH": os.environ["PATH"], "PORT": "0", "DATABASE_URL": "sqlite::memory:", "LOG_LEVEL": "error",
            "RTC_MIN_PORT": "20000", "RTC_MAX_PORT": "20099", "COLLOQUY_WORKERS__COUNT": str(workers), **settings,
        }
        command = [binaries / "colloquy"]
        with running(command, env=environment, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
            yield Server("colloquy", first_line(process), process)


@contextlib.contextmanager
def node():
    """A plain Socket.IO server in Node.js."""
    command = ["node", PROJECT / "load/peers/socketio/server.js"]
    with running(command, env={"PATH": os.environ["PATH"]}, stdout=subprocess.PIPE, text=True) as process:
        yield Server("socketio", first_line(process), process)


# Everything else that comes with Janus and would only take memory.
JANUS = {
    "janus.jcfg": """
general: { debug_level = 1 }
media: { rtp_port_range = "30000-49999" }
nat: { ice_enforce_list = "%(address)s"; ice_lite = true; ignore_mdns = true }
plugins: { disable = "%(plugins)s" }
transports: { disable = "%(transports)s" }
loggers: { disable = "libjanus_jsonlog.so" }
""",
    "janus.transport.websockets.jcfg": """
general: { json = "compact"; ws = true; ws_port = %(port)d; ws_ip = "%(address)s"; wss = false }
""",
    "janus.plugin.videoroom.jcfg": "general: { }\n",
}


@contextlib.contextmanager
def janus():
    """Janus with its rooms of video on a WebSocket."""
    port = 8188
    installed = pathlib.Path(next(pathlib.Path("/usr/lib").glob("*/janus")))
    others = lambda kind, kept: ",".join(
        library.name for library in (installed / kind).glob("*.so") if kept not in library.name)
    values = {
        "address": ADDRESS, "port": port,
        "plugins": others("plugins", "videoroom"), "transports": others("transports", "websockets"),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, text in JANUS.items():
            (pathlib.Path(folder) / name).write_text(text % values)
        command = ["janus", "--disable-colors", "-F", folder, "-C", f"{folder}/janus.jcfg"]
        with open(f"{folder}/log", "w") as log, running(command, stdout=log, stderr=log) as process:
            deadline = time.monotonic() + START_SECONDS
            while True:
                with contextlib.suppress(OSError), socket.create_connection((ADDRESS, port), timeout=1):
                    break
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("Janus did not start: " + pathlib.Path(f"{folder}/log").read_text()[-2000:])
                time.sleep(0.1)
            yield Server("janus", f"ws://{ADDRESS}:{port}", process)
