"""DynamoDB in memory: tables, global secondary indexes that may lag, reads that may be of a moment ago.

Items are never changed in place: a write puts another dictionary, so that what was read stays what it was.
"""

import re
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from sandbox.simulatore.aws import espressioni
from sandbox.simulatore.aws.espressioni import EspressioneErrata, Item

Chiave = tuple[str, str]
PAGINA = 1_048_576
ITEM_MASSIMO = 409_600
TRANSAZIONE_MASSIMA = 4_194_304
_TOKEN_SECONDS = 600.0
_MAIUSCOLA = re.compile(r"(?<!^)(?=[A-Z])")
_SOLO_IN_FILTRI = frozenset({"OR", "NOT", "IN", "<>"})


def errore(codice: str, messaggio: str, operazione: str, **altro: Any) -> ClientError:
    risposta: Any = {"Error": {"Code": codice, "Message": messaggio}, **altro}
    return ClientError(risposta, operazione)


def misura(item: Item) -> int:
    """Give the bytes of an item, as DynamoDB counts them: names and values."""
    return sum(len(nome.encode()) + _misura(attributo) for nome, attributo in item.items())


def _misura(attributo: Mapping[str, Any]) -> int:
    ((tipo, valore),) = attributo.items()
    if tipo == "S":
        return len(valore.encode())
    if tipo in {"N", "B"}:
        return len(valore)
    if tipo == "L":
        return 3 + sum(1 + _misura(uno) for uno in valore)
    if tipo == "M":
        return 3 + sum(1 + len(nome) + _misura(uno) for nome, uno in valore.items())
    return sum(len(uno) for uno in valore) if tipo in {"SS", "NS", "BS"} else 1


@dataclass(slots=True)
class Indice:
    """A sorted index: entries (range, pk, sk) by hash. `tiene` are the attributes projected, None for all.

    `in_ritardo` are changes that the index has not seen yet, in their order, each with the moment at which it does.
    """

    nome: str
    hash_name: str
    range_name: str
    tiene: frozenset[str] | None
    partizioni: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    voci: dict[Chiave, Item] = field(default_factory=dict)
    in_ritardo: list[tuple[float, Chiave, Item | None]] = field(default_factory=list)

    def vede(self, chiave: Chiave, item: Item | None) -> None:
        """Put the entry of an item in the place of what was there; None, or an item without its keys, is in no index."""
        prima = self.voci.pop(chiave, None)
        if prima is not None:
            partizione = self.partizioni[prima[self.hash_name]["S"]]
            del partizione[bisect_left(partizione, (self._range(prima), *chiave))]
        if item is None or self.hash_name not in item or (self.range_name and self.range_name not in item):
            return
        voce = item if self.tiene is None else {nome: item[nome] for nome in self.tiene if nome in item}
        self.voci[chiave] = voce
        insort(self.partizioni.setdefault(voce[self.hash_name]["S"], []), (self._range(voce), *chiave))

    def _range(self, voce: Item) -> str:
        return str(voce[self.range_name]["S"]) if self.range_name else ""

    def si_aggiorna(self, ora: float) -> None:
        """See what it is time to see, each change after those before it."""
        while self.in_ritardo and self.in_ritardo[0][0] <= ora:
            _, chiave, item = self.in_ritardo.pop(0)
            self.vede(chiave, item)


@dataclass(slots=True)
class Tabella:
    nome: str
    hash_name: str
    range_name: str
    indici: dict[str, Indice]
    items: dict[Chiave, Item] = field(default_factory=dict)
    partizioni: dict[str, list[str]] = field(default_factory=dict)
    prima: dict[Chiave, tuple[float, Item | None]] = field(default_factory=dict)

    def chiave(self, valori: Mapping[str, Any], operazione: str) -> Chiave:
        try:
            pk = valori[self.hash_name]["S"]
            sk = valori[self.range_name]["S"] if self.range_name else ""
        except KeyError as error:
            raise errore(
                "ValidationException", "The provided key element does not match the schema", operazione
            ) from error
        if not pk or (self.range_name and not sk):
            raise errore("ValidationException", "One or more parameter values are not valid: empty key", operazione)
        return pk, sk

    def scrivi(self, chiave: Chiave, item: Item | None, *, ora: float, ritardo: float) -> None:
        vecchio = self.items.get(chiave)
        self.prima[chiave] = (ora, vecchio)
        pk, sk = chiave
        if item is None:
            if vecchio is not None:
                del self.items[chiave]
                self.partizioni[pk].remove(sk)
        else:
            if vecchio is None:
                insort(self.partizioni.setdefault(pk, []), sk)
            self.items[chiave] = item
        for indice in self.indici.values():
            if not ritardo and not indice.in_ritardo:
                indice.vede(chiave, item)
            else:
                # Never before what was written before it.
                after = indice.in_ritardo[-1][0] if indice.in_ritardo else 0.0
                indice.in_ritardo.append((max(ora + ritardo, after), chiave, item))

    def svuota(self) -> None:
        self.items.clear()
        self.partizioni.clear()
        self.prima.clear()
        for indice in self.indici.values():
            indice.partizioni.clear()
            indice.voci.clear()
            indice.in_ritardo.clear()


def tabelle_di(template: Mapping[str, Any], nome_di: Callable[[Any], str]) -> dict[str, Tabella]:
    """Make the tables of a CloudFormation template, empty; `nome_di` tells the name that a TableName says."""
    tabelle = {}
    for risorsa in template["Resources"].values():
        if risorsa["Type"] == "AWS::DynamoDB::Table":
            proprieta = risorsa["Properties"]
            nome = nome_di(proprieta["TableName"])
            hash_name, range_name = _chiavi(proprieta["KeySchema"])
            chiavi = {hash_name, range_name} - {""}
            indici = [_indice(uno, chiavi) for uno in proprieta.get("GlobalSecondaryIndexes", ())]
            tabelle[nome] = Tabella(nome, hash_name, range_name, {uno.nome: uno for uno in indici})
    return tabelle


def _chiavi(schema: Sequence[Mapping[str, str]]) -> tuple[str, str]:
    names = {entry["KeyType"]: entry["AttributeName"] for entry in schema}
    return names["HASH"], names.get("RANGE", "")


def _indice(dichiarato: Mapping[str, Any], chiavi: Iterable[str]) -> Indice:
    hash_name, range_name = _chiavi(dichiarato["KeySchema"])
    proiezione = dichiarato["Projection"]
    tiene = None
    if proiezione["ProjectionType"] != "ALL":
        tiene = frozenset({*chiavi, hash_name, range_name, *proiezione.get("NonKeyAttributes", ())} - {""})
    return Indice(dichiarato["IndexName"], hash_name, range_name, tiene)


@dataclass(slots=True)
class DynamoDb:
    """The service. `ora` tells seconds; `ritardo` how late an index sees a write; `passato` how old a read may be;
    `in_parte` how many of a batch are answered; `scritto` is told every write.
    """

    tabelle: dict[str, Tabella]
    ora: Callable[[], float] = lambda: 0.0
    ritardo: Callable[[], float] = lambda: 0.0
    passato: Callable[[], float] = lambda: 0.0
    in_parte: Callable[[int], int] = lambda quanti: quanti
    scritto: Callable[[str, Chiave, Item | None, Item | None], None] = lambda _tabella, _chiave, _prima, _dopo: None
    _token: dict[str, tuple[float, Any]] = field(default_factory=dict)

    def svuota(self, *, tranne: frozenset[str] = frozenset()) -> None:
        self._token.clear()
        for tabella in self.tabelle.values():
            if tabella.nome not in tranne:
                tabella.svuota()

    def items_di(self, nome: str) -> Iterable[Item]:
        """Give all items of a table, by the end of its name."""
        return next(tabella for tabella in self.tabelle.values() if tabella.nome.endswith(f"-{nome}")).items.values()

    def chiama(self, operazione: str, parametri: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one call.

        :raises ClientError: as the service would
        """
        fa = getattr(self, "_" + _MAIUSCOLA.sub("_", operazione).lower(), None)
        if fa is None:
            raise NotImplementedError(f"dynamodb.{operazione}")
        try:
            risposta: dict[str, Any] = fa(parametri)
        except EspressioneErrata as errata:
            raise errore("ValidationException", f"Invalid expression: {errata}", operazione) from errata
        return risposta

    def _tabella(self, parametri: Mapping[str, Any], operazione: str) -> Tabella:
        tabella = self.tabelle.get(parametri["TableName"])
        if tabella is None:
            raise errore("ResourceNotFoundException", "Requested resource not found", operazione)
        return tabella

    # -- reads

    def _letto(self, tabella: Tabella, chiave: Chiave, *, consistente: bool) -> Item | None:
        item = tabella.items.get(chiave)
        if not consistente and (passato := self.passato()):
            quando, prima = tabella.prima.get(chiave, (-1.0, None))
            if quando >= 0 and self.ora() - quando < passato:
                return prima
        return item

    def _get_item(self, parametri: Mapping[str, Any]) -> dict[str, Any]:
        tabella = self._tabella(parametri, "GetItem")
        chiave = tabella.chiave(parametri["Key"], "GetItem")
        item = self._letto(tabella, chiave, consistente=parametri.get("ConsistentRead", False))
        if item is None:
            return {}
        nomi = parametri.get("ExpressionAttributeNames", {})
        return {"Item": espressioni.proiettato(item, parametri.get("ProjectionExpression"), nomi)}

    def _batch_get_item(self, parametri: Mapping[str, Any]) -> dict[str, Any]:
        richieste = parametri["RequestItems"]
        quante = sum(len(una["Keys"]) for una in richieste.values())
        if not 0 < quante <= 100:
            raise errore("ValidationException", "Too many items requested for the BatchGetItem call", "BatchGetItem")
        risposte: dict[str, list[Item]] = {nome: [] for nome in richieste}
        restano: dict[str, Any] = {}
        spazio = self.in_parte(quante)
        for nome, una in richieste.items():
            tabella = self._tabella({"TableName": nome}, "BatchGetItem")
            chiavi = [tabella.chiave(key, "BatchGetItem") for key in una["Keys"]]
            if len(set(chiavi)) != len(chiavi):
                raise errore("ValidationException", "Provided list of item keys contains duplicates", "BatchGetItem")
            for chiave in chiavi[:spazio]:
                item = self._letto(tabella, chiave, consistente=una.get("ConsistentRead", False))
                if item is not None:
                    nomi = una.get("ExpressionAttributeNames", {})
                    risposte[nome].append(espressioni.proiettato(item, una.get("ProjectionExpression"), nomi))
            if len(chiavi) > spazio:
                restano[nome] = {**una, "Keys": una["Keys"][spazio:]}
            spazio = max(spazio - len(chiavi), 0)
        return {"Responses": risposte, "UnprocessedKeys": restano}

    def _query(self, parametri: Mapping[str, Any]) -> dict[str, Any]:
        tabella = self._tabella(parametri, "Query")
        indice = self._indice_di(tabella, parametri)
        nomi, valori = parametri.get("ExpressionAttributeNames", {}), parametri.get("ExpressionAttributeValues", {})
        testo = parametri["KeyConditionExpression"]
        valore_hash = _hash_di(testo, indice.hash_name if indice else tabella.hash_name, nomi, valori)
        chiave = espressioni.condizione(testo)
        candidati = [
            (posto, item)
            for posto, item in self._partizione(tabella, indice, valore_hash, parametri)
            if chiave(item, nomi, valori)
        ]
        if not parametri.get("ScanIndexForward", True):
            candidati.reverse()
        return _pagina(tabella, indice, candidati, parametri)

    def _indice_di(self, tabella: Tabella, parametri: Mapping[str, Any]) -> Indice | None:
        nome = parametri.get("IndexName")
        if nome is None:
            return None
        if nome not in tabella.indici or parametri.get("ConsistentRead"):
            raise errore("ValidationException", f"The table does not have the specified index: {nome}", "Query")
        indice = tabella.indici[nome]
        indice.si_aggiorna(self.ora())
        return indice

    def _partizione(
        self, tabella: Tabella, indice: Indice | None, valore: str, parametri: Mapping[str, Any]
    ) -> list[tuple[tuple[str, str, str], Item]]:
        if indice is not None:
            return [(posto, indice.voci[posto[1], posto[2]]) for posto in indice.partizioni.get(valore, ())]
        consistente = parametri.get("ConsistentRead", False)
        letti = (
            ((sk, valore, sk), self._letto(tabella, (valore, sk), consistente=consistente))
            for sk in tabella.partizioni.get(valore, ())
        )
        return [(posto, item) for posto, item in letti if item is not None]

    # -- writes

    def _put_item(self, parametri: Mapping[str, Any]) -> dict[str, Any]:
        self._uno("Put", parametri, "PutItem")
        return {}

    def _delete_item(self, parametri: Mapping[str, Any]) -> dict[str, Any]:
        self._uno("Delete", parametri, "DeleteItem")
        return {}

    def _update_item(self, parametri: Mapping[str, Any]) -> dict[str, Any]:
        prima, dopo = self._uno("Update", parametri, "UpdateItem")
        dopo = dopo or {}
        match parametri.get("ReturnValues", "NONE"):
            case "ALL_NEW":
                return {"Attributes": dopo}
            case "ALL_OLD":
                return {"Attributes": prima or {}}
            case "UPDATED_NEW":
                return {"Attributes": {k: v for k, v in dopo.items() if (prima or {}).get(k) != v and k != "pk"}}
        return {}

    def _uno(self, azione: str, parametri: Mapping[str, Any], operazione: str) -> tuple[Item | None, Item | None]:
        tabella, chiave, prima = self._trovato(azione, parametri, operazione)
        if not _vale(parametri, prima):
            raise errore("ConditionalCheckFailedException", "The conditional request failed", operazione)
        dopo = _dopo(azione, parametri, chiave, tabella, prima, operazione)
        tabella.scrivi(chiave, dopo, ora=self.ora(), ritardo=self.ritardo())
        self.scritto(tabella.nome, chiave, prima, dopo)
        return prima, dopo

    def _trovato(
        self, azione: str, parametri: Mapping[str, Any], operazione: str
    ) -> tuple[Tabella, Chiave, Item | None]:
        tabella = self._tabella(parametri, operazione)
        chiave = tabella.chiave(parametri["Item" if azione == "Put" else "Key"], operazione)
        return tabella, chiave, tabella.items.get(chiave)

    def _batch_write_item(self, parametri: Mapping[str, Any]) -> dict[str, Any]:
        richieste = [(nome, una) for nome, elenco in parametri["RequestItems"].items() for una in elenco]
        if not 0 < len(richieste) <= 25:
            raise errore("ValidationException", "Too many items requested for BatchWriteItem", "BatchWriteItem")
        spazio = self.in_parte(len(richieste))
        restano: dict[str, list[Any]] = {}
        for numero, (nome, una) in enumerate(richieste):
            if numero >= spazio:
                restano.setdefault(nome, []).append(una)
            elif "PutRequest" in una:
                self._uno("Put", {"TableName": nome, **una["PutRequest"]}, "BatchWriteItem")
            else:
                self._uno("Delete", {"TableName": nome, **una["DeleteRequest"]}, "BatchWriteItem")
        return {"UnprocessedItems": restano}

    def _transact_write_items(self, parametri: Mapping[str, Any]) -> dict[str, Any]:
        token, azioni = parametri.get("ClientRequestToken"), parametri["TransactItems"]
        if token in self._token and self.ora() - self._token[token][0] < _TOKEN_SECONDS:
            if self._token[token][1] != azioni:
                raise errore("IdempotentParameterMismatchException", "Different parameters", "TransactWriteItems")
            return {}
        if not 0 < len(azioni) <= 100:
            raise errore("ValidationException", "Member must have length between 1 and 100", "TransactWriteItems")
        self._tutte([next(iter(una.items())) for una in azioni])
        if token is not None:
            self._token[token] = (self.ora(), azioni)
        return {}

    def _tutte(self, azioni: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        trovati = [self._trovato(azione, corpo, "TransactWriteItems") for azione, corpo in azioni]
        if len({(tabella.nome, chiave) for tabella, chiave, _ in trovati}) != len(trovati):
            raise errore(
                "ValidationException",
                "Transaction request cannot include multiple operations on one item",
                "TransactWriteItems",
            )
        valgono = [_vale(corpo, prima) for (_, corpo), (_, _, prima) in zip(azioni, trovati, strict=True)]
        if not all(valgono):
            raise annullata(["None" if vale else "ConditionalCheckFailed" for vale in valgono])
        dopo = [
            None if azione == "ConditionCheck" else _dopo(azione, corpo, chiave, tabella, prima, "TransactWriteItems")
            for (azione, corpo), (tabella, chiave, prima) in zip(azioni, trovati, strict=True)
        ]
        if sum(misura(item) for item in dopo if item) > TRANSAZIONE_MASSIMA:
            raise errore("ValidationException", "Collection size exceeded: 4 MB", "TransactWriteItems")
        ora, ritardo = self.ora(), self.ritardo()
        for (azione, _), (tabella, chiave, prima), item in zip(azioni, trovati, dopo, strict=True):
            if azione != "ConditionCheck":
                tabella.scrivi(chiave, item, ora=ora, ritardo=ritardo)
                self.scritto(tabella.nome, chiave, prima, item)


def annullata(motivi: Sequence[str]) -> ClientError:
    """Give the refusal of a transaction, with a reason for each of its actions."""
    return errore(
        "TransactionCanceledException",
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{', '.join(motivi)}]",
        "TransactWriteItems",
        CancellationReasons=[{"Code": motivo} for motivo in motivi],
    )


def _vale(parametri: Mapping[str, Any], prima: Item | None) -> bool:
    testo = parametri.get("ConditionExpression")
    nomi, valori = parametri.get("ExpressionAttributeNames", {}), parametri.get("ExpressionAttributeValues", {})
    return not testo or espressioni.condizione(testo)(prima or {}, nomi, valori)


def _dopo(  # noqa: PLR0917 - what a write is
    azione: str, parametri: Mapping[str, Any], chiave: Chiave, tabella: Tabella, prima: Item | None, operazione: str
) -> Item | None:
    if azione == "Delete":
        return None
    if azione == "Put":
        item = dict(parametri["Item"])
    else:
        nomi, valori = parametri.get("ExpressionAttributeNames", {}), parametri.get("ExpressionAttributeValues", {})
        vuoto = {tabella.hash_name: {"S": chiave[0]}}
        if tabella.range_name:
            vuoto[tabella.range_name] = {"S": chiave[1]}
        item = espressioni.aggiornato(prima or vuoto, parametri["UpdateExpression"], nomi, valori)
    for indice in tabella.indici.values():
        for nome in {indice.hash_name, indice.range_name} - {""}:
            if nome in item and not item[nome].get("S"):
                raise errore("ValidationException", f"Type mismatch or empty value for index key {nome}", operazione)
    if misura(item) > ITEM_MASSIMO:
        raise errore("ValidationException", "Item size has exceeded the maximum allowed size", operazione)
    return item


def _hash_di(testo: str, hash_name: str, nomi: Mapping[str, str], valori: Mapping[str, Any]) -> str:
    simboli = espressioni.simboli(testo)
    if any(simbolo.upper() in _SOLO_IN_FILTRI for simbolo in simboli):
        raise EspressioneErrata("Invalid operator used in KeyConditionExpression")
    for sinistro, segno, destro in zip(simboli, simboli[1:], simboli[2:], strict=False):
        if segno == "=" and nomi.get(sinistro, sinistro) == hash_name and destro in valori:
            return str(valori[destro]["S"])
    raise EspressioneErrata(f"Query condition missed key schema element: {hash_name}")


def _pagina(
    tabella: Tabella,
    indice: Indice | None,
    candidati: Sequence[tuple[tuple[str, str, str], Item]],
    parametri: Mapping[str, Any],
) -> dict[str, Any]:
    """Give what fits a page: as many items evaluated as Limit or a megabyte allow, and of them those that match."""
    da = _inizio(tabella, indice, candidati, parametri)
    limite = parametri.get("Limit", len(candidati) + 1)
    spazio, fino = PAGINA, da
    while fino < len(candidati) and fino - da < limite and spazio > 0:
        spazio -= misura(candidati[fino][1])
        fino += 1
    filtro = espressioni.condizione(parametri["FilterExpression"]) if "FilterExpression" in parametri else None
    nomi, valori = parametri.get("ExpressionAttributeNames", {}), parametri.get("ExpressionAttributeValues", {})
    trovati = [item for _, item in candidati[da:fino] if filtro is None or filtro(item, nomi, valori)]
    risposta: dict[str, Any] = {"Count": len(trovati), "ScannedCount": fino - da}
    if parametri.get("Select") != "COUNT":
        proiezione = parametri.get("ProjectionExpression")
        risposta["Items"] = [espressioni.proiettato(item, proiezione, nomi) for item in trovati]
    if fino > da and (fino < len(candidati) or fino - da == limite):
        risposta["LastEvaluatedKey"] = _chiave_di(tabella, indice, candidati[fino - 1])
    return risposta


def _inizio(
    tabella: Tabella,
    indice: Indice | None,
    candidati: Sequence[tuple[tuple[str, str, str], Item]],
    parametri: Mapping[str, Any],
) -> int:
    da = parametri.get("ExclusiveStartKey")
    if da is None:
        return 0
    pk, sk = tabella.chiave(da, "Query")
    range_value = sk if indice is None else da[indice.range_name]["S"] if indice.range_name else ""
    posto = (range_value, pk, sk)
    avanti = parametri.get("ScanIndexForward", True)
    return sum(1 for uno, _ in candidati if (uno <= posto if avanti else uno >= posto))


def _chiave_di(tabella: Tabella, indice: Indice | None, ultimo: tuple[tuple[str, str, str], Item]) -> dict[str, Any]:
    nomi = {tabella.hash_name, tabella.range_name} - {""}
    if indice is not None:
        nomi |= {indice.hash_name, indice.range_name} - {""}
    return {nome: ultimo[1][nome] for nome in sorted(nomi)}
