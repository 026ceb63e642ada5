"""REST: /quadrature/riscossioni and /reportistiche/entrate-previste, on API Backoffice."""

from datetime import datetime, timedelta

from chalice.app import Blueprint

from chalicelib.kernel.refusals import ParametroNonValido
from chalicelib.kernel.rome_time import end_of_day, rome_day, start_of_day
from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.pagamenti.model import TipoRiscossione
from chalicelib.rest.operation import BACKOFFICE, Answer, Call, attachment, operation
from chalicelib.rest.paging import envelope, instant, page_request
from chalicelib.riconciliazione.quadrature import queries, schemas
from chalicelib.riconciliazione.quadrature.queries import FiltriQuadratura
from chalicelib.riconciliazione.quadrature.rules import Gruppo
from chalicelib.riconciliazione.routes.shared import values_of

routes = Blueprint(__name__)
_RENDICONTAZIONI = Servizio.RENDICONTAZIONI
MAX_GIORNI = 366
# As the contract has it; what is counted is counted once for all pages.
_PER_PAGINA_MAX = 5000
_GIORNI = 31  # what is counted where no date is given
_PDF = "application/pdf"
_FILTRI = {
    "idTipoPendenza": Gruppo.TIPO_PENDENZA,
    "idA2A": Gruppo.APPLICAZIONE,
    "idUnita": Gruppo.UNITA_OPERATIVA,
    "direzione": Gruppo.DIREZIONE,
    "divisione": Gruppo.DIVISIONE,
    "tassonomia": Gruppo.TASSONOMIA,
}


@routes.route(f"{BACKOFFICE}/quadrature/riscossioni", methods=["GET"])
@operation("findQuadratureRiscossioni", diritto=Diritto.LETTURA, backoffice=_RENDICONTAZIONI)
def find_quadrature(call: Call) -> Answer:
    request, filtri = page_request(call, most=_PER_PAGINA_MAX), _filtri(call)
    gruppi = [Gruppo(name) for name in dict.fromkeys(values_of(call, "gruppi", tuple(Gruppo)))]
    if not gruppi:
        raise ParametroNonValido(f"gruppi: indicare uno o più fra {', '.join(Gruppo)}.")
    found = queries.quadratura(utenza=call.utenza, filtri=filtri, gruppi=gruppi, now=call.now)
    tipo = next(iter(filtri.tipi)) if len(filtri.tipi) == 1 else None
    page = found[request.skip : request.skip + request.per_pagina]
    items = [schemas.statistica_json(one, gruppi, da=filtri.da, a=filtri.a, tipo=tipo) for one in page]
    has_next = len(found) > request.skip + request.per_pagina
    return Answer(body=envelope(call, request, items, has_next=has_next, total=len(found)))


@routes.route(f"{BACKOFFICE}/reportistiche/entrate-previste", methods=["GET"])
@operation("getReportEntratePreviste", diritto=Diritto.LETTURA, backoffice=_RENDICONTAZIONI)
def get_entrate_previste(call: Call) -> Answer:
    """Give the payments of some days, by page as JSON, or all of them with Accept application/pdf."""
    request, filtri = page_request(call, most=_PER_PAGINA_MAX), _filtri(call)
    keys = queries.entrate(utenza=call.utenza, filtri=filtri, now=call.now)
    if "pdf" in call.headers.get("accept", "").lower():
        return _paper(call, filtri, queries.read_entrate(keys))
    page = keys[request.skip : request.skip + request.per_pagina]
    items = [schemas.entrata_json(entrata) for entrata in queries.read_entrate(page)]
    has_next = len(keys) > request.skip + request.per_pagina
    return Answer(body=envelope(call, request, items, has_next=has_next, total=len(keys)))


def _paper(call: Call, filtri: FiltriQuadratura, entrate: list[queries.Entrata]) -> Answer:
    from chalicelib.riconciliazione.quadrature.stampa import entrate_pdf

    da, a = rome_day(filtri.da), rome_day(filtri.a)
    pdf = entrate_pdf(entrate, da=da, a=a, now=call.now)
    return attachment(pdf, content_type=_PDF, file_name=f"entrate_{da:%Y%m%d}_{a:%Y%m%d}.pdf")


def _filtri(call: Call) -> FiltriQuadratura:
    """Read the filters: the last month where no date is given.

    :raises ParametroNonValido: 100001, for what is not a value, or for more days than are counted
    """
    da, a = _days(call)
    return FiltriQuadratura(
        da=da,
        a=a,
        domini=_values(call, "idDominio"),
        tipi=frozenset(values_of(call, "tipo", tuple(TipoRiscossione))),
        valori={gruppo: _values(call, name) for name, gruppo in _FILTRI.items()},
    )


def _days(call: Call) -> tuple[datetime, datetime]:
    da, a = instant(call, "dataDa"), instant(call, "dataA", end_of_day=True)
    last = a or (end_of_day(rome_day(call.now)) if da is None else min(_after(da), end_of_day(rome_day(call.now))))
    first = da or start_of_day(rome_day(last) - timedelta(days=_GIORNI - 1))
    if (rome_day(last) - rome_day(first)).days >= MAX_GIORNI:
        raise ParametroNonValido(f"dataDa, dataA: indicare un intervallo di al più {MAX_GIORNI} giorni.")
    return first, last


def _after(da: datetime) -> datetime:
    return end_of_day(rome_day(da) + timedelta(days=MAX_GIORNI - 1))


def _values(call: Call, name: str) -> frozenset[str]:
    return frozenset(part for value in call.query.get(name, ()) for part in value.split(",") if part)
