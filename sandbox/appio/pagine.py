"""The pages of App IO: what a citizen would see in the app, who is on it, faults."""

from collections.abc import Mapping, Sequence
from html import escape

from chalicelib.kernel.rome_time import as_rome
from sandbox.appio.appio import GUASTI, ISCRIZIONI, TROPPE, Iscrizione, Messaggio
from sandbox.nodo.guasti import Guasto
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
    source,
    table,
    text_field,
)


def home(messaggi: Sequence[Messaggio], iscritti: Mapping[str, Iscrizione], attivi: Sequence[Guasto]) -> str:
    """Give the page of whoever integrates."""
    righe = [
        [
            link(_ora(uno), _indirizzo(uno)),
            escape(uno.testo.codice_fiscale),
            escape(uno.testo.oggetto),
            escape(_euro(uno)),
        ]
        for uno in reversed(messaggi)
    ]
    cittadini = [[escape(chi), escape(ISCRIZIONI[come])] for chi, come in sorted(iscritti.items())]
    acceso = ", ".join(uno.nome for uno in attivi)
    scelte = {nome: f"{nome}: {cosa}" for nome, cosa in GUASTI.items()}
    corpo = (
        table("Messaggi", ["Ora", "A", "Oggetto", "Euro"], righe[:50])
        + heading("Cittadini")
        + table("Chi è su App IO", ["Codice fiscale", "Iscrizione"], cittadini)
        + paragraph("Chi non è nell'elenco non è su App IO.")
        + form(
            "/cittadini",
            text_field("codice_fiscale", "Codice fiscale")
            + radios("iscrizione", "Il cittadino", ISCRIZIONI, chosen=Iscrizione.AMMETTE),
            "Registra",
        )
        + heading("Guasti")
        + (message(f"Guasti accesi: {acceso}", good=False) if attivi else paragraph("Nessun guasto acceso."))
        + form("/guasti", radios("nome", "Guasto", scelte, chosen=TROPPE), "Accendi")
        + (form("/guasti", hidden("azione", "spegni"), "Spegni tutti") if attivi else "")
    )
    return page("App IO", corpo)


def uno(messaggio: Messaggio) -> str:
    """Give a message as the citizen has it; its Markdown as it came."""
    testo, pagamento = messaggio.testo, messaggio.testo.pagamento
    righe = {"A": testo.codice_fiscale, "Arrivato": f"{as_rome(messaggio.quando):%d/%m/%Y alle %H:%M:%S}"}
    if testo.scadenza is not None:
        righe["Scadenza"] = testo.scadenza
    if pagamento is not None:
        righe |= {
            "Da pagare": f"{pagamento.importo.italian()} €",
            "Codice avviso": pagamento.numero_avviso,
            "Ente": pagamento.id_dominio or "quello del servizio",
            "Dopo la scadenza": "non si paga più" if pagamento.chiude else "si paga ancora",
        }
    return page(testo.oggetto, facts(righe) + heading("Testo") + source(testo.testo), nav={"Tutti i messaggi": "/"})


def _indirizzo(messaggio: Messaggio) -> str:
    return f"/messaggi/{messaggio.testo.codice_fiscale}/{messaggio.id}"


def _ora(messaggio: Messaggio) -> str:
    return f"{as_rome(messaggio.quando):%H:%M:%S}"


def _euro(messaggio: Messaggio) -> str:
    return "-" if messaggio.testo.pagamento is None else messaggio.testo.pagamento.importo.italian()
