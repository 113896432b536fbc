"""What is measured: each part takes the load and how thorough it shall be, and gives its text and its plots."""

import statistics

from load import AUDIO, LIGHT, VIDEO, say
from page import number, table
from servers import colloquy, janus, node

# Beyond these a server does not carry its load any more.
MAX_LOSS = 0.001
MAX_LATENCY_MS = 50
WAYS = {
    "sendto": "one `sendto` a packet",
    "sendmmsg": "`sendmmsg`, 64 packets",
    "segmented": "segmentation offload, 40 packets to one receiver",
}


def floor(load, quick):
    """What a thread can forward that does nothing else."""
    measured = load.floor(1 if quick else 4)
    rows = [[name, number(measured[way]), f"{measured[way] * 1200 * 8 / 1e9:.2f}"] for way, name in WAYS.items()]
    return table(["the floor: 1200 bytes to each of 100", "packets per CPU-second", "Gbit/s per CPU-second"], rows), {}


def capacity(load, quick):
    """Viewers of one publisher at one worker, a step at a time, subject and reference in turns."""
    steps = [25, 100] if quick else [25, 50, 100, 200, 300, 450]
    duration = 4 if quick else 6
    texts, plots = [], {}
    for stream, media in {"audio": AUDIO, "video": VIDEO}.items():
        rows, lines = [], {"colloquy": [], "Janus": []}
        going = {"colloquy", "Janus"}
        for viewers in steps:
            sendto = load.floor(1)["sendto"]
            for make, start in {"colloquy": lambda: colloquy(load.binaries), "Janus": janus}.items():
                if make not in going:
                    continue
                with start() as server:
                    name = f"capacity-{stream}-{make}-{viewers}"
                    run = load.run(name, server, media + LIGHT, publishers=1, viewers=viewers, duration=duration)
                if run is None or not run.samples:
                    going.discard(make)
                    rows.append([make, viewers, "no report", "", "", "", "", "", ""])
                    continue
                rate = run.packets_per_cpu_second()
                lines[make].append((viewers, rate))
                over = run.loss() > MAX_LOSS or run.latency_ms(0.99) > MAX_LATENCY_MS
                # What the load itself was late by is not held against a server; within the limits it made nothing better.
                limit = " (the load's own limit)" if over and run.own_limit() else ""
                if over and not limit:
                    going.discard(make)
                say(f"{stream}, {viewers} viewers at {make}: {rate:,.0f} packets per CPU-second{limit}")
                rows.append([
                    make, viewers, number(run.packets_per_second()), f"{run.cores():.2f}", number(rate),
                    f"{run.bits_per_second() / run.cores() / 1e9:.2f}", f"{100 * rate / sendto:.0f} %",
                    f"{100 * run.loss():.2f} %", f"{number(run.latency_ms(0.99), 1)} ms{limit}",
                ])
        head = [
            f"{stream}, one publisher", "viewers", "packets/s", "cores", "packets per CPU-second",
            "Gbit/s per CPU-second", "of the `sendto` floor", "lost", "latency p99",
        ]
        texts.append(table(head, rows) + f"\n\n![{stream}](benchmarks/capacity-{stream}.svg)")
        plots[f"capacity-{stream}"] = {
            "title": f"One worker, one publisher of {stream}", "x": "viewers", "y": "packets per CPU-second",
            "lines": [
                {"name": make, "points": points, "dashed": make != "colloquy"} for make, points in lines.items()
                if points
            ],
        }
    return "\n\n".join(texts), plots


def growth(load, quick):
    """The cost of a forwarded packet by peers, rooms and workers, with everybody's microphone open."""
    shapes = [("peers", peers, 1, 1) for peers in ([2, 6] if quick else [2, 5, 10, 15])]
    shapes += [("rooms", 4, rooms, 1) for rooms in ([4] if quick else [1, 5, 10, 20])]
    shapes += [("workers", 4, 10, workers) for workers in ([2] if quick else [1, 2, 4])]
    rows = []
    for what, peers, rooms, workers in shapes:
        with colloquy(load.binaries, workers) as server:
            name = f"growth-{what}-{peers}-{rooms}-{workers}"
            fields = {"rooms": rooms, "publishers": peers, "duration": 4 if quick else 8, "joins_per_second": 10}
            run = load.run(name, server, AUDIO + LIGHT, **fields)
        if run is None or not run.samples:
            continue
        say(f"{peers} peers in each of {rooms} rooms, {workers} workers: {run.cores():.3f} cores")
        cost = 1e6 / run.packets_per_cpu_second()
        rows.append([
            peers, rooms, workers, number(run.packets_per_second()), f"{run.cores():.3f}", f"{cost:.1f} µs",
            f"{number(run.join_ms(0.5))} ms, {number(run.join_ms(0.99))} ms",
        ])
    head = ["peers in a room", "rooms", "workers", "packets/s", "cores", "CPU a packet", "a join, p50 and p99"]
    return table(head, rows), {}


def joins(load, quick):
    """People who come and go all the time, by what they do in between."""
    kinds = {
        "`createRoom`, `joinRoom`": ("signaling", "", 10),
        "and two transports with ICE and DTLS, a microphone, those of three others": ("media", AUDIO + LIGHT, 4),
    }
    rows = []
    for what, (kind, media, peers) in kinds.items():
        for make, start in {"colloquy": lambda: colloquy(load.binaries), "Janus": janus}.items():
            if kind == "signaling" and make == "Janus":
                continue
            with start() as server:
                # Each stays for two seconds on average, so that half of them come in anew in each.
                fields = {"rooms": 10, "publishers": peers, "stay": 2, "requests_per_second": 0.1}
                name = f"joins-{kind}-{make}"
                run = load.run(name, server, media, kind=kind, duration=4 if quick else 12, **fields)
            if run is None or not run.samples:
                rows.append([what, make, "no report", "", "", ""])
                continue
            each = run.joins() / run.seconds
            say(f"{each:.1f} joins a second at {make}: {each / run.cores():,.0f} per CPU-second")
            limit = " (the load's own limit)" if run.own_limit() else ""
            rows.append([
                what, make, f"{each:.1f}", f"{run.cores():.2f}", number(each / run.cores()),
                f"{number(run.join_ms(0.5), 1)} ms, {number(run.join_ms(0.99), 1)} ms{limit}",
            ])
    head = ["a join", "", "joins/s", "cores", "joins per CPU-second, leaving included", "p50 and p99"]
    return table(head, rows), {}


def memory(load, quick):
    """What one more of each takes, by the difference of two runs."""
    count = 50 if quick else 150

    def grown(name, media="", first=0, **fields):
        """Bytes that each of the viewers takes."""
        with colloquy(load.binaries) as server:
            load.run(f"{name}-first", server, media, **{**fields, "viewers": 10, "duration": 2})
            before = server.resident_bytes()
            run = load.run(name, server, media, **{**fields, "viewers": count, "duration": 4})
        each = (run.resident_bytes() - before) / count if run else float("nan")
        say(f"{name}: {each / 1000:.1f} kB")
        return each

    connection = grown("memory-connections", kind="idle")
    peer = grown("memory-peers", kind="signaling", requests_per_second=0.1)
    one = grown("memory-one", AUDIO + LIGHT, publishers=1)
    five = grown("memory-five", AUDIO + LIGHT, publishers=5)
    consumer = (five - one) / 4
    rows = [
        ["a connection", number(connection / 1000, 1)],
        ["a peer in a room, in addition", number((peer - connection) / 1000, 1)],
        ["a consumer of audio", number(consumer / 1000, 1)],
        ["a connected transport", number((one - peer - consumer) / 1000, 1)],
    ]
    return table(["resident memory of all processes", "kB"], rows), {}


def signaling(load, quick):
    """Small requests, as fast as they are answered, subject and reference in turns."""
    rounds, duration = (1, 4) if quick else (3, 6)
    makes = {"colloquy": lambda: colloquy(load.binaries), "Node.js": node}
    rows = []
    for peers in [100] if quick else [10, 100, 1000]:
        rates = {make: [] for make in makes}
        waits = {make: [] for make in makes}
        for turn in range(rounds):
            for make, start in makes.items():
                with start() as server:
                    fields = {"rooms": max(1, peers // 10), "viewers": 10, "joins_per_second": 200}
                    name = f"signaling-{make}-{peers}-{turn}"
                    run = load.run(name, server, kind="signaling", duration=duration, **fields)
                if run is None or not run.samples:
                    continue
                rates[make].append(run.requests() / run.seconds / run.cores())
                waits[make].append(sorted_wait(run))
        middle = {make: statistics.median(values) if values else float("nan") for make, values in rates.items()}
        ratio = middle["colloquy"] / middle["Node.js"]
        say(f"{peers} peers: {middle['colloquy']:,.0f} and {middle['Node.js']:,.0f} requests per CPU-second")
        cells = [f"{number(middle[make])}, p99 {number(statistics.median(waits[make] or [float('nan')]), 1)} ms" for make in makes]
        rows.append([peers, *cells, f"{ratio:.2f}"])
    head = ["peers, each with a request under way", "colloquy, requests per CPU-second", "Node.js", "ratio"]
    return table(head, rows), {}


def sorted_wait(run):
    """The 99th percentile of an answer's time, in milliseconds."""
    from load import quantile

    return quantile(run.steady["requests"], 0.99) / 1000


def idle(load, quick):
    """Many connections that say nothing, what each takes, and joins beside them."""
    connections = 1000 if quick else 10_000
    rows = []
    for make, start in {"colloquy": lambda: colloquy(load.binaries), "Node.js": node}.items():
        with start() as server:
            load.run(f"idle-{make}-first", server, kind="idle", viewers=100, duration=2)
            before = server.resident_bytes()
            speed = 400
            # Until all are there, and then as long as the others take to come.
            beside = load.start(
                f"idle-{make}", server, kind="idle", viewers=connections, joins_per_second=speed,
                duration=15 if quick else 45,
            )
            wait_until_there(server, beside, connections / speed)
            joins = load.run(
                f"idle-{make}-joins", server, kind="signaling", rooms=10, viewers=20, requests_per_second=0.1,
                joins_per_second=25, duration=2,
            )
            run = load.finish(beside)
        if run is None or joins is None:
            rows.append([make, connections, "no report", "", "", ""])
            continue
        each = (run.resident_bytes() - before) / connections / 1000
        there = max(sample["participants"] for sample in run.samples) if run.samples else 0
        say(f"{there:,} connections at {make}: {each:.1f} kB each, joins p99 {joins.join_ms(0.99):.1f} ms")
        rows.append([
            make, f"{there:,}", f"{each:.1f} kB", f"{100 * run.cores():.1f} % of a core",
            f"{number(joins.join_ms(0.5), 1)} ms", f"{number(joins.join_ms(0.99), 1)} ms",
        ])
    head = ["", "idle connections", "memory of each", "CPU", "a join beside them, p50", "p99"]
    return table(head, rows), {}


def wait_until_there(server, beside, seconds):
    """Lets the others come, unless the run ends before."""
    import subprocess

    process = beside[0]
    try:
        process.wait(seconds + 3)
    except subprocess.TimeoutExpired:
        return
    raise RuntimeError(f"idle connections at {server.url} ended early")


PARTS = {part.__name__: part for part in (floor, capacity, growth, joins, memory, signaling, idle)}
