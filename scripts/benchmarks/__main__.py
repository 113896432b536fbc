"""Measures everything that is asked for and remakes the document: see scripts/bench, which starts it."""

import pathlib
import platform
import sys
import time

from load import Load, say
from page import put
from parts import PARTS
from servers import PROJECT


def main(binaries, *arguments):
    quick = "--quick" in arguments
    wanted = [part for part in PARTS if part in arguments] or list(PARTS)
    load = Load(pathlib.Path(binaries), PROJECT / "target/bench")
    document = PROJECT / "docs/benchmarks.md"
    plots = PROJECT / "docs/benchmarks"
    for part in wanted:
        began = time.monotonic()
        print(f"==> {part}: {' '.join(PARTS[part].__doc__.split())}", file=sys.stderr, flush=True)
        text, drawings = PARTS[part](load, quick)
        say(f"took {time.monotonic() - began:.0f} s")
        (load.folder / f"{part}.md").write_text(text + "\n")
        if quick:
            print(f"\n{text}\n", flush=True)
            continue
        when = time.strftime("%Y-%m-%d")
        note = f"Measured on {when}, Linux {platform.release().split('-')[0]}."
        document.write_text(put(document.read_text(), part, f"{text}\n\n{note}"))
        plots.mkdir(exist_ok=True)
        for name, drawing in drawings.items():
            (plots / f"{name}.svg").write_text(load.plot(drawing))


main(*sys.argv[1:])
