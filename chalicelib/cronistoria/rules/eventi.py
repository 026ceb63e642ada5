"""What the giornale tells of an IUV: exchanges, each by what it did rather than by its name on the wire."""

from collections.abc import Iterator
from datetime import timedelta

from chalicelib.cronistoria.model import Fase, Fatto, Materiale, Segno
from chalicelib.cronistoria.rules.stato import ccp_noto
from chalicelib.giornale.model import Evento
from chalicelib.kernel.exchange import Esito

F = Fase
_PAROLE: dict[str, tuple[Fase, str]] = {
    "addPendenza": (F.PENDENZA, "Pendenza inviata dal gestionale"),
    "updatePendenza": (F.PENDENZA, "Pendenza modificata"),
    "getPendenza": (F.PENDENZA, "Pendenza letta"),
    "getPendenzaByAvviso": (F.PENDENZA, "Pendenza letta per numero avviso"),
    "getAvviso": (F.AVVISO, "Avviso richiesto"),
    "getAvvisiDocumento": (F.AVVISO, "Avvisi del documento richiesti"),
    "paaVerificaRPT": (F.VERIFICA, "Verifica del PSP"),
    "paVerifyPaymentNotice": (F.VERIFICA, "Verifica del PSP"),
    "verifyPendenza": (F.VERIFICA, "Pendenza chiesta all'ente"),
    "paDemandPaymentNotice": (F.PENDENZA, "Avviso spontaneo chiesto dal PSP"),
    "addPagamento": (F.CARRELLO, "Pagamento avviato da un portale"),
    "getPagamento": (F.CARRELLO, "Pagamento letto dal portale"),
    "nodoInviaCarrelloRPT": (F.CARRELLO, "Carrello inviato al Nodo"),
    "PostCarts": (F.CARRELLO, "Carrello inviato a Checkout"),
    "paaAttivaRPT": (F.ATTIVAZIONE, "Attivazione dal PSP"),
    "paGetPayment": (F.ATTIVAZIONE, "Attivazione dal PSP"),
    "paGetPaymentV2": (F.ATTIVAZIONE, "Attivazione dal PSP"),
    "nodoInviaRPT": (F.RPT, "RPT inviata al Nodo"),
    "paaInviaRT": (F.RICEVUTA, "RT ricevuta dal Nodo"),
    "paSendRT": (F.RICEVUTA, "Ricevuta dal Nodo"),
    "paSendRTV2": (F.RICEVUTA, "Ricevuta dal Nodo"),
    "notifyPagamento": (F.NOTIFICA, "Notifica al gestionale"),
    "deletePagamento": (F.NOTIFICA, "Notifica di annullamento al gestionale"),
    "nodoChiediStatoRPT": (F.RECUPERO, "Stato della RPT chiesto al Nodo"),
    "nodoChiediListaPendentiRPT": (F.RECUPERO, "RPT pendenti chieste al Nodo"),
    "nodoChiediCopiaRT": (F.RECUPERO, "Copia della RT chiesta al Nodo"),
    "getOrganizationReceipt": (F.RECUPERO, "Ricevuta cercata in Biz-Events"),
    "recuperoPagamento": (F.RECUPERO, "Recupero del pagamento concluso"),
    "recuperoRicevuta": (F.RECUPERO, "Ricerca della ricevuta abbandonata"),
    "updateRpp": (F.RECUPERO, "Verifica riavviata da un operatore"),
    "addRiconciliazione": (F.INCASSO, "Incasso registrato"),
    "updateMovimentoDiCassa": (F.INCASSO, "Movimento di cassa assegnato da un operatore"),
}
# To read a page of a list, or a paper, is no step of a payment.
_LETTURE = frozenset(
    {"getCronistoria", "getRpp", "getRpt", "getRt", "getRiscossione", "getRiconciliazione", "getEvento", "findEventi"}
)
_CREATED = "201"


def scambi(materiale: Materiale) -> Iterator[Fatto]:
    """Tell every exchange, once: two searches may have found the same one."""
    seen: set[int] = set()
    for evento in materiale.eventi:
        if evento.id not in seen and evento.scambio.tipo_evento not in _LETTURE:
            seen.add(evento.id)
            yield _told(evento)


def _told(evento: Evento) -> Fatto:
    scambio = evento.scambio
    fase, titolo = _PAROLE.get(scambio.tipo_evento, (Fase.ALTRO, scambio.tipo_evento))
    if scambio.tipo_evento == "addPendenza" and scambio.esito is Esito.OK:
        titolo = "Pendenza caricata" if scambio.sottotipo_esito == _CREATED else "Pendenza aggiornata"
    return Fatto(
        data=scambio.data + timedelta(milliseconds=scambio.durata_ms),
        fase=fase,
        titolo=titolo,
        segno=Segno(scambio.esito.value),
        dettaglio=_detail(evento),
        ccp=ccp_noto(scambio.about.ccp),
        id_evento=evento.id,
    )


def _detail(evento: Evento) -> str | None:
    scambio = evento.scambio
    words = [scambio.tipo_evento]
    if scambio.esito is not Esito.OK:
        words += [part for part in (_status(evento), scambio.dettaglio_esito) if part]
    return ": ".join(words)


def _status(evento: Evento) -> str | None:
    """Say by which status or code it failed: of HTTP where nothing better is known."""
    scambio = evento.scambio
    code = scambio.sottotipo_esito
    if code is None:
        return None if scambio.risposta.stato is None else f"HTTP {scambio.risposta.stato}"
    return f"HTTP {code}" if code.isdecimal() and len(code) == len(_CREATED) else code
