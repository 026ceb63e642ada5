"""The pages of the portal: Italian, usable by keyboard and by a screen reader, without scripts but for one that waits."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from html import escape
from typing import Any

from chalicelib.kernel.importo import Importo
from sandbox.portal.portale import ESEGUITO, IN_CORSO, Posizione, Visita, pagate_of, ricevute_of
from sandbox.web.page import (
    checkboxes,
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

# Asks every two seconds, at most sixty times, whether the outcome has come; then the page is shown anew.
ATTESA = """
(function () {
  var stato = document.getElementById('stato'), tentativi = 0;
  function chiede() {
    tentativi += 1;
    fetch('/api/esito/' + stato.dataset.pagamento, {credentials: 'same-origin'})
      .then(function (risposta) { return risposta.json(); })
      .then(function (esito) {
        if (esito.stato !== 'IN_CORSO') { location.reload(); return; }
        ancora();
      }, ancora);
  }
  function ancora() {
    if (tentativi < 60) { setTimeout(chiede, 2000); return; }
    stato.textContent = "L'esito non è ancora arrivato. Si può chiudere la pagina e tornare più tardi.";
  }
  setTimeout(chiede, 1000);
})();
"""
_ESITI = {
    ESEGUITO: ("Pagamento eseguito.", True),
    "NON_ESEGUITO": ("Il pagamento non è stato eseguito: nulla è stato addebitato.", False),
    "ESEGUITO_PARZIALE": ("È stata pagata soltanto una parte di quanto richiesto.", False),
    "ANNULLATO": ("Il pagamento è stato annullato.", False),
    "FALLITO": ("Il pagamento non è stato avviato: nulla è stato addebitato.", False),
}
_RITORNI = {
    "OK": "Il pagamento risulta concluso: stiamo aspettando la ricevuta.",
    "ERROR": "Il pagamento non risulta concluso. Se è stato annullato o rifiutato, nulla è stato addebitato.",
    "DIFFERITO": "Il pagamento è stato preso in carico: l'esito arriverà con la ricevuta.",
}


def home(enti: Mapping[str, str], nomi: Mapping[str, str], *, errore: str = "") -> str:
    esempi = ", ".join(f"{nome} ({codice})" for codice, nome in nomi.items())
    entra = form(
        "/entra",
        text_field("codiceFiscale", "Codice fiscale", hint=f"Persone di prova: {esempi}"),
        "Entra",
    )
    scelte = dict(enti)
    paga = form(
        "/avviso",
        text_field("numeroAvviso", "Codice avviso", hint="18 cifre, gli spazi non contano")
        + radios("idDominio", "Ente", scelte, chosen=next(iter(scelte), "")),
        "Cerca l'avviso",
    )
    avvertenza = message(errore, good=False) if errore else ""
    corpo = avvertenza + heading("Le mie posizioni") + entra + heading("Paga un avviso") + paga
    return page("Portale dei pagamenti", corpo)


def posizioni(visita: Visita, nome: str, trovate: Sequence[Posizione], *, chiave: str, errore: str = "") -> str:
    avvertenza = message(errore, good=False) if errore else ""
    if not trovate:
        corpo = avvertenza + paragraph("Non ci sono posizioni da pagare.")
        return page(f"Posizioni di {nome}", corpo, nav=_nav(visita))
    scelte = {one.chiave: _voce(one) for one in trovate}
    avvisi = (
        link(f"Avviso {one.numero_avviso}, {one.causale} (PDF)", f"/avvisi/{one.id_dominio}/{one.numero_avviso}")
        for one in trovate
        if one.numero_avviso
    )
    corpo = (
        avvertenza
        + paragraph("Si possono pagare insieme fino a cinque posizioni, anche di enti diversi.")
        + form("/paga", hidden("chiave", chiave) + checkboxes("pendenza", "Da pagare", scelte), "Paga le scelte")
        + heading("Avvisi di pagamento")
        + _elenco(avvisi)
    )
    return page(f"Posizioni di {nome}", corpo, nav=_nav(visita))


def avviso(dati: Mapping[str, Any], ente: str, *, chiave: str) -> str:
    """Give what a notice is for, to be confirmed."""
    righe = {
        "Ente": ente,
        "Causale": str(dati.get("descrizione", "-")),
        "Codice avviso": str(dati["numeroAvviso"]),
        "Importo": f"{_euro(dati['importo'])} €",
    }
    campi = (
        hidden("chiave", chiave)
        + hidden("idDominio", str(dati["idDominio"]))
        + hidden("numeroAvviso", str(dati["numeroAvviso"]))
    )
    return page("Conferma l'avviso", facts(righe) + form("/paga", campi, "Paga l'avviso"), nav={"Inizio": "/"})


def esito(visita: Visita, pagamento: Mapping[str, Any], ritorno: str) -> str:
    """Give the outcome of a payment, or the waiting for it; `ritorno` is the esito of the URL, which proves nothing."""
    if pagamento["stato"] == IN_CORSO:
        return _attesa(visita, pagamento, ritorno)
    detto, bene = _ESITI[pagamento["stato"]]
    corpo = message(detto, good=bene) + _riassunto(pagamento) + _ricevute(pagamento)
    return page("Esito del pagamento", corpo + _di_nuovo(visita), nav=_nav(visita))


def non_possibile(detto: str, visita: Visita | None = None) -> str:
    corpo = message(detto, good=False) + (_di_nuovo(visita) if visita else f"<p>{link('Torna all’inizio', '/')}</p>")
    return page("Non è possibile", corpo, nav=_nav(visita) if visita else {"Inizio": "/"})


def _attesa(visita: Visita, pagamento: Mapping[str, Any], ritorno: str) -> str:
    detto = _RITORNI.get(ritorno, "L'esito del pagamento non è ancora noto.")
    aggiorna = f"/esito?idPagamento={escape(str(pagamento['id']))}&esito={escape(ritorno)}"
    corpo = (
        f'<div class="avviso"><p id="stato" role="status" data-pagamento="{escape(str(pagamento["id"]))}">'
        f"{escape(detto)} La pagina si aggiorna da sé.</p></div>"
        f"<p>{link('Aggiorna adesso', aggiorna)}</p>"
        + _riassunto(pagamento)
        + _di_nuovo(visita)
        + f"<script>{ATTESA}</script>"
    )
    return page("In attesa dell'esito", corpo, nav=_nav(visita))


def _riassunto(pagamento: Mapping[str, Any]) -> str:
    righe = [
        [escape(one.ente), escape(one.causale), f'<span class="n">{one.importo.italian()} €</span>', _stato(stato)]
        for one, stato in pagate_of(pagamento)
    ]
    return table("Quanto richiesto", ["Ente", "Causale", "Importo", "Stato"], righe)


def _ricevute(pagamento: Mapping[str, Any]) -> str:
    trovate = ricevute_of(pagamento)
    if not trovate:
        return ""
    base = f"/ricevute/{pagamento['id']}"
    voci = (link(f"Ricevuta {one.iuv}, {one.importo.italian()} € (PDF)", base + one.path) for one in trovate)
    return heading("Ricevute") + _elenco(voci)


def _elenco(voci: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{voce}</li>" for voce in voci) + "</ul>"


def _di_nuovo(visita: Visita) -> str:
    dove = ("Le mie posizioni", "/posizioni") if visita.codice_fiscale else ("Torna all'inizio", "/")
    return f"<p>{link(*dove)}</p>"


def _nav(visita: Visita) -> dict[str, str]:
    return {"Inizio": "/", **({"Le mie posizioni": "/posizioni"} if visita.codice_fiscale else {})}


def _voce(one: Posizione) -> str:
    scadenza = f", entro il {date.fromisoformat(one.scadenza):%d/%m/%Y}" if one.scadenza else ""
    return f"{one.causale}: {one.importo.italian()} € a {one.ente}{scadenza}"


def _stato(stato: str) -> str:
    return {"ESEGUITA": "pagata", "NON_ESEGUITA": "da pagare"}.get(stato, escape(stato.replace("_", " ").lower()))


def _euro(importo: object) -> str:
    return Importo.parse(str(importo)).italian()
