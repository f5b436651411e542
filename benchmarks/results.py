"""RESULTS.md: each script replaces its own part and leaves the others."""

import re
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")


def write_part(title: str, text: str) -> None:
    """Replaces a part, or adds it at the end; the part without a title is the first.

    Args:
        title: of the part, as in "## title"; empty for what comes before all of them.
        text: what stands below it.
    """
    before = RESULTS.read_text(encoding="utf-8") if RESULTS.is_file() else "# Results\n"
    first, *rest = re.split(r"^## ", before, flags=re.MULTILINE)
    parts = {part.partition("\n")[0]: part.partition("\n")[2].strip() for part in rest}
    if title:
        parts[title] = text.strip()
    else:
        first = text
    whole = [first.strip(), *(f"## {name}\n\n{body}" for name, body in parts.items())]
    RESULTS.write_text("\n\n".join(whole) + "\n", encoding="utf-8")
