"""The pages of the WISP and of the PSP chosen there."""

from collections.abc import Sequence
from html import escape
from urllib.parse import urlencode

from chalicelib.kernel.rome_time import as_rome
from sandbox.nodo.carrelli import CarrelloRpt, StatoCarrello
from sandbox.nodo.spedizione import SPIEGAZIONI as PARTENZE
from sandbox.nodo.spedizione import Quando
from sandbox.web.page import facts, form, hidden, link, message, page, paragraph, radios, table, text_field
from sandbox.wisp.wisp import PSP, SPIEGAZIONI, Azione, Wisp


def scelta(wisp: Wisp, carrello: CarrelloRpt) -> str:
    """Give the first page: what is paid, and at which PSP."""
    sceglie = form(
        "/psp", _sessione(carrello) + radios("psp", "Presso chi vuoi pagare?", PSP, chosen="BSNDIT2T"), "Continua"
    )
    return page("Scegli come pagare", _versamenti(wisp, carrello) + sceglie + _annulla(carrello))


def al_psp(wisp: Wisp, carrello: CarrelloRpt) -> str:
    """Give the page of the PSP."""
    totale = f"{wisp.totale(carrello).italian()} €"
    campi = (
        _sessione(carrello)
        + radios("azione", "Nella sandbox: come va il pagamento", SPIEGAZIONI, chosen=Azione.PAGA)
        + radios("ricevute", "Nella sandbox: quando partono le RT", PARTENZE, chosen=Quando.SUBITO)
        + text_field("ritardo", "Secondi, se dopo il ritorno", value="2")
    )
    righe = {"PSP": PSP[carrello.psp or "BSNDIT2T"], "Totale": totale}
    return page("Conferma il pagamento", facts(righe) + form("/paga", campi, f"Paga {totale}") + _annulla(carrello))


def concluso(wisp: Wisp, carrello: CarrelloRpt) -> str:
    """Give the page of a session that has ended."""
    pagato = carrello.stato is StatoCarrello.PAGATO
    detto = "Il pagamento è già stato eseguito." if pagato else "Il pagamento non è stato eseguito."
    ritorno = wisp.ritorno(carrello, "OK" if pagato else "ERROR")
    return page("Sessione conclusa", message(detto, good=pagato) + f"<p>{link('Torna al sito dell’ente', ritorno)}</p>")


def home(wisp: Wisp, carrelli: Sequence[CarrelloRpt]) -> str:
    """Give the page of whoever integrates: the sessions begun."""
    righe = [
        [
            link(as_rome(one.creato_il).strftime("%H:%M:%S"), f"/?{urlencode({'idSession': one.id_session})}"),
            escape(one.id_carrello or "RPT singola"),
            str(len(one.chiavi)),
            escape(wisp.totale(one).italian()),
            escape(one.stato),
        ]
        for one in reversed(carrelli)
    ]
    spiega = paragraph("Qui arriva chi paga un carrello di RPT: GovPay ottiene l'indirizzo da nodoInviaCarrelloRPT.")
    return page("WISP", spiega + table("Sessioni", ["Ora", "Carrello", "RPT", "Euro", "Stato"], righe[:50]))


def _versamenti(wisp: Wisp, carrello: CarrelloRpt) -> str:
    righe = []
    for tenuta in wisp.rpt(carrello):
        versamento = tenuta.rpt.dati_versamento
        righe.append(
            [
                escape(tenuta.rpt.ente_beneficiario.denominazione_beneficiario),
                escape(versamento.dati_singolo_versamento[0].causale_versamento),
                escape(versamento.identificativo_univoco_versamento),
                f'<span class="n">{escape(versamento.importo_totale_da_versare.italian())} €</span>',
            ]
        )
    tabella = table("Versamenti", ["Ente", "Causale", "IUV", "Importo"], righe)
    return tabella + paragraph(f"Totale: {wisp.totale(carrello).italian()} €")


def _annulla(carrello: CarrelloRpt) -> str:
    return form("/paga", _sessione(carrello) + hidden("azione", Azione.ANNULLA), "Annulla e torna al sito dell'ente")


def _sessione(carrello: CarrelloRpt) -> str:
    return hidden("idSession", carrello.id_session)
