"""REST: /operazioni (backoffice): the work that schedules start, started by hand. Reading one is starting it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from chalice.app import Blueprint

from chalicelib.kernel.refusals import NotFound
from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.rest.operation import BACKOFFICE, Answer, Call, operation
from chalicelib.rest.paging import page_of
from chalicelib.riconciliazione import operations

routes = Blueprint(__name__)
_CONFIGURAZIONE = Servizio.CONFIGURAZIONE
_AVVIATA = 0


class OperazioneNotFound(NotFound):
    codice = "404000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operazione:
    """`start` begins the work and says, in Italian, what was begun."""

    id_operazione: str
    descrizione: str
    start: Callable[[datetime], str]


def _ask_flussi(now: datetime) -> str:
    asked, again = operations.ask_flussi(), operations.examine_again(now=now)
    return f"Acquisizione avviata per {asked} domini; flussi anomali da riesaminare: {again}."


class Operazioni:
    """What can be started. Wiring adds what other contexts have."""

    known: ClassVar[dict[str, Operazione]] = {
        operazione.id_operazione: operazione
        for operazione in (
            Operazione(
                id_operazione="acquisizioneRendicontazioni",
                descrizione="Acquisizione dei flussi di rendicontazione",
                start=_ask_flussi,
            ),
        )
    }


@routes.route(f"{BACKOFFICE}/operazioni", methods=["GET"])
@operation("findOperazioni", diritto=Diritto.LETTURA, backoffice=_CONFIGURAZIONE)
def find_operazioni(call: Call) -> Answer:
    found = [Operazioni.known[name] for name in sorted(Operazioni.known)]
    return Answer(body=page_of(call, found, _index_json))


@routes.route(f"{BACKOFFICE}/operazioni/{{id_operazione}}", methods=["GET"])
@operation("getOperazione", diritto=Diritto.SCRITTURA, backoffice=_CONFIGURAZIONE)
def get_operazione(call: Call, id_operazione: str) -> Answer:
    operazione = Operazioni.known.get(id_operazione)
    if operazione is None:
        raise OperazioneNotFound(f"L'operazione {id_operazione[:64]!r} non esiste: vedere /operazioni.")
    esito = operazione.start(call.now)
    return Answer(body={**_index_json(operazione), "stato": _AVVIATA, "esito": esito})


def _index_json(operazione: Operazione) -> dict[str, Any]:
    return {
        "idOperazione": operazione.id_operazione,
        "descrizione": operazione.descrizione,
        "location": f"/operazioni/{operazione.id_operazione}",
    }
