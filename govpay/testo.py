"""The cronistoria as a page for a person: from the JSON of the API, so that whoever has that can print it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from chalicelib.kernel.rome_time import as_rome

Riga = tuple[str, str | None]  # a line, and its style
_STILI = {"OK": "green", "KO": "red", "FAIL": "bold red", "INFO": None}
_SEGNI = {"OK": "✓", "KO": "✗", "FAIL": "!", "INFO": "·"}
_LARGHEZZA_FASE = 11


def righe(cronistoria: Mapping[str, Any]) -> Iterator[Riga]:
    """Give the lines of a cronistoria, as `GET /eventi/cronistoria` answers it."""
    yield from _testata(cronistoria)
    yield "", None
    yield "Che cosa è successo", "bold"
    for fatto in cronistoria["fatti"]:
        yield from _fatto(fatto)
    if not cronistoria["fatti"]:
        yield "  Niente di registrato.", None
    yield from _elenco("Che cosa manca", cronistoria["mancano"], "yellow")
    yield from _seguiti(cronistoria["seguiti"])
    for avvertenza in cronistoria["avvertenze"]:
        yield "", None
        yield avvertenza, "yellow"


def _testata(cronistoria: Mapping[str, Any]) -> Iterator[Riga]:
    avviso = f", avviso {cronistoria['numeroAvviso']}" if "numeroAvviso" in cronistoria else ""
    yield f"IUV {cronistoria['iuv']} del dominio {cronistoria['idDominio']}{avviso}", "bold"
    if "idPendenza" in cronistoria:
        importo = str(cronistoria["importo"]).replace(".", ",")
        yield f"Pendenza {cronistoria['idA2A']}/{cronistoria['idPendenza']}, {importo} €, {cronistoria['stato']}", None
    yield cronistoria["situazione"], "bold cyan"


def _fatto(fatto: Mapping[str, Any]) -> Iterator[Riga]:
    esito = fatto["esito"]
    ccp = f"  [{fatto['ccp']}]" if fatto.get("ccp") else ""
    yield (
        f"  {_ora(fatto['data'])}  {_SEGNI[esito]} {fatto['fase']:<{_LARGHEZZA_FASE}} {fatto['titolo']}{ccp}",
        _STILI[esito],
    )
    if fatto.get("dettaglio"):
        yield f"{'':24}  {'':<{_LARGHEZZA_FASE}} {fatto['dettaglio']}", "dim"


def _ora(text: str) -> str:
    return f"{as_rome(datetime.fromisoformat(text)):%d/%m/%Y %H:%M:%S}"


def _elenco(titolo: str, voci: list[Mapping[str, Any]], stile: str) -> Iterator[Riga]:
    if not voci:
        return
    yield "", None
    yield titolo, "bold"
    yield from ((f"  {voce['fase']:<{_LARGHEZZA_FASE}} {voce['descrizione']}", stile) for voce in voci)


def _seguiti(seguiti: list[Mapping[str, Any]]) -> Iterator[Riga]:
    da_se = [one for one in seguiti if not one["daFare"]]
    yield from _elenco("Che cosa succederà", da_se, "cyan")
    yield from _elenco("Che cosa c'è da fare", [one for one in seguiti if one["daFare"]], "bold yellow")
    if not seguiti:
        yield "", None
        yield "Non si attende altro.", "green"
