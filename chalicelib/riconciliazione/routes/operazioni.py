"""REST: /operazioni (backoffice): the work that schedules start, started by hand. Reading one is starting it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from chalice.app import Blueprint

from chalicelib.anagrafica import snapshot
from chalicelib.kernel.refusals import NotFound
from chalicelib.kernel.rome_time import as_rome
from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.pagamenti.recupero import operations as recupero
from chalicelib.pagamenti.recupero.model import Esecuzione
from chalicelib.rest.operation import BACKOFFICE, Answer, Call, operation
from chalicelib.rest.paging import page_of
from chalicelib.riconciliazione import operations
from chalicelib.riconciliazione.ports import Ports

routes = Blueprint(__name__)
_CONFIGURAZIONE = Servizio.CONFIGURAZIONE
_AVVIATA, _CONCLUSA = 0, 100


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


def _recupera(now: datetime) -> str:
    return recupero.restart_all(now=now).words


def _spedisci_notifiche(now: datetime) -> str:
    sent = 0 if Ports.spedisci_notifiche is None else Ports.spedisci_notifiche(now)
    return f"Riaccodate {sent} notifiche da spedire."


def _reset_cache(_now: datetime) -> str:
    snapshot.forget()
    return "Anagrafica riletta da questo processo; gli altri la rileggono entro un minuto."


class Operazioni:
    """What can be started."""

    known: ClassVar[dict[str, Operazione]] = {
        operazione.id_operazione: operazione
        for operazione in (
            Operazione(
                id_operazione="acquisizioneRendicontazioni",
                descrizione="Acquisizione dei flussi di rendicontazione",
                start=_ask_flussi,
            ),
            Operazione(
                id_operazione=recupero.RECUPERO,
                descrizione="Recupero delle RPT pendenti e delle ricevute mancanti",
                start=_recupera,
            ),
            Operazione(
                id_operazione="spedizioneNotifiche",
                descrizione="Spedizione delle notifiche di pagamento",
                start=_spedisci_notifiche,
            ),
            Operazione(
                id_operazione="resetCacheAnagrafica",
                descrizione="Reset della cache anagrafica",
                start=_reset_cache,
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
    """Start an operation, and keep what it began among its last runs."""
    operazione = Operazioni.known.get(id_operazione)
    if operazione is None:
        raise OperazioneNotFound(f"L'operazione {id_operazione[:64]!r} non esiste: vedere /operazioni.")
    esito = operazione.start(call.now)
    run = recupero.record_run(esito, principal=call.utenza.principal, now=call.now, id_operazione=id_operazione)
    dettaglio = f"Stato dell'esecuzione: /operazioni/stato/{run.id}"
    return Answer(body={**_index_json(operazione), "stato": _AVVIATA, "esito": esito, "dettaglio": dettaglio})


@routes.route(f"{BACKOFFICE}/operazioni/stato/{{id_esecuzione}}", methods=["GET"])
@operation("getStatoOperazione", diritto=Diritto.LETTURA, backoffice=_CONFIGURAZIONE)
def get_stato_operazione(_call: Call, id_esecuzione: str) -> Answer:
    """Show a run by its id, or all the last runs of an operation by that of the operation."""
    runs = recupero.last_runs(_operazione_of(id_esecuzione))
    asked = [run for run in runs if id_esecuzione in {run.id, run.id_operazione}]
    if not asked:
        raise OperazioneNotFound(f"Dell'esecuzione {id_esecuzione[:128]!r} non è conservato lo stato.")
    words = "\n".join(f"{as_rome(run.inizio):%d/%m/%Y %H:%M:%S} {_by(run)}: {run.esito}" for run in asked)
    stato = "OK" if all(run.riuscita for run in asked) else "WARN"
    return Answer(body={"percentuale": _CONCLUSA, "descrizione": words, "stato": stato})


def _operazione_of(id_esecuzione: str) -> str:
    """Give the operation of a run: its id begins with it.

    :raises OperazioneNotFound: 404000
    """
    name = id_esecuzione.partition("-")[0]
    if name not in Operazioni.known:
        raise OperazioneNotFound(f"L'operazione {name[:64]!r} non esiste: vedere /operazioni.")
    return name


def _by(run: Esecuzione) -> str:
    return "a orario" if run.principal is None else f"avviata da {run.principal}"


def _index_json(operazione: Operazione) -> dict[str, Any]:
    return {
        "idOperazione": operazione.id_operazione,
        "descrizione": operazione.descrizione,
        "location": f"/operazioni/{operazione.id_operazione}",
    }
