"""REST: /rendicontazioni and /quadrature/rendicontazioni, on API Backoffice (GovPay 3.9 API)."""

from datetime import datetime, timedelta

from chalice.app import Blueprint

from chalicelib.kernel.refusals import ParametroNonValido
from chalicelib.kernel.rome_time import end_of_day, rome_day, start_of_day
from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.rest.operation import BACKOFFICE, Answer, Call, operation
from chalicelib.rest.paging import envelope, instant, page_request
from chalicelib.riconciliazione.rendicontazioni import queries, schemas
from chalicelib.riconciliazione.rendicontazioni.rules import FiltriRendicontazioni, Gruppo
from chalicelib.riconciliazione.routes.shared import crescente, values_of

routes = Blueprint(__name__)
_RENDICONTAZIONI = Servizio.RENDICONTAZIONI
MAX_GIORNI = 366
_GIORNI = timedelta(days=31)  # what is shown where no date is given, and how late a flow may report what was paid
_DA, _A = "flussoRendicontazione.dataFlussoDa", "flussoRendicontazione.dataFlussoA"


@routes.route(f"{BACKOFFICE}/rendicontazioni", methods=["GET"])
@operation("findRendicontazioni", diritto=Diritto.LETTURA, backoffice=_RENDICONTAZIONI)
def find_rendicontazioni(call: Call) -> Answer:
    """Give the rows of flows, in the order of the flows and of their rows."""
    request, filtri = page_request(call), _filtri(call)
    found, total = queries.find(
        utenza=call.utenza, filtri=filtri, skip=request.skip, size=request.per_pagina, now=call.now
    )
    items = [schemas.rendicontata_json(row, now=call.now) for row in found]
    has_next = total > request.skip + request.per_pagina
    return Answer(
        body=envelope(call, request, items, has_next=has_next, total=total, cap=max(total, queries.MAX_RIGHE))
    )


@routes.route(f"{BACKOFFICE}/quadrature/rendicontazioni", methods=["GET"])
@operation("findQuadratureRendicontazioni", diritto=Diritto.LETTURA, backoffice=_RENDICONTAZIONI)
def find_quadrature(call: Call) -> Answer:
    request, filtri = page_request(call), _filtri(call)
    gruppi = [Gruppo(name) for name in dict.fromkeys(values_of(call, "gruppi", tuple(Gruppo)))]
    if not gruppi:
        raise ParametroNonValido(f"gruppi: indicare uno o più fra {', '.join(Gruppo)}.")
    found = queries.quadratura(utenza=call.utenza, filtri=filtri, gruppi=gruppi, now=call.now)
    items = [schemas.statistica_json(one) for one in found[request.skip : request.skip + request.per_pagina]]
    has_next = len(found) > request.skip + request.per_pagina
    return Answer(body=envelope(call, request, items, has_next=has_next, total=len(found)))


def _filtri(call: Call) -> FiltriRendicontazioni:
    """Read the filters.

    :raises ParametroNonValido: 100001, for what is not a value, or for more days than are read
    """
    da, a = instant(call, "dataDa"), instant(call, "dataA", end_of_day=True)
    flusso_da, flusso_a = _flows(call, da, a)
    return FiltriRendicontazioni(
        flusso_da=flusso_da,
        flusso_a=flusso_a,
        da=None if da is None else rome_day(da),
        a=None if a is None else rome_day(a),
        id_dominio=call.text("idDominio"),
        id_flusso=call.text("idFlusso"),
        iuv=call.text("iuv"),
        direzioni=_values(call, "direzione"),
        divisioni=_values(call, "divisione"),
        escludi_obsoleti=call.flag("escludiObsoleti", default=True),
        crescente=crescente(call),
    )


def _flows(call: Call, da: datetime | None, a: datetime | None) -> tuple[datetime | None, datetime | None]:
    """Give of which days the flows are: as asked; where a flow or an IUV is named, of any.

    Else of the last month, or of the days of payment and a month behind them: flows come after.
    """
    first, last = instant(call, _DA), instant(call, _A, end_of_day=True)
    if call.text("idFlusso") is not None or call.text("iuv") is not None:
        return first, last
    today = end_of_day(rome_day(call.now))
    last = last or (min(a + _GIORNI, today) if a is not None else _until(first or da, today))
    first = first or da or start_of_day(rome_day(last - _GIORNI + timedelta(days=1)))
    if (rome_day(last) - rome_day(first)).days >= MAX_GIORNI:
        raise ParametroNonValido(f"{_DA}, {_A}: indicare un intervallo di al più {MAX_GIORNI} giorni.")
    return first, last


def _until(first: datetime | None, today: datetime) -> datetime:
    return today if first is None else min(first + timedelta(days=MAX_GIORNI - 1), today)


def _values(call: Call, name: str) -> frozenset[str]:
    return frozenset(part for value in call.query.get(name, ()) for part in value.split(",") if part)
