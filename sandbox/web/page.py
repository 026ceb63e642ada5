"""Plain pages: Italian, readable on a telephone and by a screen reader, nothing fetched from elsewhere."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TypeVar

K = TypeVar("K", bound=str)

_CSS = """
:root{color-scheme:light dark}
body{font:1.05rem/1.5 system-ui,sans-serif;margin:0;color:#17324d;background:#fff}
header{background:#06c;color:#fff;padding:.8rem 1rem}header a{color:#fff}
main{max-width:46rem;margin:0 auto;padding:1rem}
h1{font-size:1.5rem;line-height:1.2}h2{font-size:1.2rem;margin-top:2rem}
label,legend{font-weight:600}label{display:block;margin-top:1rem}
fieldset{border:1px solid #5c6f82;border-radius:4px;margin:1rem 0;padding:.5rem 1rem}
fieldset label{font-weight:400;margin:.4rem 0}
input[type=text],input[type=number],select,textarea{width:100%;box-sizing:border-box;font:inherit;padding:.5rem;
border:1px solid #5c6f82;border-radius:4px;background:inherit;color:inherit}
button{font:inherit;font-weight:600;padding:.6rem 1.2rem;margin-top:1rem;border:0;border-radius:4px;
background:#06c;color:#fff;cursor:pointer}
:focus-visible{outline:3px solid #f90;outline-offset:2px}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #c5cdd5;vertical-align:top}
.n{text-align:right;white-space:nowrap}
dl{display:grid;grid-template-columns:minmax(8rem,auto) 1fr;gap:.3rem 1rem}dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}
.avviso{border-left:6px solid #5c6f82;padding:.5rem 1rem;margin:1rem 0}
.ok{border-color:#008758}.ko{border-color:#cc334d}small{color:#435a70}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f2f5f8;color:#17324d;padding:.8rem;border-radius:4px}
@media(prefers-color-scheme:dark){body{background:#17212b;color:#e6ecf2}small{color:#b1c0ce}a{color:#7fb8ff}}
@media(max-width:30rem){dl{grid-template-columns:1fr}}
"""


def page(title: str, body: str, *, nav: Mapping[str, str] | None = None) -> str:
    """Give a whole page; `body` is HTML already, `nav` is label → address."""
    links = " · ".join(f'<a href="{escape(url)}">{escape(label)}</a>' for label, url in (nav or {}).items())
    return (
        '<!doctype html><html lang="it"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} - sandbox GovPay</title><style>{_CSS}</style></head><body>"
        f"<header><nav aria-label='Principale'>Sandbox GovPay{' · ' if links else ''}{links}</nav></header>"
        f"<main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )


def paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def heading(text: str) -> str:
    return f"<h2>{escape(text)}</h2>"


def link(label: str, url: str) -> str:
    return f'<a href="{escape(url)}">{escape(label)}</a>'


def message(text: str, *, good: bool) -> str:
    """Give a box that a screen reader announces."""
    return (
        f'<div class="avviso {"ok" if good else "ko"}" role="{"status" if good else "alert"}">{paragraph(text)}</div>'
    )


def facts(rows: Mapping[str, str]) -> str:
    """Give name and value pairs; values are text."""
    return (
        "<dl>" + "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows.items()) + "</dl>"
    )


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Give a table; cells are HTML already, so that they may hold links."""
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    if not body:
        return paragraph(f"{caption}: nulla, per il momento.")
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in heads)
    return (
        f'<div class="scroll"><table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def form(action: str, body: str, submit: str) -> str:
    return f'<form method="post" action="{escape(action)}">{body}<button type="submit">{escape(submit)}</button></form>'


def text_field(name: str, label: str, *, value: str = "", hint: str = "", required: bool = True) -> str:
    described = f' aria-describedby="{name}-aiuto"' if hint else ""
    note = f'<small id="{name}-aiuto">{escape(hint)}</small>' if hint else ""
    return (
        f'<label for="{name}">{escape(label)}</label>{note}<input type="text" id="{name}" name="{name}" '
        f'value="{escape(value)}" autocomplete="off"{described}{" required" if required else ""}>'
    )


def checkboxes(name: str, legend: str, choices: Mapping[str, str]) -> str:
    """Give a group of check boxes, none ticked; `choices` is value → label."""
    boxes = "".join(
        f'<label><input type="checkbox" name="{escape(name)}" value="{escape(value)}"> {escape(label)}</label>'
        for value, label in choices.items()
    )
    return f"<fieldset><legend>{escape(legend)}</legend>{boxes}</fieldset>"


def hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'


def radios(name: str, legend: str, choices: Mapping[K, str], *, chosen: str) -> str:
    """Give a group of radio buttons; `choices` is value → label."""
    buttons = "".join(
        f'<label><input type="radio" name="{name}" value="{escape(value)}"{" checked" if value == chosen else ""}> '
        f"{escape(label)}</label>"
        for value, label in choices.items()
    )
    return f"<fieldset><legend>{escape(legend)}</legend>{buttons}</fieldset>"


def source(text: str) -> str:
    """Give text as it is: XML, JSON."""
    return f"<pre>{escape(text)}</pre>"
