"""A report on paper: what an accountant files. Head, totals by outcome, movements, capitoli, what is open."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from chalicelib.kernel.importo import ZERO, Importo
from chalicelib.kernel.rome_time import as_rome
from chalicelib.riconciliazione.esiti import EsitoMovimento
from chalicelib.riconciliazione.importazione.model import Giornale
from chalicelib.riconciliazione.importazione.report.foglio import Colonna, Foglio
from chalicelib.riconciliazione.importazione.report.raccolta import (
    FLUSSO_DOPO,
    RICEVUTA_DOPO,
    Aperti,
    Raccolto,
)
from chalicelib.riconciliazione.importazione.report.scrittura import giorno, importo_of

MOVIMENTI_MAX = 20_000
_CELL_MAX = 300
_C = Colonna
_TOTALI = (_C(titolo="Esito", wide=70), _C(titolo="Movimenti", wide=30, right=True), _C(titolo="Entrate €", wide=50, right=True), _C(titolo="Uscite €", wide=50, right=True), _C(titolo="", wide=77))  # fmt: skip
_MOVIMENTI = (
    _C(titolo="N.", wide=9),
    _C(titolo="Provvisorio", wide=21),
    _C(titolo="Contabile / valuta", wide=22),
    _C(titolo="Importo €", wide=22, right=True),
    _C(titolo="Cliente e causale", wide=66, lines=9),
    _C(titolo="Riferimento", wide=44, lines=2),
    _C(titolo="Esito", wide=27, lines=2),
    _C(titolo="Motivo e prossimo passo", wide=66, lines=9),
)
_QUOTE = (
    _C(titolo="Provvisorio", wide=30),
    _C(titolo="Riferimento", wide=75),
    _C(titolo="Tipo contabilità", wide=35),
    _C(titolo="Capitolo / codice contabilità", wide=65),
    _C(titolo="Pagamenti", wide=24, right=True),
    _C(titolo="Importo €", wide=48, right=True),
)
_APERTO = (_C(titolo="Etichetta", wide=45), _C(titolo="Riferimento", wide=95, lines=2), _C(titolo="Data", wide=25), _C(titolo="Importo €", wide=32, right=True), _C(titolo="", wide=80, lines=2))  # fmt: skip


def write_pdf(giornale: Giornale, raccolto: Raccolto, path: Path, *, ente: str, now: datetime) -> None:
    """Write the report; the same report at the same instant gives the same bytes."""
    printed = f"{as_rome(now):%d/%m/%Y %H:%M}"
    foglio = Foglio(
        path,
        title=f"Esito del giornale di cassa {giornale.nome}",
        author=ente,
        foot=f"{ente} - giornale di cassa {giornale.nome} - stampato il {printed}",
    )
    foglio.title("Esito del giornale di cassa")
    _head(foglio, giornale, ente)
    if giornale.motivo is not None:
        _refusal(foglio, giornale)
    else:
        _totals(foglio, giornale, raccolto)
        _movements(foglio, giornale, raccolto)
        _quote(foglio, raccolto)
        _aperti(foglio, raccolto.aperti)
    foglio.save()


def _head(foglio: Foglio, giornale: Giornale, ente: str) -> None:
    foglio.text(f"{ente} - codice fiscale {giornale.id_dominio}", size=10)
    foglio.text(f"File {giornale.nome}, ricevuto il {as_rome(giornale.ricevuto):%d/%m/%Y %H:%M}")
    for testata in giornale.testate[:10]:
        parts = [
            f"{testata.formato}",
            f"tesoriere ABI {testata.abi}" if testata.abi else "",
            f"esercizio {testata.esercizio}" if testata.esercizio else "",
            f"giornale del {testata.data:%d/%m/%Y}" if testata.data else "",
            f"{testata.id_flusso}" if testata.id_flusso else "",
            f"pagina {testata.pagina} di {testata.pagine_totali}" if testata.pagine_totali > 1 else "",
        ]
        foglio.text(" - ".join(part for part in parts if part))
    for avvertenza in giornale.avvertenze[:10]:
        foglio.text(f"Avvertenza: {avvertenza.testo}.", size=7, colour="#7C7C7B")
    foglio.gap()


def _refusal(foglio: Foglio, giornale: Giornale) -> None:
    foglio.title("FILE RIFIUTATO", size=12)
    where = f"Riga {giornale.riga_errore}. " if giornale.riga_errore is not None else ""
    foglio.text(f"{where}{giornale.motivo} ({giornale.codice})", size=10, lines=8)
    foglio.text("Nessun movimento del file è stato applicato; il file originale è conservato.")


def _totals(foglio: Foglio, giornale: Giornale, raccolto: Raccolto) -> None:
    entrate = Importo.total(totale.entrate for totale in raccolto.totali)
    uscite = Importo.total(totale.uscite for totale in raccolto.totali)
    foglio.table(_TOTALI)
    for totale in raccolto.totali:
        foglio.row((_words(totale.esito), str(totale.quanti), totale.entrate.italian(), totale.uscite.italian(), ""))
    quanti = sum(totale.quanti for totale in raccolto.totali)
    foglio.row(("TOTALE", str(quanti), entrate.italian(), uscite.italian(), ""), bold=True)
    agree = "coincide" if entrate == giornale.entrate else "NON coincide"
    foglio.gap(1)
    foglio.text(
        f"Righe lette {giornale.righe}. La somma degli esiti {agree} con il totale delle entrate del file, "
        f"{giornale.entrate.italian()} €."
    )
    foglio.gap()


def _words(esito: str) -> str:
    return esito.replace("_", " ")


def _movements(foglio: Foglio, giornale: Giornale, raccolto: Raccolto) -> None:
    foglio.title("Movimenti", size=11)
    foglio.table(_MOVIMENTI)
    for number, row in enumerate(raccolto.rows(), 1):
        if number > MOVIMENTI_MAX:
            foglio.text(f"Seguono altri {giornale.righe - MOVIMENTI_MAX} movimenti: sono nel CSV e nel JSON.")
            break
        foglio.row(_movement(row))
    foglio.gap()


def _movement(row: Mapping[str, Any]) -> tuple[str, ...]:
    get = row.get
    provvisorio = f"{get('esercizio', '')}-{get('provvisorio')}" if get("provvisorio") else ""
    bolletta = f"\nbolletta {get('bolletta')}" if get("bolletta") else ""
    is_done = get("prossimoPasso", "Nessuno.").startswith("Nessuno") or (
        get("regolarizzatoDa") and get("esito") == EsitoMovimento.RICONCILIATO
    )
    passo = "" if is_done else f"\n{get('prossimoPasso')}"
    regolarizzato = f"\nregolarizzato: {get('regolarizzatoDa')}" if get("regolarizzatoDa") else ""
    return (
        str(get("numero", "")),
        provvisorio + bolletta,
        f"{giorno(get('dataContabile'))}\n{giorno(get('dataValuta'))}",
        _euro(get("importo")),
        f"{_cut(get('cliente', ''))}\n{_cut(get('causale', ''))}".strip("\n"),
        get("riferimento", ""),
        _words(get("esito", "in elaborazione")) + (f"\n{get('etichetta')}" if get("etichetta") else ""),
        f"{_cut(get('motivo', ''))}{regolarizzato}{passo}",
    )


def _cut(text: str) -> str:
    """Keep what a cell can show legibly; the whole text is in the other forms."""
    line = " ".join(text.split())
    return line if len(line) <= _CELL_MAX else f"{line[: _CELL_MAX - 1]}…"


def _euro(value: Any) -> str:
    importo = importo_of(value)
    return "" if importo is None else importo.italian()


def _quote(foglio: Foglio, raccolto: Raccolto) -> None:
    foglio.title("Provvisori riconciliati: ripartizione per capitolo", size=11)
    foglio.text("Le somme da riportare nella reversale; per ogni provvisorio la loro somma è il suo importo.")
    foglio.table(_QUOTE)
    whole = ZERO
    for row in raccolto.rows():
        if row.get("esito") == EsitoMovimento.RICONCILIATO:
            _quote_of(foglio, row)
            whole += importo_of(row["importo"]) or ZERO
    foglio.row(("TOTALE", "", "", "", "", whole.italian()), bold=True)
    foglio.gap()


def _quote_of(foglio: Foglio, row: Mapping[str, Any]) -> None:
    first = (f"{row.get('esercizio', '')}-{row.get('provvisorio', row['numero'])}", row.get("riferimento", ""))
    for quota in row.get("ripartizione", ()):
        tipo, codice = quota.get("tipoContabilita", ""), quota.get("codiceContabilita", "")
        if not tipo:
            codice = "pagamenti di altri intermediari, o senza pendenza in archivio"
        foglio.row((*first, tipo, codice, str(quota["pagamenti"]), _euro(quota["importo"])))
        first = ("", "")
    if not row.get("ripartizione"):
        number = str(row.get("numeroPagamenti", ""))
        foglio.row((*first, "", "non ripartito: troppi pagamenti", number, _euro(row["importo"])))


def _aperti(foglio: Foglio, aperti: Aperti) -> None:
    foglio.title("Che cosa è aperto", size=11)
    foglio.text("Di tutto l'ente, alla data di stampa; ogni elenco riporta al più 500 elementi.", size=7)
    _list(foglio, f"Flussi senza accredito oltre {FLUSSO_DOPO} giorni lavorativi", [
        ("IUF_NO_TES", f.chiave.id_flusso, _day(f.testata.data_regolamento if f.testata else None),
         f.testata.importo.italian() if f.testata else "", f"{f.chiave.id_psp}, {f.stato}")
        for f in aperti.flussi_senza_accredito
    ])  # fmt: skip
    _list(foglio, "Accrediti in attesa di flusso, di ricevuta o di storno", [
        ("TES_NO_IUF_OR_IUV", c.riferimento, _day(c.movimento.data_contabile), c.movimento.importo.italian(),
         f"provvisorio {c.movimento.provvisorio}, {_words(c.esito or '')}")
        for c in aperti.accrediti_in_attesa
    ])  # fmt: skip
    _list(foglio, f"Ricevute senza flusso oltre {RICEVUTA_DOPO} giorni lavorativi", [
        ("RT_NO_IUF", r.iuv, _day(r.data), r.importo.italian(), f"iur {r.iur}") for r in aperti.ricevute_senza_flusso
    ])  # fmt: skip
    _list(foglio, "Pagamenti doppi", [
        ("DOPPI", iuv, "", "" if importo is None else importo.italian(), "") for iuv, importo in aperti.pagamenti_doppi
    ])  # fmt: skip
    regolarizzare = ", ".join(aperti.da_regolarizzare) or "nessuno"
    foglio.text(f"Provvisori del file riconciliati e non ancora regolarizzati: {regolarizzare}.", lines=40)


def _list(foglio: Foglio, title: str, rows: list[tuple[str, str, str, str, str]]) -> None:
    foglio.gap(2)
    if not rows:
        foglio.text(f"{title}: nessuno.")
        return
    foglio.text(f"{title}: {len(rows)}", size=9)
    foglio.table(_APERTO)
    for row in rows:
        foglio.row(row)


def _day(giorno_: Any) -> str:
    return "" if giorno_ is None else f"{giorno_:%d/%m/%Y}"
