"""The pages of the gestionale: the notifiche received."""

from collections.abc import Sequence
from html import escape

from chalicelib.kernel.rome_time import as_rome
from sandbox.gestionale.archivio import Notifica
from sandbox.web import json_text
from sandbox.web.page import facts, heading, link, page, paragraph, source, table

_NAV = {"Notifiche": "/"}
_ESITI = {
    "0": "eseguito",
    "1": "non eseguito",
    "2": "eseguito in parte",
    "3": "termini decorsi",
    "4": "termini decorsi",
}


def home(notifiche: Sequence[Notifica]) -> str:
    righe = [
        [
            link(str(one.numero), f"/notifiche/{one.numero}"),
            as_rome(one.quando).strftime("%H:%M:%S"),
            escape(one.tipo),
            escape(one.iuv),
            escape(one.ccp),
            escape(one.importo.italian() if one.importo else "-"),
            escape(_ESITI.get(one.esito or "", "-")),
            str(one.arrivi),
        ]
        for one in reversed(notifiche)
    ]
    heads = ["N.", "Ora", "Tipo", "IUV", "CCP", "Euro", "Esito", "Arrivi"]
    spiega = paragraph("Ogni notifica è tenuta una volta sola: i tentativi di una pendenza si distinguono dal CCP.")
    return page("Notifiche di pagamento", spiega + table("Notifiche ricevute da GovPay", heads, righe), nav=_NAV)


def notifica(one: Notifica) -> str:
    righe = {
        "Tipo": one.tipo,
        "Ente": one.id_dominio,
        "IUV": one.iuv,
        "CCP": one.ccp,
        "Importo": f"{one.importo.italian()} €" if one.importo else "-",
        "Esito": _ESITI.get(one.esito or "", "-"),
        "Arrivi": str(one.arrivi),
    }
    testo = json_text.indented(one.corpo)
    return page(f"Notifica {one.numero}", facts(righe) + heading("Corpo") + source(testo), nav=_NAV)
