"""The figures of docs/benchmarks.md as a picture: docs/benchmarks.svg, written from the tables, with no library.

Colours follow the reader's light or dark setting; every bar also says its figure, so that none depends on colour.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

_WIDTH, _LEFT, _BAR, _ROW = 960, 300, 500, 24
_CSS = (
    "svg{background:#fff}text{font:13px system-ui,sans-serif;fill:#1b2733}.h{font-size:16px;font-weight:600}"
    ".n{fill:#52606d}.a{fill:#2563a8}.b{fill:#8fb3d9}.t{stroke:#b3261e;stroke-width:2}"
    "@media(prefers-color-scheme:dark){svg{background:#12181f}text{fill:#e6ebf0}.n{fill:#a9b4bf}.a{fill:#6aa9e9}"
    ".b{fill:#33567a}.t{stroke:#ff8a80}}"
)
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A figure; `target` is where a mark stands, None for none; `told` what is written beside it."""

    label: str
    value: float
    told: str
    target: float | None = None


def drawn(document: str) -> str:
    """Give the picture of a document of figures; what the document does not have is left out."""
    groups = [group for group in _groups(document) if group[1]]
    parts, y = [], 20
    for title, bars in groups:
        parts.append(f'<text class="h" x="16" y="{y + 14}">{escape(title)}</text>')
        y += 30
        most = max(max(bar.value, bar.target or 0) for bar in bars) or 1.0
        for bar in bars:
            parts.append(_row(bar, y, most))
            y += _ROW
        y += 18
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}" width="{_WIDTH}" height="{y}" role="img">'
    )
    title = "<title>Figures of docs/benchmarks.md: calls against target, request units, flatness, EUR</title>"
    return "\n".join([head, title, f"<style>{_CSS}</style>", *parts, "</svg>", ""])


def _row(bar: Bar, y: int, most: float) -> str:
    width = max(bar.value / most * _BAR, 1)
    met = bar.target is None or bar.value <= bar.target
    parts = [
        f'<text x="{_LEFT - 8}" y="{y + 14}" text-anchor="end">{escape(bar.label)}</text>',
        f'<rect class="{"b" if bar.target is None else "a"}" x="{_LEFT}" y="{y + 3}" width="{width:.1f}" height="15"/>',
        f'<text class="n" x="{_LEFT + _BAR + 14}" y="{y + 14}">{escape(bar.told)}{"" if met else ", MISSED"}</text>',
    ]
    if bar.target is not None:
        x = _LEFT + bar.target / most * _BAR
        parts.append(f'<line class="t" x1="{x:.1f}" x2="{x:.1f}" y1="{y}" y2="{y + 21}"/>')
    return "".join(parts)


def _groups(document: str) -> Sequence[tuple[str, Sequence[Bar]]]:
    operations = rows(document, "Operations")
    flat = rows(document, "Flatness up to a million") or rows(document, "Flatness")
    targets = [_calls(row) for row in operations if row[2] != "–" and _is_number(row[1])]
    units = [_units(row) for row in operations if _is_number(row[5]) and _is_number(row[6])]
    levels = [
        Bar(label=f"{row[0]}, {int(row[1]):,}", value=float(row[3]), told=f"{row[3]} RRU, {row[5]}") for row in flat
    ]
    return (
        ("AWS calls of an operation; the mark is the target", targets),
        ("Request units of an operation, read and written", units),
        ("Read units of an operation among so many pendenze", levels),
        ("A payment, in millionths of a euro, by the prices stated", _eur(rows(document, "EUR for a payment"))),
    )


def _calls(row: Sequence[str]) -> Bar:
    return Bar(label=row[0], value=float(row[1]), target=float(row[2]), told=f"{row[1]} of {row[2]}")


def _units(row: Sequence[str]) -> Bar:
    return Bar(label=row[0], value=float(row[5]) + float(row[6]), told=f"{row[5]} + {row[6]}")


def _eur(found: Sequence[Sequence[str]]) -> Sequence[Bar]:
    return [Bar(label=row[0], value=float(row[2]) * 1e6, told=f"{float(row[2]) * 1e6:.1f}") for row in found]


def rows(document: str, title: str) -> Sequence[Sequence[str]]:
    """Give the cells of the table under a heading, without its head; none where there is no such heading."""
    for match in _SECTION.finditer(document):
        if match[1] == title:
            block = document[match.end() :].partition("\n## ")[0]
            lines = [line for line in block.splitlines() if line.startswith("|")]
            return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    return []


def _is_number(cell: str) -> bool:
    return cell.replace(".", "", 1).isdigit()
