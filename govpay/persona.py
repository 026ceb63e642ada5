"""Where the data of a citizen is, given out, and taken away. Found by indexes, never by a scan.

What stays, for the law asks for it ten years: the ricevute as pagoPA sent them (`ricevute/` in the archive), the
tracciati as the ente loaded them, the giornali di cassa of the bank. docs/sicurezza.md says so.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from pynamodb.expressions.condition import Condition

from chalicelib.aws.base_table import BaseTable, raw_client
from chalicelib.aws.clients import client
from chalicelib.aws.documents import Bucket
from chalicelib.aws.outbox import OutboxTable, made_between, mese_of
from chalicelib.giornale.tables import EventoItem
from chalicelib.kernel.oblio import ANONIMO, Persona, texts_of, without
from chalicelib.kernel.rome_time import end_of_day, rome_day, start_of_day
from chalicelib.notifiche.tables import NotificaItem
from chalicelib.pagamenti.model import Formato
from chalicelib.pagamenti.repository import RPP
from chalicelib.pagamenti.sessioni.repository import listed_under
from chalicelib.pagamenti.sessioni.tables import PagamentoItem
from chalicelib.pagamenti.states import IN_ATTESA
from chalicelib.pendenze.repository import SK_POSIZIONE, key_of
from chalicelib.pendenze.states import StatoPendenza
from chalicelib.pendenze.tables import PendenzaItem, TransazioneItem
from chalicelib.promemoria.model import prefix_of
from chalicelib.promemoria.tables import PromemoriaItem
from chalicelib.rest import log
from chalicelib.settings import settings

_PAGE = 100
_RETAINED = "ricevute/"
_DOPO = timedelta(days=2)  # a notifica or a promemoria is made with its cause, or the day after


@dataclass(frozen=True, slots=True)
class Trovato:
    """One stored thing of the person: an item, or an object of a bucket by its key."""

    dove: str
    item: BaseTable | None = None
    bucket: Bucket | None = None
    chiave: str = ""


def pendenze_of(codice: str) -> Iterator[PendenzaItem]:
    """Give the pendenze of a debtor, whole, a page at a time."""
    for one in PendenzaItem.per_debitore.query(codice.upper(), page_size=_PAGE):
        yield PendenzaItem.get(one.pk, consistent_read=True)


def things_of_pendenza(item: PendenzaItem) -> Iterator[Trovato]:
    """Give all that is stored with a pendenza, the pendenza itself last: while it is there the rest can be found."""
    pendenza = json.loads(item.documento or "{}")
    if item.iuv:
        yield from _of_iuv(str(item.id_dominio), str(item.iuv))
    yield from _eventi(_as_written(EventoItem.per_pendenza.query(str(item.pk), page_size=_PAGE)))
    if pendenza.get("numero_avviso"):
        yield from _objects(Bucket.DOCUMENTI, f"avvisi/{item.id_dominio}/{pendenza['numero_avviso']}/")
    for giorno in _days(pendenza["caricata"], pendenza.get("aggiornata"), pendenza.get("data_scadenza")):
        begin = PromemoriaItem.pk.startswith(prefix_of(str(item.id_dominio), str(item.id_a2a), str(item.id_pendenza)))
        for one in _made_on(PromemoriaItem, giorno, begin):
            yield Trovato("promemoria", PromemoriaItem.get(one.pk, consistent_read=True))
    yield Trovato("pendenze", item)


def _of_iuv(id_dominio: str, iuv: str) -> Iterator[Trovato]:
    items = list(TransazioneItem.query(f"{id_dominio}#{iuv}", consistent_read=True, page_size=_PAGE))
    days: set[date] = set()
    for item in items:
        documento = json.loads(item.documento or "null")
        if not isinstance(documento, dict):
            continue
        if documento.get("id_pagamento"):
            yield from _sessione(documento["id_pagamento"])
        days |= set(_days(*(documento.get(name) for name in ("creata", "aggiornata", "ricevuta", "acquisita"))))
    for giorno in sorted(days):
        prefix = NotificaItem.pk.startswith(f"{id_dominio}#{iuv}#")
        for one in _made_on(NotificaItem, giorno, prefix):
            notifica = NotificaItem.get(one.pk, consistent_read=True)
            key = json.loads(notifica.documento or "{}").get("corpo_key")
            if key:
                yield Trovato("archivio", bucket=Bucket.ARCHIVIO, chiave=key)
            yield Trovato("notifiche", notifica)
    yield from _eventi(EventoItem.query(f"{id_dominio}#{iuv}", consistent_read=True, page_size=_PAGE))
    yield from _objects(Bucket.DOCUMENTI, f"ricevute/{id_dominio}/{iuv}/")
    yield from (Trovato("transazioni", item) for item in items)


def _made_on(table: type[OutboxTable], giorno: date, matching: Condition) -> Iterator[Any]:
    bounds = made_between(start_of_day(giorno), end_of_day(giorno))
    created = table.creata.between(bounds.da, bounds.a)
    return table.per_mese.query(mese_of(giorno), created, filter_condition=matching, page_size=_PAGE)


def _days(*instants: str | None) -> list[date]:
    found: set[date] = set()
    for text in instants:
        if text:
            instant = datetime.fromisoformat(text)
            day = rome_day(instant if instant.tzinfo else instant.replace(tzinfo=UTC))
            found |= {day + timedelta(days=ahead) for ahead in range(-_DOPO.days, _DOPO.days)}
    return sorted(found)


def _sessione(id_pagamento: str) -> Iterator[Trovato]:
    try:
        item = PagamentoItem.get(id_pagamento, consistent_read=True)
    except PagamentoItem.DoesNotExist:
        return
    yield from (Trovato("pagamenti", one) for one in listed_under(item))
    yield Trovato("pagamenti", item)


def _as_written(items: Iterable[Any]) -> Iterator[EventoItem]:
    """Give eventi as last written: their index may still have them with the person, after they were taken out."""
    listed = iter(items)
    while page := list(islice(listed, _PAGE)):
        yield from EventoItem.batch_get([(one.pk, one.sk) for one in page], consistent_read=True)


def _eventi(items: Iterable[EventoItem]) -> Iterator[Trovato]:
    for item in items:
        scambio = json.loads(item.documento or "{}").get("scambio", {})
        for part in ("richiesta", "risposta"):
            key = scambio.get(part, {}).get("payload_key")
            if key and not key.startswith(_RETAINED):
                yield Trovato("archivio", bucket=Bucket.ARCHIVIO, chiave=key)
        yield Trovato("eventi", item)


def _objects(bucket: Bucket, prefix: str) -> Iterator[Trovato]:
    pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=settings().bucket(bucket), Prefix=prefix)
    for page in pages:
        for one in page.get("Contents", ()):
            yield Trovato(bucket.value, bucket=bucket, chiave=one["Key"])


def sessioni_of(codice: str) -> Iterator[Trovato]:
    """Give the payments that the person started for others, with what is stored of the notices they paid."""
    for one in PagamentoItem.per_versante.query(codice.upper(), page_size=_PAGE):
        item = PagamentoItem.get(one.pk, consistent_read=True)
        for tentativo in json.loads(item.documento or "{}").get("tentativi", ()):
            yield from _of_iuv(tentativo["id_dominio"], tentativo["iuv"])
        yield from (Trovato("pagamenti", one) for one in listed_under(item))
        yield Trovato("pagamenti", item)


def things_of(codice: str) -> Iterator[Trovato]:
    """Give all that is stored of a person; a thing may come twice."""
    for item in pendenze_of(codice):
        yield from things_of_pendenza(item)
    yield from sessioni_of(codice)


def export(codice: str) -> dict[str, Any]:
    """Give what is stored of a person: the documents, and the keys of the objects, which lie in the buckets."""
    found: dict[str, Any] = {"codiceFiscale": codice.upper(), "documenti": {}, "oggetti": []}
    seen: set[tuple[str, str]] = set()
    for thing in things_of(codice):
        name = _name_of(thing)
        if name in seen:
            continue
        seen.add(name)
        if thing.item is None:
            found["oggetti"].append({"bucket": str(thing.bucket), "chiave": thing.chiave})
        else:
            entry = {"chiave": name[1], "documento": json.loads(thing.item.documento or "null")}
            found["documenti"].setdefault(thing.dove, []).append(entry)
    return found


def _name_of(thing: Trovato) -> tuple[str, str]:
    if thing.item is None:
        return str(thing.bucket), thing.chiave
    keys = thing.item.to_dynamodb_dict()
    return thing.dove, " ".join(keys[name]["S"] for name in ("pk", "sk") if name in keys)


@dataclass(slots=True)
class Esito:
    """What an erasure did. `trattenute` are the pendenze still owed, of which the ente is still to be told, or an RT may come."""

    pendenze: int = 0
    elementi: int = 0
    oggetti: int = 0
    trattenute: int = 0


def erase(codice: str) -> Esito:
    """Take a person out of all that is closed. Done again, or after a crash, it goes on with what is left.

    The pendenza, by which the rest is found, is the last of its things to change.
    """
    esito = Esito()
    for item in list(pendenze_of(codice)):
        if str(item.stato).startswith(StatoPendenza.NON_ESEGUITO):
            esito.trattenute += 1
            continue
        things = list(things_of_pendenza(item))
        if any(_is_to_send(thing) or _is_to_be_answered(thing) for thing in things):
            esito.trattenute += 1
            continue
        _erase(things, _persona(things, codice), esito)
        esito.pendenze += 1
    if not esito.trattenute:
        things = list(sessioni_of(codice))
        _erase(things, _persona(things, codice), esito)
    log.info("persona resa anonima", quanti=esito.elementi, esito=f"{esito.pendenze} pendenze, {esito.oggetti} oggetti")
    return esito


def _is_to_send(thing: Trovato) -> bool:
    """Tell of a notifica or a promemoria that is still to be delivered: it needs its body, for thirty days at most."""
    return str(getattr(thing.item, "da_spedire", None) or "").startswith("da-spedire")


def _is_to_be_answered(thing: Trovato) -> bool:
    """Tell of an RPT whose RT is still to come: it is sent, and answered, with the name of its payer."""
    if not isinstance(thing.item, TransazioneItem) or not str(thing.item.sk).startswith(RPP):
        return False
    rpp = json.loads(thing.item.documento or "{}")
    return rpp.get("formato") == Formato.RPT and rpp.get("stato") in IN_ATTESA


def _persona(things: list[Trovato], codice: str) -> Persona:
    documents = [json.loads(one.item.documento or "null") for one in things if one.item is not None]
    return Persona(codice=codice.upper(), testi=frozenset(t for d in documents for t in texts_of(d, codice)))


def _erase(things: list[Trovato], persona: Persona, esito: Esito) -> None:
    pattern, done = persona.pattern(), set[tuple[str, str]]()
    for thing in sorted(things, key=_turn):
        if _name_of(thing) in done:
            continue
        if thing.item is None:
            done.add(_name_of(thing))
            _drop(thing)
            esito.oggetti += 1
            continue
        together = [thing, *_pendenza_of(thing)]
        done |= {_name_of(one) for one in together}
        esito.elementi += _rewrite([one.item for one in together if one.item is not None], persona, pattern)


def _turn(thing: Trovato) -> int:
    """Tell when a thing has its turn: the posizione with its pendenza, by which the rest is found, is the last."""
    is_posizione = isinstance(thing.item, TransazioneItem) and thing.item.sk == SK_POSIZIONE
    return 2 if is_posizione else {"transazioni": 1, "pendenze": 3}.get(thing.dove, 0)


def _pendenza_of(thing: Trovato) -> list[Trovato]:
    """Give the pendenza of a posizione: the two are the same twice, and are written as one."""
    if not isinstance(thing.item, TransazioneItem) or thing.item.sk != SK_POSIZIONE:
        return []
    documento = json.loads(thing.item.documento or "{}")
    key = key_of(documento["id_a2a"], documento["id_pendenza"])
    return [Trovato("pendenze", PendenzaItem.get(key, consistent_read=True))]


def _rewrite(items: list[BaseTable], persona: Persona, pattern: re.Pattern[str]) -> int:
    """Write items without the person, all or none; give how many had something of theirs."""
    puts = [put for item in items if (put := _put_of(item, persona, pattern)) is not None]
    if len(puts) > 1:
        raw_client(type(items[0])).transact_write_items(TransactItems=[{"Put": put} for put in puts])
    elif puts:
        raw_client(type(items[0])).put_item(**puts[0])
    return len(puts)


def _put_of(item: BaseTable, persona: Persona, pattern: re.Pattern[str]) -> dict[str, Any] | None:
    """Give the write of an item without the person, under the version it was read with; None if nothing changes.

    A pendenza and its posizione are each one version on, and stay alike. The body of a notifica and where an evento
    had its bodies go with it.
    """
    before = item.to_dynamodb_dict()
    documento = json.loads(before.get("documento", {}).get("S") or "null")
    after = _without_bodies(without(documento, persona, pattern))
    stored = {
        name: {"S": pattern.sub(ANONIMO, value["S"])} if "S" in value and name not in {"pk", "sk"} else value
        for name, value in before.items()
        if name not in {"documento", "corpo"}
    }
    if after == documento and stored == {name: value for name, value in before.items() if name != "documento"}:
        return None
    versione = int(before["versione"]["N"])
    if isinstance(after, dict) and "versione" in after:
        after["versione"] = versione + 1
    if "documento" in before:
        stored["documento"] = {"S": json.dumps(after, ensure_ascii=False, separators=(",", ":"))}
    return {
        "TableName": item.Meta.table_name,
        "Item": {**stored, "versione": {"N": str(versione + 1)}},
        "ConditionExpression": "versione = :versione",
        "ExpressionAttributeValues": {":versione": {"N": str(versione)}},
    }


def _without_bodies(documento: Any) -> Any:
    """Forget where the bodies of an evento or a notifica were, but for a ricevuta's, which stays."""
    if not isinstance(documento, dict):
        return documento
    for part in ("richiesta", "risposta"):
        message = documento.get("scambio", {}).get(part, {})
        if not str(message.get("payload_key") or _RETAINED).startswith(_RETAINED):
            del message["payload_key"]
    documento.pop("corpo_key", None)
    return documento


def _drop(thing: Trovato) -> None:
    """Delete an object with all its versions."""
    if thing.bucket is None:
        return
    bucket, s3 = settings().bucket(thing.bucket), client("s3")
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=thing.chiave)
    for page in pages:
        for one in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            if one["Key"] == thing.chiave:
                s3.delete_object(Bucket=bucket, Key=thing.chiave, VersionId=one["VersionId"])
