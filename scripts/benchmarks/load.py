"""Runs of colloquy-load, and what of their reports is used here."""

import contextlib
import json
import subprocess
import sys

AUDIO = '[publish.audio]\nbitrate = 32000\n'
VIDEO = '[publish.video]\ncodec = "vp8"\nbitrates = [1000000]\nframe_rate = 30\n'
LIGHT = '[subscribe]\nlight = true\n'
# Beyond the time that a scenario says.
GRACE_SECONDS = 90


def say(text):
    """How it goes, for who looks on."""
    print(f"    {text}", file=sys.stderr, flush=True)


class Load:
    """Loads servers with scenarios, and keeps what comes out in a folder."""

    def __init__(self, binaries, folder):
        self.binaries, self.folder = binaries, folder
        folder.mkdir(parents=True, exist_ok=True)

    def start(self, name, server, media="", **fields):
        """A run under way: its process and the file of its report."""
        fields = {"rooms": 1, "publishers": 0, "viewers": 0, "joins_per_second": 40, "duration": 5, **fields}
        arrive = fields["rooms"] * (fields["publishers"] + fields["viewers"]) / fields["joins_per_second"]
        write = lambda value: json.dumps(value)
        lines = [f"name = {write(name)}", *(f"{field} = {write(value)}" for field, value in fields.items())]
        scenario, report = self.folder / f"{name}.toml", self.folder / f"{name}.json"
        scenario.write_text("\n".join(lines) + "\n" + media)
        report.unlink(missing_ok=True)
        command = [
            self.binaries / "colloquy-load", "run", scenario, "--target", server.make, "--url", server.url,
            "--server-pid", str(server.pid), "--json", report, "--quiet", "--max-participants", "20000",
        ]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        return process, report, arrive + fields["duration"] + GRACE_SECONDS

    def finish(self, started):
        """Its report; nothing where it does not end as it should."""
        process, report, seconds = started
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        with contextlib.suppress(FileNotFoundError):
            return Run(json.loads(report.read_text()))
        return None

    def run(self, name, server, media="", **fields):
        """A whole run."""
        return self.finish(self.start(name, server, media, **fields))

    def floor(self, seconds):
        """Packets per CPU-second by way of sending."""
        command = [self.binaries / "colloquy-load", "floor", "--json", "--seconds", str(seconds)]
        answer = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=60 + 3 * seconds)
        return {way["way"]: way["packetsPerCpuSecond"] for way in json.loads(answer.stdout)["ways"]}

    def plot(self, drawing):
        """Lines as SVG."""
        command = [self.binaries / "colloquy-load", "plot"]
        drawn = subprocess.run(command, input=json.dumps(drawing), stdout=subprocess.PIPE, text=True, check=True)
        return drawn.stdout


class Run:
    """A report."""

    def __init__(self, report):
        self.report, self.steady = report, report["steady"]
        self.seconds = report["steadySeconds"] or float("nan")
        self.samples = [second for second in report["series"] if second["phase"] == "steady" and second["server"]]

    def errors(self):
        return sum(self.report["total"]["errors"].values())

    def cores(self):
        """Cores that the server's processes took while everybody was there."""
        return mean([sample["server"]["cores"] for sample in self.samples])

    def resident_bytes(self):
        """The server's memory at the end of that."""
        return self.samples[-1]["server"]["rssBytes"] if self.samples else float("nan")

    def packets_per_second(self):
        return self.steady["packetsReceived"] / self.seconds

    def bits_per_second(self):
        return 8 * self.steady["bytesReceived"] / self.seconds

    def packets_per_cpu_second(self):
        return self.packets_per_second() / self.cores()

    def loss(self):
        expected = self.steady["packetsExpected"]
        return max(0, expected - self.steady["packetsReceived"]) / expected if expected else 0.0

    def latency_ms(self, share):
        return quantile(self.steady["latency"], share) / 1000

    def join_ms(self, share):
        return quantile(self.report["total"]["steps"].get("whole", []), share) / 1000

    def joins(self):
        return self.steady["joined"]

    def requests(self):
        return sum(count for _, count in self.steady["requests"])

    def own_limit(self):
        """Whether the program that loads was the limit."""
        return any(finding["kind"] == "own_limit" for finding in self.report["findings"])


def mean(values):
    return sum(values) / len(values) if values else float("nan")


def quantile(distribution, share):
    """What that share of `[value, count]`s does not exceed."""
    total = sum(count for _, count in distribution)
    seen = 0
    for value, count in sorted(distribution):
        seen += count
        if seen >= share * total:
            return value
    return float("nan")
