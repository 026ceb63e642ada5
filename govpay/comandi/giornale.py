"""govpay giornale: to import the bank's giornale di cassa, and see what became of it."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from govpay.esiti import DA_GUARDARE, OK, Fermato
from govpay.terminale_tipo import Terminale

if TYPE_CHECKING:
    from chalicelib.riconciliazione.importazione.model import Giornale

AIUTO = "importa un giornale di cassa della banca"


def _importa(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="OPI, CSV, CAMT.053, CAMT.054 o MT940, anche compresso")
    parser.add_argument("--dominio", required=True, metavar="ID", help="l'ente di cui è il giornale")
    parser.add_argument("--senza-attendere", action="store_true", help="lo consegna, e non aspetta l'esito")


AZIONI: Mapping[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "importa": ("consegna un giornale di cassa e ne mostra l'esito", _importa),
}


def esegui(opzioni: argparse.Namespace, terminale: Terminale) -> int:
    from datetime import UTC, datetime

    from chalicelib.riconciliazione.importazione import operations
    from govpay.chi import operatore
    from govpay.file import leggi

    content = leggi(opzioni.file)
    giornale = operations.upload(
        id_dominio=opzioni.dominio, nome=opzioni.file.name, content=content, utenza=operatore(), now=datetime.now(UTC)
    )
    if opzioni.senza_attendere:
        terminale.riga(f"Giornale {giornale.id_giornale} consegnato.", "green")
        terminale.dati(_json(giornale))
        return OK
    return _esito(_atteso(giornale, terminale), terminale)


def _atteso(giornale: "Giornale", terminale: Terminale) -> "Giornale":
    from chalicelib.riconciliazione.importazione import repository
    from chalicelib.riconciliazione.importazione.states import APERTI
    from govpay.attesa import finche

    with terminale.avanzamento("Movimenti") as avanza:

        def guarda() -> tuple["Giornale", bool]:
            now = repository.giornale(giornale.id_dominio, giornale.id_giornale) or giornale
            avanza(now.elaborate, now.lette or None)
            return now, now.stato not in APERTI

        found, concluso = finche(guarda)
    if not concluso:
        raise Fermato(
            f"Il giornale {giornale.id_giornale} è ancora {found.stato}: l'importazione prosegue da sé; "
            "controllare govpay salute.",
            DA_GUARDARE,
        )
    return found


def _esito(giornale: "Giornale", terminale: Terminale) -> int:
    from chalicelib.riconciliazione.esiti import EsitoMovimento as E
    from chalicelib.riconciliazione.importazione.states import RIPROVABILI, StatoGiornale

    terminale.dati(_json(giornale))
    if giornale.stato is StatoGiornale.RIFIUTATO:
        terminale.riga(f"Rifiutato, {giornale.codice}: {giornale.motivo}", "red")
        return DA_GUARDARE
    terminale.riga(f"Giornale {giornale.id_giornale}: {giornale.righe} movimenti.", "bold")
    buoni = {E.RICONCILIATO, E.GIA_ACQUISITO, E.NON_PAGOPA, E.STORNO, E.STORNATO, E.DUPLICATO}
    terminale.tabella(
        ["Esito", "Movimenti", "Entrate", "Uscite"],
        [[one.esito.value, str(one.quanti), one.entrate.italian(), one.uscite.italian()] for one in giornale.totali],
        stili=["green" if one.esito in buoni else "yellow" for one in giornale.totali],
    )
    if any(one.esito in RIPROVABILI for one in giornale.totali):
        terminale.riga("Quelli senza flusso o senza pagamento sono ritentati da sé.", "cyan")
    return OK if all(one.esito in buoni for one in giornale.totali) else DA_GUARDARE


def _json(giornale: "Giornale") -> dict[str, object]:
    from chalicelib.riconciliazione.importazione.schemas import giornale_json

    return giornale_json(giornale)
