"""govpay tracciato: to load a tracciato of pendenze, and see what became of its rows."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govpay.esiti import DA_GUARDARE, OK, Fermato
from govpay.terminale_tipo import Terminale

if TYPE_CHECKING:
    from chalicelib.tracciati.model import Tracciato

AIUTO = "carica un tracciato di pendenze"
_ERRORI = 20
_SUFFISSI = frozenset({".csv", ".json"})


def _carica(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="il tracciato, .csv o .json")
    parser.add_argument("--dominio", required=True, metavar="ID", help="l'ente delle pendenze")
    parser.add_argument("--tipo", metavar="ID", help="il tipo pendenza che dichiara le colonne del CSV")
    parser.add_argument("--senza-attendere", action="store_true", help="lo consegna, e non aspetta l'esito")


AZIONI: Mapping[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "carica": ("consegna un tracciato e ne mostra l'esito", _carica),
}


def esegui(opzioni: argparse.Namespace, terminale: Terminale) -> int:
    from govpay.file import leggi

    if opzioni.file.suffix.lower() not in _SUFFISSI:
        raise Fermato(f"{opzioni.file}: il nome deve finire per .csv o .json.")
    tracciato = _consegna(opzioni, leggi(opzioni.file))
    if opzioni.senza_attendere:
        terminale.riga(f"Tracciato {tracciato.id} consegnato.", "green")
        terminale.dati({"id": tracciato.id, "stato": tracciato.stato_esposto.value})
        return OK
    return _esito(_atteso(tracciato, terminale), terminale)


def _consegna(opzioni: argparse.Namespace, content: bytes) -> "Tracciato":
    from datetime import UTC, datetime

    from chalicelib.tracciati.model import Formato
    from chalicelib.tracciati.operations.ricezione import deposit
    from govpay.chi import operatore

    return deposit(
        nome=opzioni.file.name,
        content=content,
        formato=Formato[opzioni.file.suffix.lower().removeprefix(".").upper()],
        utenza=operatore(),
        now=datetime.now(UTC),
        id_dominio=opzioni.dominio,
        id_tipo_pendenza=opzioni.tipo,
    )


def _atteso(tracciato: "Tracciato", terminale: Terminale) -> "Tracciato":
    from chalicelib.tracciati import repository
    from chalicelib.tracciati.states import CONCLUSI
    from govpay.attesa import finche

    with terminale.avanzamento("Righe") as avanza:

        def guarda() -> tuple["Tracciato", bool]:
            now = repository.get(tracciato.id) or tracciato
            avanza(now.eseguite + now.fallite, now.righe or None)
            return now, now.stato in CONCLUSI

        found, concluso = finche(guarda)
    if not concluso:
        raise Fermato(
            f"Il tracciato {found.id} è ancora {found.stato_esposto}: il caricamento prosegue da sé; "
            "controllare govpay salute.",
            DA_GUARDARE,
        )
    return found


def _esito(tracciato: "Tracciato", terminale: Terminale) -> int:
    from chalicelib.tracciati import repository
    from chalicelib.tracciati.states import StatoTracciato

    errori = []
    if tracciato.fallite:
        errori = [one for one in repository.righe(tracciato.id, da=1, a=tracciato.righe) if not one.is_done]
    terminale.dati(_json(tracciato, [(one.linea, one.descrizione) for one in errori]))
    good = tracciato.stato is StatoTracciato.ESEGUITO
    head = f"Tracciato {tracciato.id}, {tracciato.stato}: righe {tracciato.righe}, "
    terminale.riga(
        f"{head}eseguite {tracciato.eseguite}, rifiutate {tracciato.fallite}.", "green" if good else "yellow"
    )
    if tracciato.descrizione:
        terminale.riga(tracciato.descrizione, "yellow")
    for one in errori[:_ERRORI]:
        terminale.riga(f"  linea {one.linea}: {one.descrizione}", "red")
    if len(errori) > _ERRORI:
        terminale.riga(
            f"  … e altre {len(errori) - _ERRORI}: sono tutte nell'esito, GET /pendenze/tracciati/{tracciato.id}/esito"
        )
    return OK if good else DA_GUARDARE


def _json(tracciato: "Tracciato", errori: list[tuple[int, str]]) -> dict[str, Any]:
    return {
        "id": tracciato.id,
        "stato": tracciato.stato_esposto.value,
        "descrizioneStato": tracciato.descrizione,
        "numeroOperazioniTotali": tracciato.righe,
        "numeroOperazioniEseguite": tracciato.eseguite,
        "numeroOperazioniFallite": tracciato.fallite,
        "errori": [{"linea": linea, "descrizione": descrizione} for linea, descrizione in errori],
    }
