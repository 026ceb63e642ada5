"""Chalice, with what it answers by itself (405, 415, 500) in the body of the contract, and routes that load when asked.

A cold start imports nothing that serves a route: the blueprints of a resource are imported by the first request for it,
and all of them by whoever lists the routes (`chalice package`, the sandbox, the map of the README).
"""

import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from threading import RLock
from typing import Any

from chalice.app import Chalice

from chalicelib.kernel.ids import new_uuid
from chalicelib.rest.operation import ID_TRANSAZIONE

_WORDS = {
    400: ("RICHIESTA", "Richiesta non valida", "La richiesta non è leggibile: controllare corpo e intestazioni."),
    403: ("AUTORIZZAZIONE", "Operazione non autorizzata", "La risorsa non esiste o non è accessibile."),
    404: ("OPERAZIONE", "Risorsa non trovata", "Il percorso richiesto non esiste."),
    405: ("RICHIESTA", "Metodo non ammesso", "Il percorso esiste, ma non con questo metodo HTTP."),
    415: ("RICHIESTA", "Formato non ammesso", "Il Content-Type non è fra quelli ammessi: inviare application/json."),
}
_INTERNAL = ("INTERNO", "Errore interno", "Si è verificato un errore imprevisto: riprovare più tardi.")


class GovPayApp(Chalice):
    """The application. Every answer carries X-Govpay-IdTransazione; every error is a FaultBean."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.routes = self._by_resource = _Routes(self)

    def serve(self, module: str, *resources: str) -> None:
        """Have the `routes` (or all `blueprints`) of a module serve these resources, and import it when one is asked.

        A resource is the word after /v1 in the path of a contract, and the fifth of any other path.
        """
        self._by_resource.waiting.append((module, frozenset(resources)))

    def __call__(self, event: Any, context: Any) -> dict[str, Any]:
        answer: dict[str, Any] = super().__call__(event, context)
        status = answer.get("statusCode")
        headers = answer.get("headers")
        if status is None or headers is None or ID_TRANSAZIONE in headers:
            return answer
        headers[ID_TRANSAZIONE] = new_uuid()
        if status >= 400 and "xml" not in headers.get("Content-Type", ""):  # noqa: PLR2004
            categoria, descrizione, dettaglio = _WORDS.get(status, _INTERNAL)
            codice = "INTERNAL" if status >= 500 else str(status)  # noqa: PLR2004
            bean = {"categoria": categoria, "codice": codice, "descrizione": descrizione, "dettaglio": dettaglio}
            answer["body"] = json.dumps(bean, ensure_ascii=False)
            headers["Content-Type"] = "application/json"
        return answer


def resource_of(path: str) -> str:
    """Give the word of a path by which its module is found.

    It is `pendenze` of /govpay/backend/api/pendenze/rs/{auth}/v1/pendenze/{id}, `pagopa` of
    /govpay/frontend/api/pagopa/PagamentiTelematiciCCPservice, and `openapi` of the documents of every contract.
    """
    match path.split("/"):
        case [_, _, _, _, _, "rs", _, _, resource, *_]:
            return resource
        case [_, _, _, "api", _, "v1", _]:
            return "openapi"
        case [_, _, _, _, resource, *_]:
            return resource
    return ""


class _Routes(dict[str, dict[str, Any]]):
    """The routes of an application: one path imports what serves it; to list them imports all."""

    def __init__(self, app: GovPayApp) -> None:
        super().__init__()
        self.waiting: list[tuple[str, frozenset[str]]] = []
        self._app = app
        self._lock = RLock()

    def __getitem__(self, path: str) -> dict[str, Any]:
        self._load(resource_of(path))
        return super().setdefault(path, {})

    def _load(self, resource: str | None = None) -> None:
        """Import what serves a resource, or all that is not imported yet."""
        with self._lock:  # who comes while another imports waits for what it imports
            # Looked for each time: to register what is imported asks for its paths, which may import more.
            while entry := next((one for one in self.waiting if resource is None or resource in one[1]), None):
                with _uncollected():
                    module = import_module(entry[0])
                # Only now, so that an import that fails is tried again; and before the paths are asked for.
                self.waiting.remove(entry)
                for blueprint in getattr(module, "blueprints", None) or (module.routes,):
                    self._app.register_blueprint(blueprint)

    def __iter__(self) -> Iterator[str]:
        self._load()
        return super().__iter__()

    def __len__(self) -> int:
        self._load()
        return super().__len__()

    def __contains__(self, path: object) -> bool:
        self._load()
        return super().__contains__(path)

    def keys(self) -> Any:
        self._load()
        return super().keys()

    def values(self) -> Any:
        self._load()
        return super().values()

    def items(self) -> Any:
        self._load()
        return super().items()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Collect no garbage, and spare what is made from later collections: an import makes thousands of objects that stay."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if enabled:
            gc.enable()
