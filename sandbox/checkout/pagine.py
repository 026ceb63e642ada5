"""The pages of Checkout."""

from collections.abc import Sequence
from html import escape

from chalicelib.kernel.rome_time import as_rome
from sandbox.checkout.checkout import GUASTI, IRRAGGIUNGIBILE, Carrello, Stato
from sandbox.nodo.corrente import COMMISSIONE
from sandbox.nodo.guasti import Guasto
from sandbox.nodo.spedizione import SPIEGAZIONI, Quando
from sandbox.web.page import (
    facts,
    form,
    heading,
    hidden,
    link,
    message,
    page,
    paragraph,
    radios,
    table,
    text_field,
)

METODI = {
    "carta": "Carta di credito o di debito",
    "app": "App della banca",
    "conto": "Addebito in conto",
}
ESITI = {"paga": "il pagamento riesce", "rifiuta": "il pagamento è rifiutato dalla banca"}
_CHIUSI = {
    Stato.PAGATO: ("Il pagamento è già stato eseguito.", True),
    Stato.RIFIUTATO: ("Il pagamento è stato rifiutato: nulla è stato addebitato.", False),
    Stato.ANNULLATO: ("Il pagamento è stato annullato: nulla è stato addebitato.", False),
    Stato.NON_PAGABILE: ("Non è possibile pagare: uno degli avvisi non è pagabile. Nulla è stato addebitato.", False),
    Stato.SCADUTO: ("Il tempo per pagare è terminato: ripartire dal sito dell'ente.", False),
}


def scelta(carrello: Carrello) -> str:
    """Give the first page: what is paid, and by which means."""
    corpo = (
        _avvisi(carrello)
        + form(f"/c/{carrello.id}/metodo", radios("metodo", "Come vuoi pagare?", METODI, chosen="carta"), "Continua")
        + _annulla(carrello)
    )
    return page("Paga con pagoPA", corpo)


def riepilogo(carrello: Carrello, metodo: str) -> str:
    """Give the second page, after every ente has confirmed what is due."""
    righe = {
        "Metodo": METODI.get(metodo, METODI["carta"]),
        "Totale": f"{carrello.totale.italian()} €",
        "Commissione simulata": f"{COMMISSIONE.italian()} € per avviso",
    }
    campi = (
        radios("esito", "Nella sandbox: come va il pagamento", ESITI, chosen="paga")
        + radios("ricevute", "Nella sandbox: quando partono le ricevute", SPIEGAZIONI, chosen=Quando.SUBITO)
        + text_field("ritardo", "Secondi, se dopo il ritorno", value="2")
    )
    corpo = (
        _avvisi(carrello)
        + facts(righe)
        + form(f"/c/{carrello.id}/paga", campi, f"Paga {carrello.totale.italian()} €")
        + _annulla(carrello)
    )
    return page("Conferma il pagamento", corpo)


def concluso(carrello: Carrello) -> str:
    """Give the page of a cart that nothing can be done with any more."""
    detto, bene = _CHIUSI[carrello.stato]
    righe = {} if carrello.rifiuto is None else {"Codice": carrello.rifiuto.originale or carrello.rifiuto.codice}
    corpo = message(detto, good=bene) + facts(righe) + f"<p>{link('Torna al sito dell’ente', carrello.ritorno)}</p>"
    return page("Pagamento concluso" if bene else "Pagamento non possibile", corpo)


def home(carrelli: Sequence[Carrello], attivi: Sequence[Guasto]) -> str:
    """Give the page of whoever integrates: carts made, faults to switch on."""
    righe = [
        [
            link(as_rome(one.creato_il).strftime("%H:%M:%S"), f"/c/{one.id}"),
            escape(one.richiesta.id_cart or "-"),
            str(len(one.richiesta.avvisi)),
            escape(one.totale.italian()),
            escape(one.stato),
        ]
        for one in reversed(carrelli)
    ]
    acceso = ", ".join(one.nome for one in attivi)
    scelte = {nome: f"{nome}: {cosa}" for nome, cosa in GUASTI.items()}
    guasti = (
        (message(f"Guasti accesi: {acceso}", good=False) if attivi else paragraph("Nessun guasto acceso."))
        + form("/guasti", radios("nome", "Guasto", scelte, chosen=IRRAGGIUNGIBILE), "Accendi")
        + (form("/guasti", hidden("azione", "spegni"), "Spegni tutti") if attivi else "")
    )
    heads = ["Ora", "idCart", "Avvisi", "Euro", "Stato"]
    corpo = table("Carrelli", heads, righe[:50]) + heading("Guasti") + guasti
    return page("Checkout", corpo)


def _avvisi(carrello: Carrello) -> str:
    importi = [one.importo for one in carrello.tentativi or carrello.richiesta.avvisi]
    righe = [
        [
            escape(avviso.ente),
            escape(avviso.causale),
            escape(avviso.numero_avviso),
            f'<span class="n">{escape(importo.italian())} €</span>',
        ]
        for avviso, importo in zip(carrello.richiesta.avvisi, importi, strict=True)
    ]
    totale = paragraph(f"Totale: {carrello.totale.italian()} €")
    return table("Avvisi da pagare", ["Ente", "Causale", "Codice avviso", "Importo"], righe) + totale


def _annulla(carrello: Carrello) -> str:
    return form(f"/c/{carrello.id}/annulla", "", "Annulla e torna al sito dell'ente")
