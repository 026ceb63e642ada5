"""JSONPath, as far as templates use it: `$.soggetto.nome`, `$.voci[0]`, `$['a b']`."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chalicelib.kernel.freemarker.errori import ModelloFallito

MAX_LUNGHEZZA = 500
_PASSO = re.compile(
    r"\.(?P<nome>[A-Za-z0-9_\-$]+)|\['(?P<fra>[^']*)'\]|\[\"(?P<doppie>[^\"]*)\"\]|\[(?P<indice>\d{1,4})\]", re.ASCII
)


def lettore_of(dati: Any) -> Callable[..., Any]:
    """Give what `jsonPath.read` is: it reads a path of the data, None where nothing is there."""

    def read(path: Any) -> Any:
        if not isinstance(path, str) or not path.startswith("$") or len(path) > MAX_LUNGHEZZA:
            raise ModelloFallito("jsonPath.read vuole un percorso che comincia con $")
        here, position = dati, 1
        while position < len(path):
            step = _PASSO.match(path, position)
            if step is None:
                raise ModelloFallito(f"percorso {path[:80]!r} non ammesso: usare $.campo e $.elenco[0]")
            here = _inside(here, step)
            position = step.end()
        return here

    return read


def _inside(here: Any, step: re.Match[str]) -> Any:
    if step["indice"] is not None:
        is_list = isinstance(here, Sequence) and not isinstance(here, str)
        return here[int(step["indice"])] if is_list and int(step["indice"]) < len(here) else None
    name = step["nome"] or step["fra"] or step["doppie"] or ""
    return here.get(name) if isinstance(here, Mapping) else None
