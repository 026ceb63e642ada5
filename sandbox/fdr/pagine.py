"""The pages of whoever wants flows now rather than the day after."""

from html import escape

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.rome_time import as_rome
from sandbox.fdr.archivio import ESITI, Flusso, Rendicontazione, Totali
from sandbox.nodo.model import Anagrafica
from sandbox.web.page import facts, form, heading, link, page, paragraph, radios, table

_NAV = {"Flussi": "/"}
_TOTALI = {
    Totali.GIUSTI: "i totali della testata sono giusti",
    Totali.IMPORTO_ERRATO: "l'importo totale è di un euro di troppo",
    Totali.NUMERO_ERRATO: "i pagamenti dichiarati sono uno di troppo",
}
_MAX = 50


def home(rendicontazione: Rendicontazione, anagrafica: Anagrafica) -> str:
    """Give what is paid and not reported yet, and the flows."""
    nuovi = rendicontazione.da_rendicontare()
    attesa = paragraph(
        f"Pagamenti non ancora rendicontati: {len(nuovi)}, "
        f"per {Importo.total(one.importo for one in nuovi).italian()} €."
    )
    chiede = form("/rendiconta", _scelta(), "Rendiconta adesso")
    righe = [
        [
            link(one.id_flusso, f"/flussi/{one.id_flusso}"),
            str(one.revisione),
            escape(_ente(anagrafica, one.id_dominio)),
            str(one.numero),
            f'<span class="n">{escape(one.importo.italian())}</span>',
        ]
        for one in reversed(rendicontazione.flussi())
    ]
    heads = ["Flusso", "Revisione", "Ente", "Pagamenti", "Euro"]
    return page("Flussi di rendicontazione", attesa + chiede + table("Flussi", heads, righe[:_MAX]), nav=_NAV)


def flusso(one: Flusso, anagrafica: Anagrafica) -> str:
    """Give the latest revision of a flow, and a way to publish another."""
    testata = {
        "Ente": _ente(anagrafica, one.id_dominio),
        "PSP": one.ragione_sociale,
        "IBAN": one.iban,
        "TRN": one.trn,
        "Revisione": f"{one.revisione}, {as_rome(one.data_ora).strftime('%d/%m/%Y %H:%M:%S')}",
        "Pagamenti dichiarati": str(one.numero),
        "Importo dichiarato": f"{one.importo.italian()} €",
        "Importo accreditato": f"{one.accreditato.italian()} €",
    }
    righe = [
        [
            escape(riga.iuv),
            escape(riga.iur),
            escape(f"{riga.esito}, {ESITI[riga.esito]}"),
            f'<span class="n">{escape(riga.importo.italian())}</span>',
        ]
        for riga in one.righe
    ]
    rivede = heading("Revisione") + form(f"/flussi/{one.id_flusso}/revisioni", _scelta(), "Pubblica un'altra revisione")
    tabella = table("Pagamenti", ["IUV", "IUR", "Esito", "Euro"], righe)
    return page(one.id_flusso, facts(testata) + tabella + rivede, nav=_NAV)


def _scelta() -> str:
    return radios("totali", "Totali", _TOTALI, chosen=Totali.GIUSTI)


def _ente(anagrafica: Anagrafica, id_dominio: str) -> str:
    ente = anagrafica.enti.get(id_dominio)
    return id_dominio if ente is None else ente.denominazione
