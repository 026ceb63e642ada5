"""govpay salute: whether everything moves – queues, work that is late, tables, schedules."""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

from govpay.esiti import DA_GUARDARE, OK
from govpay.terminale_tipo import Terminale

AIUTO = "controlla code, lavori in ritardo, tabelle e schedulazioni"
# Longer than the slowest of the schedules that look for late work (five minutes) and one run that failed.
RITARDO = timedelta(minutes=12)
_MAX = 100
_STILI = {0: "green", 1: "yellow", 2: "red"}
_PAROLE = {0: "bene", 1: "attenzione", 2: "errore"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Esame:
    """One thing that was looked at. `stato` as a sonda's: 0 good, 1 warning, 2 error."""

    cosa: str
    nome: str
    stato: int
    descrizione: str


def argomenti(_parser: argparse.ArgumentParser) -> None:
    """Take nothing of its own."""


def esegui(opzioni: argparse.Namespace, terminale: Terminale) -> int:
    esami: list[Esame] = []
    passi: list[Callable[[], Iterator[Esame]]] = [_code, _lavori, _tabelle]
    if not opzioni.sandbox:  # there its own clock has the place of EventBridge
        passi.append(_schedulazioni)
    with terminale.avanzamento("Controlli", len(passi)) as avanza:
        for number, passo in enumerate(passi, 1):
            esami += passo()
            avanza(number)
    peggiore = max(esame.stato for esame in esami)
    terminale.dati(
        {
            "stato": peggiore,
            "esami": [
                {"cosa": e.cosa, "nome": e.nome, "stato": e.stato, "descrizioneStato": e.descrizione} for e in esami
            ],
        }
    )
    terminale.tabella(
        ["Che cosa", "Nome", "Stato", "Descrizione"],
        [[e.cosa, e.nome, _PAROLE[e.stato], e.descrizione] for e in esami],
        stili=[_STILI[e.stato] for e in esami],
    )
    return DA_GUARDARE if peggiore else OK


def _code() -> Iterator[Esame]:
    from chalicelib.anagrafica.routes.sonde import stato_of
    from chalicelib.aws.queues import Queue
    from chalicelib.aws.sonde import profondita

    for coda in sorted(Queue):
        stato, descrizione = stato_of(profondita(coda))
        yield Esame(cosa="coda", nome=coda.value, stato=stato, descrizione=descrizione)


def _lavori() -> Iterator[Esame]:
    """Tell whether what a schedule should have taken up by now is still there: it may be down."""
    from chalicelib.aws.outbox import SHARDS
    from chalicelib.notifiche import repository as notifiche
    from chalicelib.pagamenti import repository as pagamenti
    from chalicelib.promemoria import repository as promemoria
    from chalicelib.riconciliazione.repository import incassi

    since = datetime.now(UTC) - RITARDO
    late = sum(len(notifiche.due(shard, now=since, limit=_MAX)) for shard in SHARDS)
    yield _lavoro("riaccoda_notifiche", late, "notifiche da spedire")
    late = sum(len(promemoria.due(shard, now=since, limit=_MAX)) for shard in SHARDS)
    yield _lavoro("riaccoda_promemoria", late, "promemoria da spedire")
    yield _lavoro("recupero_pagamenti", len(pagamenti.due(now=since, most=_MAX)), "pagamenti da verificare")
    yield _lavoro("riaccoda_incassi", len(list(incassi.to_complete(before=since, most=_MAX))), "incassi da completare")
    fallite = len(notifiche.page_of_fallite(size=_MAX, cursor=None).items)
    words = f"{fallite} abbandonate: govpay notifiche rispedisci --tutte" if fallite else "nessuna abbandonata"
    yield Esame(cosa="notifiche", nome="fallite", stato=1 if fallite else 0, descrizione=words)


def _lavoro(nome: str, quanti: int, cosa: str) -> Esame:
    minuti = int(RITARDO.total_seconds() // 60)
    words = f"{quanti} {cosa} in ritardo di oltre {minuti} minuti" if quanti else f"nessun ritardo di {cosa}"
    return Esame(cosa="lavoro", nome=nome, stato=2 if quanti else 0, descrizione=words)


def _tabelle() -> Iterator[Esame]:
    from botocore.exceptions import ClientError

    from chalicelib.aws.clients import client
    from chalicelib.settings import settings

    prefix = settings().prefix
    for nome in _nomi_delle_tabelle():
        try:
            found = client("dynamodb").describe_table(TableName=nome)["Table"]
        except ClientError as error:
            yield Esame(
                cosa="tabella", nome=nome.removeprefix(prefix), stato=2, descrizione=error.response["Error"]["Code"]
            )
            continue
        indici = [one["IndexStatus"] for one in found.get("GlobalSecondaryIndexes", ())]
        good = found["TableStatus"] == "ACTIVE" and all(stato == "ACTIVE" for stato in indici)
        words = f"{found['TableStatus']}, {found['ItemCount']} elementi, {len(indici)} indici"
        yield Esame(cosa="tabella", nome=nome.removeprefix(prefix), stato=0 if good else 2, descrizione=words)


def _nomi_delle_tabelle() -> list[str]:
    """Give the names of all tables, by the modules that declare them."""
    import chalicelib
    from chalicelib.aws.base_table import tables

    root = Path(chalicelib.__file__).parent
    for path in sorted(root.rglob("tables.py")):
        import_module(".".join(("chalicelib", *path.relative_to(root).with_suffix("").parts)))
    return sorted(table.Meta.table_name for table in tables())


def _schedulazioni() -> Iterator[Esame]:
    """Tell whether EventBridge has the rules switched on."""
    import boto3

    from chalicelib.settings import settings

    pages = boto3.client("events").get_paginator("list_rules").paginate(NamePrefix=settings().prefix)
    rules = [rule for page in pages for rule in page["Rules"]]
    if not rules:
        yield Esame(
            cosa="schedulazione", nome="tutte", stato=2, descrizione="EventBridge non ne ha: installare lo stage"
        )
    for rule in rules:
        good = rule["State"] == "ENABLED"
        words = rule.get("ScheduleExpression", "") if good else "disabilitata: riabilitarla in EventBridge"
        yield Esame(cosa="schedulazione", nome=rule["Name"], stato=0 if good else 2, descrizione=words)
