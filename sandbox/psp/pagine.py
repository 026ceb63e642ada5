"""The pages of the PSP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from chalicelib.kernel.rome_time import as_rome
from sandbox.nodo.model import Posizione, Protocollo, Rifiuto
from sandbox.psp.psp import SPIEGAZIONI, Comportamento, EsitoPagamento, Pagamento
from sandbox.web.page import facts, form, heading, hidden, link, message, page, paragraph, radios, table, text_field

_NAV = {"Paga un avviso": "/"}
_PROTOCOLLI = {
    Protocollo.V2: "V2: paGetPaymentV2 e paSendRTV2 (SANP 3, attuale)",
    Protocollo.V1: "V1: paGetPayment e paSendRT",
    Protocollo.CLASSICO: "classico: paaVerificaRPT, paaAttivaRPT, RPT e RT",
}
# What a citizen is told, by the code of the ente.
_PER_IL_CITTADINO = {
    "PAA_PAGAMENTO_DUPLICATO": "L'avviso risulta già pagato.",
    "PAA_PAGAMENTO_SCADUTO": "L'avviso è scaduto: rivolgersi all'ente.",
    "PAA_PAGAMENTO_ANNULLATO": "L'avviso è stato annullato dall'ente.",
    "PAA_PAGAMENTO_SCONOSCIUTO": "L'ente non conosce questo avviso: controllare le cifre.",
    "PAA_PAGAMENTO_IN_CORSO": "Un pagamento di questo avviso è già in corso: riprovare più tardi.",
    "PPT_PAGAMENTO_IN_CORSO": "Un pagamento di questo avviso è già in corso: riprovare più tardi.",
    "PPT_DOMINIO_SCONOSCIUTO": "L'ente non è registrato: controllare il codice fiscale.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Altrove:
    """Where the rest of the world is, for the links."""

    govpay: str = ""
    nodo: str = ""
    gestionale: str = ""


def home(pagamenti: Sequence[Pagamento], *, errore: str = "", scritto: Mapping[str, str] | None = None) -> str:
    scritto = scritto or {}
    campi = (
        text_field(
            "codice",
            "Codice avviso o testo del QR",
            value=scritto.get("codice", ""),
            hint="18 cifre, gli spazi non contano; oppure PAGOPA|002|… letto dal QR code",
        )
        + text_field(
            "ente",
            "Codice fiscale dell'ente",
            value=scritto.get("ente", ""),
            hint="11 cifre; con il QR code non serve",
            required=False,
        )
        + radios("protocollo", "Protocollo", _PROTOCOLLI, chosen=scritto.get("protocollo", Protocollo.V2))
    )
    avvertenza = message(errore, good=False) if errore else ""
    return page("Paga un avviso", avvertenza + form("/verifica", campi, "Verifica") + _fatti(pagamenti), nav=_NAV)


def conferma(posizione: Posizione) -> str:
    righe = {
        "Ente": posizione.ente + (f", {posizione.ufficio}" if posizione.ufficio else ""),
        "Causale": posizione.causale,
        "Importo": f"{posizione.importo.italian()} €",
        "Codice avviso": _quattro(posizione.numero_avviso),
        "Codice fiscale ente": posizione.id_dominio,
    }
    if posizione.scadenza:
        righe["Entro il"] = posizione.scadenza.strftime("%d/%m/%Y")
    campi = (
        hidden("codice", posizione.numero_avviso)
        + hidden("ente", posizione.id_dominio)
        + hidden("protocollo", posizione.protocollo)
        + hidden("importo", str(posizione.importo))
        + radios("comportamento", "Come si comporta il PSP", SPIEGAZIONI, chosen=Comportamento.PAGA)
    )
    return page("Conferma il pagamento", facts(righe) + form("/paga", campi, "Paga"), nav=_NAV)


def rifiutato(rifiuto: Rifiuto, scritto: Mapping[str, str]) -> str:
    codice = rifiuto.originale or rifiuto.codice
    detto = _PER_IL_CITTADINO.get(codice, "Il pagamento non è possibile.")
    righe = {"Codice": codice, "Risposta": rifiuto.descrizione, "Dettaglio": rifiuto.dettaglio or "-"}
    # Stand-In is for an ente that does not answer: then the amount is that of the QR code.
    campi = "".join(hidden(nome, scritto.get(nome, "")) for nome in ("codice", "ente", "protocollo"))
    stand_in = ""
    if scritto.get("codice", "").startswith("PAGOPA|") and rifiuto.codice.startswith("PPT_STAZIONE"):
        stand_in = form("/paga", campi + hidden("comportamento", Comportamento.STAND_IN), "Paga in Stand-In")
    return page("Pagamento non possibile", message(detto, good=False) + facts(righe) + stand_in, nav=_NAV)


def esito(pagamento: Pagamento, altrove: Altrove) -> str:
    detti = {
        EsitoPagamento.PAGATO: ("Pagamento eseguito.", True),
        EsitoPagamento.NON_PAGATO: ("Il pagamento non è riuscito: nulla è stato addebitato.", False),
        EsitoPagamento.RIFIUTATO: ("Il pagamento non è stato possibile.", False),
        EsitoPagamento.IN_ATTESA: ("Pagamento eseguito: la ricevuta partirà fra poco. Ricaricare la pagina.", True),
    }
    detto, bene = detti[pagamento.esito]
    importo = pagamento.importo
    righe = {
        "Codice avviso": _quattro(pagamento.numero_avviso),
        "IUV": pagamento.iuv or "-",
        "Importo": f"{importo.italian()} €" if importo else "-",
        "Protocollo": pagamento.protocollo,
        "Comportamento": SPIEGAZIONI[pagamento.comportamento],
    }
    if pagamento.posizione:
        righe = {"Ente": pagamento.posizione.ente, "Causale": pagamento.posizione.causale} | righe
    if pagamento.rifiuto:
        righe["Risposta"] = str(pagamento.rifiuto)
    corpo = message(detto, good=bene) + facts(righe) + _ricevute(pagamento) + _collegamenti(pagamento, altrove)
    return page("Esito del pagamento", corpo, nav=_NAV)


def _ricevute(pagamento: Pagamento) -> str:
    righe = [
        [escape(one.operazione), "positiva" if one.positiva else "negativa", escape(one.token), escape(one.esito or "")]
        for one in pagamento.ricevute
    ]
    tabella = table("Ricevute inviate a GovPay", ["Messaggio", "Esito", "Identificativo", "Risposta"], righe)
    return heading("Ricevute") + tabella + paragraph(f"Risposte, nell'ordine: {', '.join(pagamento.risposte) or '-'}")


def _collegamenti(pagamento: Pagamento, altrove: Altrove) -> str:
    voci = []
    if altrove.nodo:
        voci.append(link("I messaggi scambiati, nel Nodo", altrove.nodo))
    if altrove.gestionale:
        voci.append(link("Le notifiche arrivate al gestionale", altrove.gestionale))
    if altrove.govpay and pagamento.iuv:
        base = f"{altrove.govpay}/govpay/backend/api/backoffice/rs/basic/v1"
        voci.append(link("Gli eventi in GovPay", f"{base}/eventi?idDominio={pagamento.id_dominio}&iuv={pagamento.iuv}"))
        voci.extend(
            link(f"Il tentativo {token} in GovPay", f"{base}/rpp/{pagamento.id_dominio}/{pagamento.iuv}/{token}")
            for token in pagamento.token
        )
    return heading("Per saperne di più") + "<ul>" + "".join(f"<li>{one}</li>" for one in voci) + "</ul>"


def _fatti(pagamenti: Sequence[Pagamento]) -> str:
    righe = [
        [
            link(str(one.numero), f"/pagamenti/{one.numero}"),
            as_rome(one.quando).strftime("%H:%M:%S"),
            escape(one.numero_avviso),
            escape(one.importo.italian() if one.importo else "-"),
            escape(one.esito),
        ]
        for one in reversed(pagamenti)
    ]
    return heading("Pagamenti") + table("Fatti finora", ["N.", "Ora", "Avviso", "Euro", "Esito"], righe[:50])


def _quattro(numero: str) -> str:
    return " ".join(numero[start : start + 4] for start in range(0, len(numero), 4))
