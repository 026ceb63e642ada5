"""Transazione ↔ items: everything of one IUV in one partition, read by one consistent Query, written by conditions."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from chalicelib.aws.base_table import raw_client
from chalicelib.aws.codec import decode, encode
from chalicelib.aws.transactions import ABSENT, Condition, Write, version_is
from chalicelib.pagamenti.model import ChiaveRiscossione, Ricevuta, Riscossione, Rpp, TipoRiscossione, Transazione
from chalicelib.pagamenti.rules.ricevuta import EsitoAcquisizione
from chalicelib.pagamenti.states import IN_ATTESA
from chalicelib.pendenze import repository as pendenze
from chalicelib.pendenze.model import Pendenza
from chalicelib.pendenze.tables import TransazioneItem

RPP, RICEVUTA, RISCOSSIONE, RINVIO, ATTESA = "rpp#", "ricevuta#", "riscossione#", "rinvio#", "attesa#"
PORTALE = "portale#"
# What goes with an attempt is guarded by the version of the attempt.
_ANY = Condition("attribute_exists(pk) OR attribute_not_exists(pk)")
IN_CORSO, RIFIUTATO = "IN_CORSO", "RIFIUTATO"
DA_VERIFICARE, ABBANDONATA = "S", "F"  # the partitions of the index da-verificare
_NON_INTERMEDIATA = TipoRiscossione.ENTRATA_PA_NON_INTERMEDIATA
_BATCH = 100  # DynamoDB's own limit of a BatchGetItem

T = TypeVar("T", Rpp, Ricevuta, Riscossione)


def partition_of(id_dominio: str, iuv: str) -> str:
    return pendenze.posizione_key(id_dominio, iuv)


def load(id_dominio: str, iuv: str) -> Transazione:
    """Read all that is stored of an IUV, in one Query, as last written."""
    items = _partition(partition_of(id_dominio, iuv))
    posizione = next((item for item in items if item.sk == pendenze.SK_POSIZIONE), None)
    transazione = Transazione(
        id_dominio=id_dominio,
        iuv=iuv,
        posizione=None if posizione is None else decode(Pendenza, posizione.documento or ""),
        rpp=_decoded(Rpp, RPP, items),
        ricevute=_decoded(Ricevuta, RICEVUTA, items),
        riscossioni=_decoded(Riscossione, RISCOSSIONE, items),
        attesa=any(item.sk.startswith(ATTESA) for item in items),
        rinvii=tuple(_rinvio(iuv, item) for item in items if item.sk.startswith(RINVIO)),
    )
    return _divided(transazione) if any(rpp.id_dominio_posizione for rpp in transazione.rpp) else transazione


def _divided(transazione: Transazione) -> Transazione:
    """Set apart what is of the pendenza of another ente: nobody who looks for ours may take it for its."""
    altrui = {rpp.ccp for rpp in transazione.rpp if rpp.id_dominio_posizione is not None}
    theirs = replace(
        transazione,
        posizione=None,
        rinvii=(),
        rpp=tuple(rpp for rpp in transazione.rpp if rpp.ccp in altrui),
        ricevute=tuple(ricevuta for ricevuta in transazione.ricevute if ricevuta.ccp in altrui),
        riscossioni=tuple(riscossione for riscossione in transazione.riscossioni if riscossione.ccp in altrui),
    )
    return replace(
        transazione,
        rpp=tuple(rpp for rpp in transazione.rpp if rpp.ccp not in altrui),
        ricevute=tuple(ricevuta for ricevuta in transazione.ricevute if ricevuta.ccp not in altrui),
        riscossioni=tuple(riscossione for riscossione in transazione.riscossioni if riscossione.ccp not in altrui),
        altrui=theirs,
    )


def _rinvio(iuv: str, item: "_Letto") -> ChiaveRiscossione:
    iur, _, indice = item.sk.removeprefix(RINVIO).rpartition("#")
    return ChiaveRiscossione(decode(str, item.documento or ""), iuv, iur, int(indice))


class _Letto(NamedTuple):
    """What `load` needs of an item."""

    sk: str
    versione: int
    documento: str | None


def _partition(pk: str) -> list[_Letto]:
    """Read a partition. By the raw client: making models of items is a tenth of what the Nodo waits for."""
    request: dict[str, Any] = {
        "TableName": TransazioneItem.Meta.table_name,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": pk}},
        "ConsistentRead": True,
    }
    found: list[_Letto] = []
    while True:
        answer = raw_client(TransazioneItem).query(**request)
        found += (
            _Letto(item["sk"]["S"], int(item["versione"]["N"]), item.get("documento", {}).get("S"))
            for item in answer["Items"]
        )
        if "LastEvaluatedKey" not in answer:
            return found
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def get_many(keys: Iterable[tuple[str, str, str]]) -> list[tuple[Rpp, Ricevuta | None]]:
    """Give the attempts of these keys (dominio, iuv, ccp) with their ricevute, in their order; absent ones are left out."""
    wanted = [(partition_of(dominio, iuv), ccp) for dominio, iuv, ccp in keys]
    item_keys = [(pk, sk) for pk, ccp in wanted for sk in (RPP + ccp, RICEVUTA + ccp)]
    found: dict[tuple[str, str], TransazioneItem] = {}
    for start in range(0, len(item_keys), _BATCH):
        for item in TransazioneItem.batch_get(item_keys[start : start + _BATCH]):
            found[item.pk, item.sk] = item
    return [
        (_decode(Rpp, found[pk, RPP + ccp]), _ricevuta(found.get((pk, RICEVUTA + ccp))))
        for pk, ccp in wanted
        if (pk, RPP + ccp) in found
    ]


def _ricevuta(item: TransazioneItem | None) -> Ricevuta | None:
    return None if item is None else _decode(Ricevuta, item)


def _decoded(shape: type[T], prefix: str, items: Sequence[_Letto]) -> tuple[T, ...]:
    return tuple(_decode(shape, item) for item in items if item.sk.startswith(prefix))


def _decode(shape: type[T], item: TransazioneItem | _Letto) -> T:
    return replace(decode(shape, item.documento or ""), versione=int(item.versione))


def rpp_writes(*, before: Rpp | None, after: Rpp) -> list[Write]:
    """Give the writes that put an attempt in the place of what was read: under its new ccp, if that has changed.

    One that a portal started on what another applicazione loaded has an item more, by which the portal's lists find it.
    """
    if before is not None and before.ccp != after.ccp:
        gone = Write(
            item=_rpp_item(before), condition=version_is(before.versione), name=f"rpp {before.ccp}", delete=True
        )
        return [gone, *_portale_writes(before, delete=True), *rpp_writes(before=None, after=after)]
    versione = 0 if before is None else before.versione
    stored = replace(after, versione=versione).next_version()
    write = Write(item=_rpp_item(stored), condition=_condition(versione), name=f"rpp {after.ccp}")
    is_listed = before is not None and _listed(before) == _listed(after)
    return [write, *(() if is_listed else _portale_writes(stored))]


def _listed(rpp: Rpp) -> tuple[str | None, ...]:
    return rpp.stato, esito_of(rpp), rpp.id_a2a_portale


def _portale_writes(rpp: Rpp, *, delete: bool = False) -> list[Write]:
    if rpp.id_a2a_portale in {None, rpp.id_a2a}:
        return []
    item = TransazioneItem(
        pk=partition_of(rpp.id_dominio, rpp.iuv),
        sk=PORTALE + rpp.ccp,
        versione=rpp.versione,
        stato=rpp.stato,
        esito=esito_of(rpp),
        ccp=rpp.ccp,
        id_a2a=rpp.id_a2a,
        id_pendenza=rpp.id_pendenza,
        id_tipo_pendenza=rpp.id_tipo_pendenza,
        rpp_applicazione_anno=f"{rpp.id_a2a_portale}#{pendenze.year_of(rpp.creata)}",
        rpp_data=_rpp_data(rpp),
    )
    return [Write(item=item, condition=_ANY, name=f"{PORTALE}{rpp.ccp}", delete=delete)]


def _rpp_data(rpp: Rpp) -> str:
    return pendenze.caricata_key(rpp.creata, f"{partition_of(rpp.id_dominio, rpp.iuv)}#{rpp.ccp}")


def acquisition_writes(transazione: Transazione, esito: EsitoAcquisizione) -> list[Write]:
    """Give all that a ricevuta changes, to be committed together with what must be told of it."""
    writes = [] if esito.rpp is None else rpp_writes(before=esito.replaced, after=esito.rpp)
    writes.append(_ricevuta_write(esito.ricevuta))
    writes.extend(_rinvio_writes(esito.riscossioni))
    return writes + money_writes(transazione.posizione, esito.riscossioni, esito.pendenza)


def money_writes(before: Pendenza | None, riscossioni: Iterable[Riscossione], after: Pendenza | None) -> list[Write]:
    """Give the writes of riscossioni and of the position that changes with them."""
    writes = [_riscossione_write(riscossione) for riscossione in riscossioni]
    if after is None:
        return writes
    if before is None:
        msg = "una pendenza cambia senza essere stata letta"
        raise ValueError(msg)
    return writes + pendenze.writes(before, after)


def _rinvio_writes(riscossioni: Iterable[Riscossione]) -> list[Write]:
    """Give what lets a secondary beneficiary of ours find its money: its flow names its own dominio, not the IUV's."""
    return [
        Write(
            item=TransazioneItem(
                pk=partition_of(r.id_dominio_beneficiario, r.iuv),
                sk=_sk_of(RINVIO, r.iur, r.indice),
                documento=encode(r.id_dominio),
            ),
            condition=ABSENT,
            name="rinvio",
        )
        for r in riscossioni
        if r.versione == 0 and r.id_dominio_beneficiario is not None and r.tipo is not _NON_INTERMEDIATA
    ]


def riscossioni_of(keys: Iterable[ChiaveRiscossione]) -> dict[ChiaveRiscossione, Riscossione]:
    """Give the riscossioni of these keys, as last written; absent ones are left out. A BatchGetItem for a hundred."""
    items = _batch((partition_of(k.id_dominio, k.iuv), _sk_of(RISCOSSIONE, k.iur, k.indice)) for k in keys)
    found = [_decode(Riscossione, item) for item in items.values()]
    return {riscossione.chiave: riscossione for riscossione in found}


def rinvii_of(keys: Iterable[ChiaveRiscossione]) -> dict[ChiaveRiscossione, ChiaveRiscossione]:
    """Give, for keys of a secondary beneficiary, those under which the riscossioni lie."""
    wanted = {(partition_of(k.id_dominio, k.iuv), _sk_of(RINVIO, k.iur, k.indice)): k for k in keys}
    items = _batch(wanted)
    return {wanted[key]: wanted[key]._replace(id_dominio=decode(str, i.documento or "")) for key, i in items.items()}


def posizioni_of(keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Pendenza]:
    """Give the positions of these (dominio, iuv), as last written; absent ones are left out."""
    wanted = {(partition_of(*key), pendenze.SK_POSIZIONE): key for key in keys}
    return {wanted[key]: pendenze.decode_posizione(item) for key, item in _batch(wanted).items()}


def money_of(
    keys: Iterable[ChiaveRiscossione],
) -> tuple[dict[ChiaveRiscossione, Riscossione], dict[tuple[str, str], Pendenza]]:
    """Give the riscossioni of these keys and the positions that they pay, as last written, read together.

    Absent ones are left out. A BatchGetItem for fifty.
    """
    wanted = list(keys)
    positions = {(partition_of(k.id_dominio, k.iuv), pendenze.SK_POSIZIONE): (k.id_dominio, k.iuv) for k in wanted}
    rows = [(partition_of(k.id_dominio, k.iuv), _sk_of(RISCOSSIONE, k.iur, k.indice)) for k in wanted]
    items = _batch([*rows, *positions])
    found = [_decode(Riscossione, item) for key, item in items.items() if key not in positions]
    posizioni = {positions[key]: pendenze.decode_posizione(i) for key, i in items.items() if key in positions}
    return {riscossione.chiave: riscossione for riscossione in found}, posizioni


def riscossioni_in(id_dominio: str, mese: str, *, stato: str, most: int) -> list[Riscossione]:
    """Give the riscossioni of an ente and a month that are in a state, oldest first."""
    found = TransazioneItem.riscossione_per_dominio.query(
        f"{id_dominio}#{mese[:4]}",
        TransazioneItem.riscossione_data.startswith(mese),
        filter_condition=TransazioneItem.stato == stato,
        limit=most,
    )
    items = _batch((item.pk, item.sk) for item in found)
    return [_decode(Riscossione, item) for item in items.values()]


def attesa_write(id_dominio: str, iuv: str, chi: str) -> Write:
    """Give the write that lets whoever takes the ricevuta of an iuv know that a credit of the bank waits for it."""
    item = TransazioneItem(pk=partition_of(id_dominio, iuv), sk=ATTESA + chi)
    return Write(item=item, condition=ABSENT, name="attesa")


def _batch(keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], TransazioneItem]:
    wanted = list(dict.fromkeys(keys))
    found: dict[tuple[str, str], TransazioneItem] = {}
    for start in range(0, len(wanted), _BATCH):
        for item in TransazioneItem.batch_get(wanted[start : start + _BATCH], consistent_read=True):
            found[item.pk, item.sk] = item
    return found


def _sk_of(prefix: str, iur: str, indice: int) -> str:
    return f"{prefix}{iur}#{indice}"


def _ricevuta_write(ricevuta: Ricevuta) -> Write:
    stored = ricevuta.next_version()
    item = TransazioneItem(
        pk=partition_of(ricevuta.id_dominio, ricevuta.iuv),
        sk=RICEVUTA + ricevuta.id_ricevuta,
        versione=stored.versione,
        documento=encode(stored),
    )
    return Write(item=item, condition=_condition(ricevuta.versione), name=f"ricevuta {ricevuta.id_ricevuta}")


def _riscossione_write(riscossione: Riscossione) -> Write:
    stored = riscossione.next_version()
    sk = _sk_of(RISCOSSIONE, riscossione.iur, riscossione.indice)
    pk = partition_of(riscossione.id_dominio, riscossione.iuv)
    item = TransazioneItem(
        pk=pk,
        sk=sk,
        versione=stored.versione,
        documento=encode(stored),
        stato=riscossione.stato,
        tipo=riscossione.tipo,
        id_a2a=riscossione.id_a2a,
        id_pendenza=riscossione.id_pendenza,
        id_tipo_pendenza=riscossione.id_tipo_pendenza,
        riscossione_dominio_anno=f"{riscossione.id_dominio}#{riscossione.data:%Y}",
        riscossione_data=f"{riscossione.data.isoformat()}#{pk}#{sk}",
    )
    return Write(item=item, condition=_condition(riscossione.versione), name=sk)


def _condition(versione: int) -> Condition:
    """Give what must hold of an item read with this version, 0 where none was."""
    return version_is(versione) if versione else ABSENT


def esito_of(rpp: Rpp) -> str:
    """Give the outcome by which lists filter: esitoRpt of the contract, IN_CORSO and RIFIUTATO included."""
    if rpp.esito is not None:
        return rpp.esito
    return IN_CORSO if rpp.stato in IN_ATTESA else RIFIUTATO


def _rpp_item(rpp: Rpp) -> TransazioneItem:
    pk = partition_of(rpp.id_dominio, rpp.iuv)
    anno, when = pendenze.year_of(rpp.creata), rpp.prossima_verifica or rpp.abbandonata
    return TransazioneItem(
        pk=pk,
        sk=RPP + rpp.ccp,
        versione=rpp.versione,
        documento=encode(rpp),
        stato=rpp.stato,
        esito=esito_of(rpp),
        ccp=rpp.ccp,
        id_a2a=rpp.id_a2a,
        id_pendenza=rpp.id_pendenza,
        id_tipo_pendenza=rpp.id_tipo_pendenza,
        rpp_dominio_anno=f"{rpp.id_dominio}#{anno}",
        rpp_applicazione_anno=f"{rpp.id_a2a}#{anno}",
        rpp_pendenza=pendenze.key_of(rpp.id_a2a, rpp.id_pendenza),
        rpp_data=_rpp_data(rpp),
        da_verificare=DA_VERIFICARE if rpp.prossima_verifica else ABBANDONATA if rpp.abbandonata else None,
        prossima=None if when is None else pendenze.caricata_key(when, f"{pk}#{rpp.ccp}"),
    )


def due(*, now: datetime, most: int) -> list[tuple[str, str, str]]:
    """Give the keys (dominio, iuv, ccp) of the attempts that the Nodo should be asked about by now, longest first."""
    return _indexed(DA_VERIFICARE, now=now, most=most)


def abandoned(*, now: datetime, most: int) -> list[tuple[str, str, str]]:
    """Give the keys of attempts of which it was given up to learn the outcome, oldest first."""
    return _indexed(ABBANDONATA, now=now, most=most)


def _indexed(which: str, *, now: datetime, most: int) -> list[tuple[str, str, str]]:
    until = pendenze.caricata_key(now) + "\U0010ffff"
    found = TransazioneItem.da_verificare_index.query(which, TransazioneItem.prossima <= until, limit=most)
    split = ((*item.pk.split("#", 1), item.sk.removeprefix(RPP)) for item in found)
    return [(dominio, iuv, ccp) for dominio, iuv, ccp in split]
