"""The pages of the Nodo: what it remembers, what it pretends."""

from html import escape

from lxml import etree

from chalicelib.kernel.rome_time import as_rome
from chalicelib.nodo import soap
from sandbox.nodo import guasti
from sandbox.nodo.model import Scambio
from sandbox.nodo.nodo import Nodo
from sandbox.web.page import facts, form, heading, hidden, link, message, page, radios, source, table, text_field

_NAV = {"Nodo": "/"}
_MAX = 50


def home(nodo: Nodo) -> str:
    return page("Nodo dei Pagamenti", _guasti(nodo) + _ricevute(nodo) + _tentativi(nodo) + _messaggi(nodo), nav=_NAV)


def messaggio(one: Scambio) -> str:
    righe = {
        "Operazione": one.operazione,
        "Chiamato": one.verso,
        "Quando": as_rome(one.quando).strftime("%d/%m/%Y %H:%M:%S"),
        "Esito": one.esito,
        "Durata": f"{one.millisecondi} ms",
    }
    testi = heading("Richiesta") + source(_xml(one.richiesta)) + heading("Risposta") + source(_xml(one.risposta))
    return page(f"Messaggio {one.numero}", facts(righe) + testi, nav=_NAV)


def wisp(nodo: Nodo) -> str:
    righe = [
        [escape(iuv), escape(ccp), escape(tenuta.stati[-1][1])]
        for (_dominio, iuv, ccp), tenuta in nodo.archivio.tutte().items()
    ]
    spiega = message(
        "Il Nodo ha accolto il carrello. Per esitarne le RPT: POST /api/rt con idDominio, iuv, ccp, esito.", good=True
    )
    return page("Carrello accolto", spiega + table("RPT ricevute", ["IUV", "CCP", "Stato"], righe), nav=_NAV)


def _guasti(nodo: Nodo) -> str:
    attivi = nodo.guasti.attivi()
    acceso = ", ".join(one.nome for one in attivi)
    stato = message(f"Guasti accesi: {acceso}", good=False) if attivi else message("Nessun guasto acceso.", good=True)
    scelte = {nome: f"{nome}: {cosa}" for nome, cosa in guasti.NOMI.items() if not nome.startswith("PPT")}
    accende = form(
        "/guasti",
        radios("nome", "Guasto", scelte, chosen=guasti.IRRAGGIUNGIBILE)
        + text_field("altro", "Oppure un fault del Nodo", hint="ad esempio PPT_SYSTEM_ERROR", required=False),
        "Accendi",
    )
    spegne = form("/guasti", hidden("azione", "spegni"), "Spegni tutti") if attivi else ""
    return heading("Guasti") + stato + accende + spegne


def _ricevute(nodo: Nodo) -> str:
    righe = [
        [escape(one.iuv), escape(one.operazione), escape(one.stato), escape(one.esito or ""), str(one.invii)]
        for one in reversed(nodo.consegne.tutte())
    ]
    tabella = table("Ricevute consegnate a GovPay", ["IUV", "Messaggio", "Stato", "Risposta", "Invii"], righe[:_MAX])
    return heading("Ricevute") + tabella + form("/ricevute/reinvio", "", "Reinvia le non consegnate")


def _tentativi(nodo: Nodo) -> str:
    righe = [
        [escape(one.numero_avviso), escape(one.protocollo), escape(one.importo.italian()), escape(one.stato)]
        for one in reversed(nodo.tentativi())
    ]
    return heading("Pagamenti") + table("Tentativi", ["Avviso", "Protocollo", "Euro", "Stato"], righe[:_MAX])


def _messaggi(nodo: Nodo) -> str:
    righe = [
        [
            link(str(one.numero), f"/messaggi/{one.numero}"),
            as_rome(one.quando).strftime("%H:%M:%S"),
            escape(f"→ {one.verso}"),
            escape(one.operazione),
            escape(one.esito),
            f"{one.millisecondi} ms",
        ]
        for one in reversed(nodo.registro.tutti())
    ]
    heads = ["N.", "Ora", "Verso", "Operazione", "Esito", "Durata"]
    return heading("Messaggi") + table("Ultimi messaggi", heads, righe[:_MAX])


def _xml(body: bytes) -> str:
    try:
        return etree.tostring(soap.read_document(body), pretty_print=True, encoding="unicode")
    except soap.MessaggioIllegibile:
        return body.decode("utf-8", "replace")
