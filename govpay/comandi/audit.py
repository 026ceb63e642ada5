"""govpay audit: whether the books add up, and the chain of the nights is whole."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

from govpay.esiti import DA_GUARDARE, OK, Fermato
from govpay.terminale_tipo import Terminale

AIUTO = "prova che i conti tornano, e che la catena delle prove è intera"
_GIORNI_MAX = 366
_SECONDI = 2.0  # between two steps of the bar


def _dove(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dominio", metavar="CF", help="un ente soltanto (predefiniti: tutti)")


def _conti(parser: argparse.ArgumentParser) -> None:
    _dove(parser)
    parser.add_argument("--dal", metavar="AAAA-MM-GG", type=_giorno, help="il primo giorno (predefinito: ieri)")
    parser.add_argument("--al", metavar="AAAA-MM-GG", type=_giorno, help="l'ultimo giorno (predefinito: il primo)")
    parser.add_argument("--registra", action="store_true", help="aggiunge il risultato alla catena dell'ente")


AZIONI = {
    "conti": ("ricalcola ricevute, riscossioni, pendenze, flussi e incassi dei giorni indicati", _conti),
    "catena": ("rilegge i risultati registrati e ne verifica la catena delle impronte", _dove),
    "notti": ("elenca i risultati registrati", _dove),
}


def esegui(opzioni: argparse.Namespace, terminale: Terminale) -> int:
    domini = _domini(opzioni.dominio)
    match opzioni.azione:
        case "conti":
            return _prova(opzioni, domini, terminale)
        case "catena":
            return _catena(domini, terminale)
    return _notti(domini, terminale)


def _giorno(testo: str) -> date:
    try:
        return date.fromisoformat(testo)
    except ValueError:
        raise argparse.ArgumentTypeError("una data come 2026-11-24") from None


def _domini(scelto: str | None) -> list[str]:
    from chalicelib.anagrafica import queries as anagrafica

    tutti = [dominio.id_dominio for dominio in anagrafica.domini()]
    if scelto is None:
        return tutti
    if scelto not in tutti:
        raise Fermato(f"Il dominio {scelto} non è censito.")
    return [scelto]


def _prova(opzioni: argparse.Namespace, domini: Sequence[str], terminale: Terminale) -> int:
    from chalicelib.kernel.rome_time import rome_day
    from chalicelib.riconciliazione.conti import operations
    from chalicelib.riconciliazione.conti.cammino import advance

    now = datetime.now(UTC)
    dal = opzioni.dal or rome_day(now) - timedelta(days=1)
    al = opzioni.al or dal
    if not 0 <= (al - dal).days < _GIORNI_MAX:
        raise Fermato(f"--al: dal giorno di --dal, e al più {_GIORNI_MAX} giorni.")
    esecuzione = f"cli-{now:%Y%m%dT%H%M%SZ}"
    trovati: list[dict[str, Any]] = []
    with terminale.avanzamento("giorni verificati", len(domini) * ((al - dal).days + 1)) as avanza:
        for id_dominio in domini:
            for numero in range((al - dal).days + 1):
                verifica = operations.begin(id_dominio, dal + timedelta(days=numero), esecuzione=esecuzione, now=now)
                while not verifica.is_done:
                    verifica = advance(verifica, seconds=_SECONDI)
                anello = operations.chain(verifica, now=datetime.now(UTC)) if opzioni.registra else None
                impronta = None if anello is None else anello.impronta
                trovati.append({**operations.result_of(verifica), "impronta": impronta})
                avanza(len(trovati))
    _racconta(trovati, terminale)
    return DA_GUARDARE if any(uno["numeroDifferenze"] for uno in trovati) else OK


def _racconta(trovati: Sequence[dict[str, Any]], terminale: Terminale) -> None:
    terminale.tabella(
        (
            "Dominio",
            "Giorno",
            "Ricevute",
            "Euro",
            "Riscossioni",
            "Euro",
            "Flussi",
            "Euro",
            "Incassi",
            "Euro",
            "Differenze",
        ),
        [_riga(uno) for uno in trovati],
        stili=["red" if uno["numeroDifferenze"] else "" for uno in trovati],
    )
    differenze = [(uno["idDominio"], one) for uno in trovati for one in uno["differenze"]]
    for id_dominio, one in differenze:
        terminale.riga(f"{id_dominio} {one['danno']}: {one['descrizione']}", "red")
        dettagli = [f"{nome} {one[nome]}" for nome in ("atteso", "trovato") if one[nome] is not None]
        terminale.riga(f"   {', '.join([one['oggetto'], *dettagli])}")
    if not differenze:
        terminale.riga("I conti tornano.", "green")
    terminale.dati({"risultati": trovati})


def _riga(uno: dict[str, Any]) -> list[str]:
    conti = uno["conti"]
    figure = [
        testo
        for numero, importo in (
            ("ricevute", "importoRicevute"),
            ("riscossioni", "importoRiscossioni"),
            ("flussi", "importoFlussi"),
            ("incassi", "importoIncassi"),
        )
        for testo in (str(conti[numero]), conti[importo].italian())
    ]
    return [uno["idDominio"], str(uno["giorno"]), *figure, str(uno["numeroDifferenze"])]


def _catena(domini: Sequence[str], terminale: Terminale) -> int:
    from chalicelib.riconciliazione.conti.queries import verify_chain

    catene = [verify_chain(id_dominio) for id_dominio in domini]
    terminale.tabella(
        ("Dominio", "Anelli", "Ultima impronta", "Esito"),
        [
            (
                catena.id_dominio,
                str(catena.anelli),
                "" if catena.ultimo is None else catena.ultimo.impronta,
                ", ".join(f"{rottura} al numero {numero}" for numero, rottura in catena.rotture) or "intera",
            )
            for catena in catene
        ],
        stili=["red" if catena.rotture else "" for catena in catene],
    )
    terminale.dati({"catene": [asdict(catena) for catena in catene]})
    return DA_GUARDARE if any(catena.rotture for catena in catene) else OK


def _notti(domini: Sequence[str], terminale: Terminale) -> int:
    from chalicelib.riconciliazione.conti.queries import rings

    anelli = [anello for id_dominio in domini for anello in rings(id_dominio)]
    terminale.tabella(
        ("Dominio", "Numero", "Giorno", "Esecuzione", "Differenze", "Impronta"),
        [
            (a.id_dominio, str(a.progressivo), str(a.giorno), a.esecuzione, str(a.differenze), a.impronta)
            for a in anelli
        ],
    )
    terminale.dati({"risultati": [asdict(anello) for anello in anelli]})
    return DA_GUARDARE if any(anello.differenze for anello in anelli) else OK
