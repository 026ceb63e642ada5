"""The operations that are measured, each from the state in which the field meets it."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chalicelib.kernel.importo import Importo
from chalicelib.nodo.messages.paa_attiva_rpt import DatiPagamentoPsp, PaaAttivaRpt
from chalicelib.nodo.messages.paa_invia_rt import PaaInviaRt
from chalicelib.nodo.messages.paa_verifica_rpt import PaaVerificaRpt
from sandbox.bench import events
from sandbox.bench.events import Request
from sandbox.bench.timing import REPETITIONS
from sandbox.bench.world import BACKOFFICE, IMPORTO, PAGAMENTO, PENDENZE, Carico, Handle, World
from sandbox.nodo import client
from tests import builders_anagrafica as comune

_PDF = "application/pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """`prepare` leads a world to the state before the operation and gives the call of the Lambda handler.

    `calls_max` is the target, None where there is none; `prints`: it draws a PDF, which no AWS call is the floor of;
    `repetitions`: how often its CPU is taken, less where it is much.
    """

    name: str
    prepare: Callable[[World], Handle]
    calls_max: int | None = None
    prints: bool = False
    repetitions: int = REPETITIONS


def _verify(world: World) -> Handle:
    return world.handle(world.verify(world.load()))


def _get_payment(world: World) -> Handle:
    return world.handle(world.get_payment(world.load()))


def _send_rt(world: World) -> Handle:
    carico = world.load()
    return world.handle(world.receipt(carico, world.activate(carico)))


def _verifica_rpt(world: World) -> Handle:
    header = world.classic_header(world.load(classica=True), "n/a")
    return world.handle(world.soap(PaaVerificaRpt(identificativo_psp=world.psp.id_psp), header=header))


def _attiva_of(world: World, carico: Carico, ccp: str) -> Request:
    psp = world.psp
    attiva = PaaAttivaRpt(
        identificativo_psp=psp.id_psp,
        dati_pagamento_psp=DatiPagamentoPsp(importo_singolo_versamento=Importo(IMPORTO.cents)),
        identificativo_intermediario_psp=psp.id_intermediario,
        identificativo_canale_psp=psp.id_canale,
    )
    return world.soap(attiva, header=world.classic_header(carico, ccp))


def _ccp(carico: Carico) -> str:
    return f"CCP{carico.id_pendenza}"


def _attiva_rpt(world: World) -> Handle:
    carico = world.load(classica=True)
    return world.handle(_attiva_of(world, carico, _ccp(carico)))


def _invia_rt(world: World) -> Handle:
    carico = world.load(classica=True)
    ccp = _ccp(carico)
    world.call(_attiva_of(world, carico, ccp))
    message = PaaInviaRt(tipo_firma="0", rt=world.rt(carico, ccp))
    return world.handle(world.soap(message, header=world.classic_header(carico, ccp), path=client.RT))


def _put_new(world: World) -> Handle:
    world.load()  # so that a block of IUVs is in the process, as it is ninety-nine times of a hundred under load
    return world.handle(world.put_of(world.new_id()))


def _put_update(world: World) -> Handle:
    carico = world.load()
    return world.handle(world.put_of(carico.id_pendenza, causale="TARI 2026, rettificata"))


def _printing(request: Request) -> Request:
    return Request(**{**_fields(request), "url": f"{request.url}?stampaAvviso=true"})


def _fields(request: Request) -> dict[str, Any]:
    return {name: getattr(request, name) for name in Request.__slots__}


def _put_printing_cold(world: World) -> Handle:
    world.load()
    return world.handle(_printing(world.put_of(world.new_id())))


def _put_printing_cached(world: World) -> Handle:
    request = _printing(world.put_of(world.new_id()))
    world.call(request)
    return world.handle(request)


def _get_pendenza(world: World) -> Handle:
    return world.handle(world.gestionale("GET", world.load().url))


def _get_unmet_pendenza(world: World) -> Handle:
    from chalicelib.pendenze import incontrate

    handle = _get_pendenza(world)

    def unmet() -> Any:
        incontrate.forget()
        return handle()

    return unmet


def list_request(world: World, *, totals: bool, per_pagina: int = 25) -> Request:
    flags = "" if totals else "&metadatiPaginazione=false&maxRisultati=false"
    return world.gestionale("GET", f"{PENDENZE}/pendenze?risultatiPerPagina={per_pagina}{flags}")


def _list(world: World) -> Handle:
    _fill(world)
    return world.handle(list_request(world, totals=True))


def _list_without_totals(world: World) -> Handle:
    _fill(world)
    return world.handle(list_request(world, totals=False))


def _fill(world: World) -> None:
    for _ in range(26):
        world.load()


def _avviso(world: World, carico: Carico, accept: str) -> Request:
    return world.gestionale("GET", f"{PENDENZE}/avvisi/{carico.id_dominio}/{carico.numero_avviso}", Accept=accept)


def _avviso_json(world: World) -> Handle:
    return world.handle(_avviso(world, world.load(), "application/json"))


def _avviso_pdf_cold(world: World) -> Handle:
    return world.handle(_avviso(world, world.load(), _PDF))


def _avviso_pdf_cached(world: World) -> Handle:
    request = _avviso(world, world.load(), _PDF)
    world.call(request)
    return world.handle(request)


def _rpp_url(world: World) -> str:
    carico = world.paid()
    found = events.read_json(world.call(world.gestionale("GET", f"{PENDENZE}/rpp?iuv={carico.iuv}")))
    ccp = found["risultati"][0]["rpt"]["datiVersamento"]["codiceContestoPagamento"]
    return f"{PENDENZE}/rpp/{carico.id_dominio}/{carico.iuv}/{ccp}"


def _get_rpp(world: World) -> Handle:
    return world.handle(world.gestionale("GET", _rpp_url(world)))


def _get_rt_pdf(world: World) -> Handle:
    return world.handle(world.gestionale("GET", f"{_rpp_url(world)}/rt", Accept=_PDF))


def _notifica(world: World) -> Handle:
    world.paid()
    return world.consume("notifiche_consumer", world.last_message("notifiche"))


def _giornale(world: World) -> Handle:
    world.load()
    return world.consume("giornale_consumer", world.last_message("giornale"))


def _rpt(world: World) -> Handle:
    carico = world.load(classica=True)
    world.call(_attiva_of(world, carico, _ccp(carico)))
    return world.consume("nodo_rpt_consumer", world.last_message("nodo-rpt"))


def _pagamento(world: World, *, classica: bool) -> Handle:
    carico = world.load(classica=classica)
    pendenza = {"idA2A": comune.A2A_COMUNE, "idPendenza": carico.id_pendenza}
    body = json.dumps({"pendenze": [pendenza], "urlRitorno": "https://portale.example/esito"}).encode()
    return world.handle(world.gestionale("POST", f"{PAGAMENTO}/pagamenti", body))


def _a_checkout(world: World) -> Handle:
    return _pagamento(world, classica=False)


def _al_wisp(world: World) -> Handle:
    return _pagamento(world, classica=True)


def _cronistoria(world: World) -> Handle:
    carico = world.paid()
    url = f"{BACKOFFICE}/eventi/cronistoria?idDominio={carico.id_dominio}&iuv={carico.iuv}"
    return world.handle(Request(method="GET", url=url, user=comune.GPADMIN, password=comune.PASSWORD_GPADMIN))


def _backoffice(path: str) -> Callable[[World], Handle]:
    """Give what asks backoffice for a page of 25 of what some payments left behind."""

    def prepare(world: World) -> Handle:
        world.paid()
        url = f"{BACKOFFICE}/{path}"
        return world.handle(Request(method="GET", url=url, user=comune.GPADMIN, password=comune.PASSWORD_GPADMIN))

    return prepare


# The lists of backoffice: of each a page without totals, which are counted apart.
_PAGINA = "risultatiPerPagina=25&metadatiPaginazione=false&maxRisultati=false"
LISTE = tuple(
    Operation(name=f"GET {nome}, page of 25", prepare=_backoffice(f"{path}?{_PAGINA}"), repetitions=5)
    for nome, path in (
        ("notifiche", "notifiche"),
        ("promemoria", "promemoria"),
        ("rpp", "rpp"),
        ("riscossioni", "riscossioni"),
        ("flussi", "flussiRendicontazione"),
        ("incassi", "incassi"),
        ("eventi", "eventi"),
    )
)

OPERATIONS = (
    Operation(name="paVerifyPaymentNotice", prepare=_verify, calls_max=2),
    Operation(name="paGetPaymentV2", prepare=_get_payment, calls_max=3),
    Operation(name="paSendRTV2", prepare=_send_rt, calls_max=4),
    Operation(name="paaVerificaRPT", prepare=_verifica_rpt),
    Operation(name="paaAttivaRPT", prepare=_attiva_rpt),
    Operation(name="paaInviaRT", prepare=_invia_rt),
    Operation(name="PUT pendenza, new", prepare=_put_new, calls_max=3),
    Operation(name="PUT pendenza, update", prepare=_put_update, calls_max=3),
    Operation(name="PUT stampaAvviso, cold", prepare=_put_printing_cold, prints=True),
    Operation(name="PUT stampaAvviso, cached", prepare=_put_printing_cached),
    Operation(name="GET pendenza", prepare=_get_pendenza, calls_max=1),
    Operation(name="GET pendenza, not met", prepare=_get_unmet_pendenza, calls_max=2),
    Operation(name="GET pendenze, page of 25", prepare=_list),
    Operation(name="GET pendenze, no totals", prepare=_list_without_totals),
    Operation(name="GET avviso JSON", prepare=_avviso_json),
    Operation(name="GET avviso PDF, cold", prepare=_avviso_pdf_cold, prints=True),
    Operation(name="GET avviso PDF, cached", prepare=_avviso_pdf_cached),
    Operation(name="GET rpp", prepare=_get_rpp),
    Operation(name="GET rt PDF", prepare=_get_rt_pdf, prints=True),
    Operation(name="POST pagamenti, Checkout", prepare=_a_checkout, calls_max=6),
    Operation(name="POST pagamenti, WISP", prepare=_al_wisp, calls_max=7),
    Operation(name="GET cronistoria, paid", prepare=_cronistoria, calls_max=16),
    *LISTE,
    Operation(
        name="GET quadrature riscossioni",
        prepare=_backoffice(f"quadrature/riscossioni?gruppi=DOMINIO&{_PAGINA}"),
        repetitions=5,
    ),
    Operation(name="notifica delivery", prepare=_notifica),
    Operation(name="giornale store", prepare=_giornale),
)


class Leases:
    """The IUV blocks of this process as they were: a repetition draws the number that the recording drew."""

    def __init__(self) -> None:
        from chalicelib.pendenze import iuv

        self._leases = iuv._leases
        self._kept = copy.deepcopy(dict(self._leases))

    def restore(self) -> None:
        self._leases.clear()
        self._leases.update(copy.deepcopy(self._kept))
