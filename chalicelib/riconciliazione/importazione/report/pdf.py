"""A report on paper: what an accountant files. Head, totals by outcome, movements, capitoli, what is open."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from chalicelib.kernel.importo import ZERO, Importo
from chalicelib.kernel.rome_time import as_rome
from chalicelib.riconciliazione.esiti import EsitoMovimento
from chalicelib.riconciliazione.importazione.model import Giornale
from chalicelib.riconciliazione.importazione.report.elenchi import elenchi_of
from chalicelib.riconciliazione.importazione.report.foglio import Colonna, Foglio
from chalicelib.riconciliazione.importazione.report.raccolta import Aperti, Raccolto
from chalicelib.riconciliazione.importazione.report.scrittura import giorno, importo_of

MOVIMENTI_MAX = 20_000
_CELL_MAX = 300
_C = Colonna
_TOTALI = (_C(titolo="Esito", wide=70), _C(titolo="Movimenti", wide=30, right=True), _C(titolo="Entrate €", wide=50, right=True), _C(titolo="Uscite €", wide=50, right=True), _C(titolo="", wide=77))  # fmt: skip
_MOVIMENTI = (
    _C(titolo="N.", wide=8),
    _C(titolo="Provvisorio", wide=21),
    _C(titolo="Contabile / valuta", wide=21),
    _C(titolo="Importo €", wide=22, right=True),
    _C(titolo="Cliente e causale", wide=64, lines=9),
    _C(titolo="Riferimento", wide=47, lines=2),
    _C(titolo="Esito", wide=29, lines=2),
    _C(titolo="Motivo e prossimo passo", wide=65, lines=9),
)
_QUOTE = (
    _C(titolo="Provvisorio", wide=30),
    _C(titolo="Riferimento", wide=75),
    _C(titolo="Tipo contabilità", wide=35),
    _C(titolo="Capitolo / codice contabilità", wide=65),
    _C(titolo="Pagamenti", wide=24, right=True),
    _C(titolo="Importo €", wide=48, right=True),
)
_CAPITOLI = (_C(titolo="Tipo contabilità", wide=45), _C(titolo="Capitolo / codice contabilità", wide=95), _C(titolo="Pagamenti", wide=25, right=True), _C(titolo="Importo €", wide=32, right=True), _C(titolo="", wide=80))  # fmt: skip
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
    foglio.gap(1.5)
    foglio.text(
        f"Righe lette {giornale.righe}. La somma degli esiti {agree} con il totale delle entrate del file, "
        f"{giornale.entrate.italian()} €.{_control(giornale)}"
    )
    foglio.gap()


def _control(giornale: Giornale) -> str:
    """Say whether the treasurer's own total of the entrate is that of the rows; nothing where it gives none."""
    declared = [s.totale_entrate for testata in giornale.testate for s in testata.saldi if s.totale_entrate is not None]
    if not declared:
        return " Il tesoriere non dichiara un totale di controllo."
    total = Importo.total(declared)
    agree = "coincide con" if total == giornale.entrate else "NON coincide con"
    return f" Il totale dichiarato dal tesoriere, {total.italian()} €, {agree} quello delle righe."


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
    """Draw what goes into the reversali: for each provvisorio its capitoli, then each capitolo of the whole file."""
    foglio.title("Provvisori riconciliati: ripartizione per capitolo", size=11)
    foglio.text("Le somme da riportare nella reversale; per ogni provvisorio la loro somma è il suo importo.")
    foglio.table(_QUOTE)
    whole, capitoli = ZERO, dict[tuple[str, str], tuple[int, Importo]]()
    for row in raccolto.rows():
        if row.get("esito") == EsitoMovimento.RICONCILIATO:
            _quote_of(foglio, row)
            whole += importo_of(row["importo"]) or ZERO
            _add(capitoli, row)
    foglio.row(("TOTALE", "", "", "", "", whole.italian()), bold=True)
    foglio.gap()
    if len(capitoli) > 1:
        foglio.text("Totale per capitolo", size=9, bold=True)
        foglio.table(_CAPITOLI)
        for (tipo, codice), (pagamenti, importo) in sorted(capitoli.items(), key=_named_first):
            foglio.row((tipo, codice, str(pagamenti), importo.italian(), ""))
        foglio.gap()


def _named_first(entry: tuple[tuple[str, str], Any]) -> tuple[bool, tuple[str, str]]:
    return not entry[0][0], entry[0]


def _add(capitoli: dict[tuple[str, str], tuple[int, Importo]], row: Mapping[str, Any]) -> None:
    quote = row.get("ripartizione") or [{"importo": row["importo"], "pagamenti": row.get("numeroPagamenti", 0)}]
    for quota in quote:
        key = _capitolo_of(quota)
        pagamenti, importo = capitoli.get(key, (0, ZERO))
        capitoli[key] = pagamenti + int(quota["pagamenti"]), importo + (importo_of(quota["importo"]) or ZERO)


def _capitolo_of(quota: Mapping[str, Any]) -> tuple[str, str]:
    """Give type and code as they are shown; money of others, and what was not divided, has neither."""
    tipo, codice = quota.get("tipoContabilita", ""), quota.get("codiceContabilita", "")
    if tipo:
        return tipo, codice or "senza codice"
    return "", "non ripartito, o di altri intermediari, o senza pendenza in archivio"


def _quote_of(foglio: Foglio, row: Mapping[str, Any]) -> None:
    provvisorio = (
        f"{row.get('esercizio', '')}-{row['provvisorio']}" if row.get("provvisorio") else f"mov. {row['numero']}"
    )
    first = (provvisorio, row.get("riferimento", ""))
    for quota in row.get("ripartizione", ()):
        foglio.row((*first, *_capitolo_of(quota), str(quota["pagamenti"]), _euro(quota["importo"])))
        first = ("", "")
    if not row.get("ripartizione"):
        number = str(row.get("numeroPagamenti", ""))
        foglio.row((*first, "", "non ripartito: troppi pagamenti", number, _euro(row["importo"])))


def _aperti(foglio: Foglio, aperti: Aperti) -> None:
    foglio.title("Che cosa è aperto", size=11)
    foglio.text("Di tutto l'ente, alla data di stampa; ogni elenco riporta al più 500 elementi.", size=7)
    for elenco in elenchi_of(aperti):
        foglio.gap(2.5)
        if not elenco.voci:
            foglio.text(f"{elenco.titolo}: nessuno.")
            continue
        somma = Importo.total(voce.importo for voce in elenco.voci if voce.importo is not None)
        foglio.text(f"{elenco.titolo}: {len(elenco.voci)}, per {somma.italian()} €", bold=True)
        foglio.table(_APERTO)
        for voce in elenco.voci:
            importo = "" if voce.importo is None else voce.importo.italian()
            foglio.row((voce.etichetta, voce.riferimento, _day(voce.data), importo, voce.nota))


def _day(giorno_: Any) -> str:
    return "" if giorno_ is None else f"{giorno_:%d/%m/%Y}"
