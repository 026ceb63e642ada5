"""nodoChiediStatoRPT: what became of an RPT (classic)."""

from chalicelib.nodo.binding import PPT, complex_type, many, message, tag
from chalicelib.nodo.messages.richiesta_nodo import ChiaveRpt, RispostaNodo
from chalicelib.nodo.messages.simple_types import IsoDateTime, XsdInt, XsdIntOrZero, XsdString


@message("nodoChiediStatoRPT", ns=PPT)
class NodoChiediStatoRpt(ChiaveRpt):
    pass


@complex_type()
class StoricoRpt:
    data: IsoDateTime
    stato: XsdString
    descrizione: XsdString


@complex_type()
class StoricoVersamento:
    progressivo: XsdInt
    data: IsoDateTime
    stato: XsdString
    descrizione: XsdString


@complex_type()
class EsitoChiediStatoRpt:
    stato: XsdString
    redirect: XsdIntOrZero | None = None
    url: XsdString | None = None
    elemento_storico_rpt: tuple[StoricoRpt, ...] = many(0, None, "elementoStoricoRPT", default=())
    elemento_storico_versamento: tuple[StoricoVersamento, ...] = many(0, None, default=())


@message("nodoChiediStatoRPTRisposta", ns=PPT)
class NodoChiediStatoRptRisposta(RispostaNodo):
    """The XSD wants `esito` even beside a fault; we read a fault alone too, there being no state to tell then."""

    esito: EsitoChiediStatoRpt | None = tag(default=None)
