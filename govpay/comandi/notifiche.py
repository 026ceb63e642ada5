"""govpay notifiche: what the enti could not be told, and to send it anew."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from govpay.esiti import DA_GUARDARE, OK, Fermato
from govpay.terminale_tipo import Terminale

if TYPE_CHECKING:
    from chalicelib.notifiche.model import Notifica

AIUTO = "elenca le notifiche agli enti, e rispedisce quelle abbandonate"
MAX_ELENCO = 1000
_PAGINA = 100


def _elenca(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stato", choices=["fallite", "DA_SPEDIRE", "SPEDITA", "ANNULLATA"], default="fallite",
                        help="quali: fallite (predefinito) sono quelle abbandonate dopo trenta giorni")  # fmt: skip
    parser.add_argument("--dominio", metavar="ID", help="di un dominio solo")
    parser.add_argument(
        "--giorni", type=int, default=31, metavar="N", help="create negli ultimi N giorni (con --stato)"
    )
    parser.add_argument("--limite", type=int, default=_PAGINA, metavar="N", help=f"quante al più, fino a {MAX_ELENCO}")


def _rispedisci(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("chiavi", nargs="*", metavar="CHIAVE", help="le notifiche, per chiave (come in elenca)")
    parser.add_argument("--tutte", action="store_true", help="tutte le fallite")
    parser.add_argument("--dominio", metavar="ID", help="con --tutte: di un dominio solo")


AZIONI: Mapping[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "elenca": ("elenca le notifiche", _elenca),
    "rispedisci": ("rispedisce le notifiche abbandonate, o annullate perché mancava il connettore", _rispedisci),
}


def esegui(opzioni: argparse.Namespace, terminale: Terminale) -> int:
    return _mostra(opzioni, terminale) if opzioni.azione == "elenca" else _manda(opzioni, terminale)


# -- list


def _mostra(opzioni: argparse.Namespace, terminale: Terminale) -> int:
    if not 0 < opzioni.limite <= MAX_ELENCO:
        raise Fermato(f"--limite: da 1 a {MAX_ELENCO}.")
    fallite = opzioni.stato == "fallite"
    found = _fallite(opzioni.dominio, opzioni.limite) if fallite else _per_stato(opzioni)
    terminale.dati([_json(one) for one in found])
    if not found:
        terminale.riga("Nessuna notifica.", "green")
        return OK
    terminale.tabella(
        ["Creata", "Tipo", "Stato", "Tentativi", "Descrizione", "Chiave"],
        [
            [
                f"{one.creata:%Y-%m-%d %H:%M}",
                one.tipo,
                one.stato,
                str(one.tentativi),
                one.descrizione_stato or "",
                one.chiave,
            ]
            for one in found
        ],
    )
    return OK


def _fallite(id_dominio: str | None, most: int) -> list["Notifica"]:
    from chalicelib.notifiche import operations

    found: list[Notifica] = []
    cursor: str | None = None
    while len(found) < most:
        page = operations.fallite(size=_PAGINA, cursor=cursor)
        found += [one for one in page.notifiche if id_dominio in {None, one.id_dominio}]
        cursor = page.cursor
        if cursor is None:
            break
    return found[:most]


def _per_stato(opzioni: argparse.Namespace) -> list["Notifica"]:
    from datetime import UTC, datetime, timedelta

    from chalicelib.kernel.rome_time import rome_day
    from chalicelib.notifiche import queries
    from chalicelib.notifiche.states import PUBBLICI
    from chalicelib.rest.paging import MAX_GIORNI
    from govpay.chi import operatore

    if not 0 < opzioni.giorni <= MAX_GIORNI:
        raise Fermato(f"--giorni: da 1 a {MAX_GIORNI}.")
    oggi = rome_day(datetime.now(UTC))
    filtri = queries.Filtri(
        giorni=tuple(oggi - timedelta(days=ago) for ago in range(opzioni.giorni)),
        stati=PUBBLICI[opzioni.stato],
        id_dominio=opzioni.dominio,
    )
    found: list[Notifica] = []
    cursor: str | None = None
    while len(found) < opzioni.limite:
        page = queries.find_notifiche(utenza=operatore(), filtri=filtri, size=_PAGINA, page=1, cursor=cursor)
        found += page.notifiche
        cursor = page.cursor
        if cursor is None:
            break
    return found[: opzioni.limite]


def _json(notifica: "Notifica") -> dict[str, Any]:
    from chalicelib.notifiche.schemas import notifica_index_json

    return {"chiave": notifica.chiave, **notifica_index_json(notifica)}


# -- send anew


def _manda(opzioni: argparse.Namespace, terminale: Terminale) -> int:
    if bool(opzioni.chiavi) == opzioni.tutte:
        raise Fermato("Indicare le chiavi delle notifiche, oppure --tutte.")
    chiavi = opzioni.chiavi or [one.chiave for one in _fallite(opzioni.dominio, MAX_ELENCO)]
    if not chiavi:
        terminale.riga("Nessuna notifica da rispedire.", "green")
        terminale.dati({"rispedite": 0, "rifiutate": []})
        return OK
    di = f" del dominio {opzioni.dominio}" if opzioni.dominio else ""
    terminale.conferma(
        f"Saranno rispedite {len(chiavi)} notifiche{di}: i gestionali le riceveranno di nuovo, anche se qualcuna "
        "era arrivata senza risposta."
    )
    rifiutate = _rispedite(chiavi, terminale)
    spedite = len(chiavi) - len(rifiutate)
    terminale.riga(f"Rimesse in coda {spedite} notifiche.", "green")
    for chiave, perche in rifiutate.items():
        terminale.riga(f"{chiave}: {perche}", "red")
    terminale.dati({"rispedite": spedite, "rifiutate": [{"chiave": k, "motivo": v} for k, v in rifiutate.items()]})
    return DA_GUARDARE if rifiutate else OK


def _rispedite(chiavi: Sequence[str], terminale: Terminale) -> dict[str, str]:
    """Send them anew; give those that were refused, and why."""
    from datetime import UTC, datetime

    from chalicelib.kernel.refusals import Refusal
    from chalicelib.notifiche import operations

    rifiutate: dict[str, str] = {}
    with terminale.avanzamento("Notifiche", len(chiavi)) as avanza:
        for number, chiave in enumerate(chiavi, 1):
            try:
                operations.replay(chiave, now=datetime.now(UTC))
            except Refusal as refusal:
                rifiutate[chiave] = refusal.dettaglio
            avanza(number)
    return rifiutate
