"""REST: /sonde, on API Backoffice: is everything moving? A sonda a queue; GovPay has one a batch."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.anagrafica.routes.shared import NonCensito
from chalicelib.aws.queues import Queue
from chalicelib.aws.sonde import Profondita, profondita
from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.rest.operation import BACKOFFICE, Answer, Call, operation
from chalicelib.rest.paging import page_of

routes = Blueprint(__name__)
_CONFIGURAZIONE = Servizio.CONFIGURAZIONE
# From how many waiting messages on it is a warning, and an error (GovPay 3.9 API 4.15, check-ntfy).
SOGLIA_WARN, SOGLIA_ERRORE = 10, 100
_OK, _WARN, _ERRORE = 0, 1, 2


@routes.route(BACKOFFICE + "/sonde", methods=["GET"])
@operation("verificaSonde", diritto=Diritto.LETTURA, backoffice=_CONFIGURAZIONE)
def find_sonde(call: Call) -> Answer:
    return Answer(body=page_of(call, sorted(Queue), _sonda_json))


@routes.route(BACKOFFICE + "/sonde/{nome}", methods=["GET"])
@operation("verificaSonda", diritto=Diritto.LETTURA, backoffice=_CONFIGURAZIONE)
def get_sonda(_call: Call, nome: str) -> Answer:
    if nome not in set(Queue):
        raise NonCensito(f"La sonda {nome[:64]!r} non esiste: sono {', '.join(sorted(Queue))}.")
    return Answer(body=_sonda_json(Queue(nome)))


def stato_of(found: Profondita) -> tuple[int, str]:
    """Judge a queue: 0, 1 (warning) or 2 (error), and why, in Italian. What was given up waits for a person."""
    if found.scarti:
        return _ERRORE, f"{found.scarti} messaggi scartati: rimuovere la causa e rimetterli in coda."
    waiting = f"{found.in_attesa} messaggi in attesa"
    if found.in_attesa >= SOGLIA_ERRORE:
        return _ERRORE, f"{waiting}, soglia di errore {SOGLIA_ERRORE}."
    if found.in_attesa >= SOGLIA_WARN:
        return _WARN, f"{waiting}, soglia di attenzione {SOGLIA_WARN}."
    return _OK, f"{waiting}."


def _sonda_json(queue: Queue) -> dict[str, Any]:
    found = profondita(queue)
    stato, descrizione = stato_of(found)
    return {
        "id": queue.value,
        "nome": queue.value,
        "stato": stato,
        "descrizioneStato": descrizione,
        "inAttesa": found.in_attesa,
        "scarti": found.scarti,
        "sogliaWarn": SOGLIA_WARN,
        "sogliaError": SOGLIA_ERRORE,
    }
