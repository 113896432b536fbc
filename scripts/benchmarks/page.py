"""The document: what stands between a part's markers is remade, all else stays."""

import math
import re


def table(head, rows):
    """A table of Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def number(value, digits=0):
    """With commas between thousands; what there is not as a dash."""
    return "–" if value is None or math.isnan(value) else f"{value:,.{digits}f}"


def put(document, part, text):
    """The document with this as that part's text; at its end where it has none yet."""
    begin, end = f"<!-- scripts/bench {part} -->", "<!-- end -->"
    block = f"{begin}\n\n{text.strip()}\n\n{end}"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if pattern.search(document):
        return pattern.sub(lambda _: block, document, count=1)
    return document.rstrip() + "\n\n" + block + "\n"
