"""nodoChiediElencoFlussiRendicontazione: the flows that the Nodo has for an ente (classic, without pages)."""

from chalicelib.nodo.binding import PPT, complex_type, many, message, tag
from chalicelib.nodo.messages.richiesta_nodo import RispostaNodo
from chalicelib.nodo.messages.simple_types import IsoDateTime, Password, Text35, XsdInt, XsdString


@message("nodoChiediElencoFlussiRendicontazione", ns=PPT)
class NodoChiediElencoFlussiRendicontazione:
    identificativo_intermediario_pa: Text35 = tag("identificativoIntermediarioPA")
    identificativo_stazione_intermediario_pa: Text35 = tag("identificativoStazioneIntermediarioPA")
    password: Password
    identificativo_dominio: Text35 | None = None
    identificativo_psp: Text35 | None = tag("identificativoPSP", default=None)


@complex_type()
class IdRendicontazione:
    identificativo_flusso: XsdString
    data_ora_flusso: IsoDateTime


@complex_type()
class ElencoFlussiRendicontazione:
    tot_restituiti: XsdInt
    id_rendicontazione: tuple[IdRendicontazione, ...] = many(0, None, default=())


@message("nodoChiediElencoFlussiRendicontazioneRisposta", ns=PPT)
class NodoChiediElencoFlussiRendicontazioneRisposta(RispostaNodo):
    elenco_flussi_rendicontazione: ElencoFlussiRendicontazione | None = None
