"""The AWS in memory of the simulator answers as moto does, call by call, to what our code asks of it.

The same drawn sequence of calls is made to both, through the product's own doors (pynamodb, `commit`, the clients);
what comes back, refusals and their reasons, must be equal. Sequences are drawn from a number: a failure names it.
"""

import io
import random
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.aws import documents
from chalicelib.aws.base_table import raw_client
from chalicelib.aws.clients import client
from chalicelib.aws.documents import Bucket
from chalicelib.aws.queues import Queue, queue_name
from chalicelib.aws.transactions import ABSENT, PRESENT, Condition, Write, WriteConflict, commit, version_is
from chalicelib.pendenze.tables import ContatoreItem
from chalicelib.riconciliazione.tables import FlussoItem
from sandbox.simulatore.aws.nuvola import Nuvola, al_posto_di_aws, riavvolgi
from sandbox.simulatore.tempo import Orologio
from tests.aws_state import Snapshot

SEQUENZE, PASSI = 200, 12
PKS, SKS = ("ente#A", "ente#B"), ("flusso#1", "flusso#2", "riga#1", "riga#2", "riga#è")
STATI, ANNI = ("ACCETTATA", "ANOMALA", "RIFIUTATA"), ("2025", "2026")
CONDIZIONI = (
    ABSENT,
    PRESENT,
    version_is(1),
    version_is(2),
    Condition("attribute_exists(pk) OR attribute_not_exists(pk)"),
    Condition("attribute_not_exists(pk) OR prossima <= :adesso", ((":adesso", 5),)),
)
_PARTI_MAX = 20
Passo = Callable[[], Any]


class Mano:
    """Draws calls; each is a function that makes it and gives what came back, in a form that compares."""

    def __init__(self, seme: int) -> None:
        self.caso = random.Random(seme)  # noqa: S311 - a game
        self.numero = 0

    def item(self) -> FlussoItem:
        """Draw an item; a range of an index ends with the keys, as ours do: no two are equal."""
        pk, sk = self.chiave()
        self.numero += 1
        caso, documento = self.caso, "x" * self.caso.choice((1, 50))
        item = FlussoItem(pk=pk, sk=sk, versione=caso.randint(1, 2), documento=f"{self.numero}-{documento}")
        if caso.random() < 0.8:
            item.stato = caso.choice(STATI)
            item.anno, item.flusso = caso.choice(ANNI), caso.choice(("F1", "F2"))
            item.data_ora = f"{item.anno}-0{caso.randint(1, 4)}#{pk}#{sk}"
            item.obsoleto = caso.choice((None, "S"))
            item.id_incasso = caso.choice((None, "I1"))
        if caso.random() < 0.5:
            item.prossima = caso.randint(1, 10)
        return item

    def chiave(self) -> tuple[str, str]:
        return self.caso.choice(PKS), self.caso.choice(SKS)

    def passo(self) -> Passo:
        nomi = ("scrive", "scrive", "transa", "transa", "legge", "molti", "interroga", "grezza", "indice", "conta")
        passo: Passo = getattr(self, "_" + self.caso.choice(nomi))()
        return passo

    # -- writes

    def _write(self, posto: int, item: FlussoItem) -> Write:
        azione = self.caso.choice(("put", "put", "delete", "check"))
        return Write(
            item=item,
            condition=self.caso.choice(CONDIZIONI),
            name=f"scrittura {posto}",
            delete=azione == "delete",
            check=azione == "check",
        )

    def _scrive(self) -> Passo:
        scrittura = self._write(0, self.item())
        if scrittura.check:
            return self._lotto()
        return lambda: commit([scrittura])

    def _lotto(self) -> Passo:
        items = list({(i.pk, i.sk): i for i in (self.item() for _ in range(4))}.values())

        def fa() -> None:
            with FlussoItem.batch_write() as lotto:
                for item in items:
                    lotto.save(item)

        return fa

    def _transa(self) -> Passo:
        found = [self.item() for _ in range(self.caso.randint(2, 4))]
        if self.caso.random() < 0.9:  # one item twice is refused
            found = list({(i.pk, i.sk): i for i in found}.values())
        scritture = [self._write(posto, item) for posto, item in enumerate(found)]
        if all(scrittura.check for scrittura in scritture):
            return lambda: commit([Write(item=found[0], condition=ABSENT, name="una")])

        def fa() -> None:
            commit(scritture)

        return fa

    def _conta(self) -> Passo:
        quanti, fine = self.caso.randint(1, 3), self.caso.choice(("2", "10"))
        return lambda: raw_client(ContatoreItem).update_item(
            TableName=ContatoreItem.Meta.table_name,
            Key={"pk": {"S": "serie"}},
            UpdateExpression="ADD valore :count",
            ConditionExpression="attribute_not_exists(valore) OR valore < :end",
            ExpressionAttributeValues={":count": {"N": str(quanti)}, ":end": {"N": fine}},
            ReturnValues="UPDATED_NEW",
        )["Attributes"]["valore"]  # moto gives the key as well, of an item that was not there

    # -- reads

    def _legge(self) -> Passo:
        chiave = self.chiave()

        def fa() -> Any:
            try:
                return FlussoItem.get(*chiave, consistent_read=True).to_dynamodb_dict()
            except FlussoItem.DoesNotExist:
                return None

        return fa

    def _molti(self) -> Passo:
        chiavi = list({self.chiave() for _ in range(6)})
        chiavi.sort()
        return lambda: sorted(
            (item.to_dynamodb_dict() for item in FlussoItem.batch_get(chiavi, consistent_read=True)), key=str
        )

    def _interroga(self) -> Passo:
        sk, pk, filtro = FlussoItem.sk, self.caso.choice(PKS), self._filtro()
        dove = self.caso.choice(
            (
                None,
                sk.startswith("riga#"),
                sk.between("flusso#2", "riga#1"),
                sk > "flusso#2",
                sk <= "riga#1",
                sk == "riga#1",
            )
        )
        return self._pagine(
            lambda **altro: FlussoItem.query(pk, dove, filter_condition=filtro, consistent_read=True, **altro)
        )

    def _grezza(self) -> Passo:
        """Query as it goes over the wire: a page is as many items as Limit, whatever the filter leaves of them."""
        domanda: dict[str, Any] = {
            "TableName": FlussoItem.Meta.table_name,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :inizio)",
            "FilterExpression": "stato <> :stato",
            "ExpressionAttributeValues": {
                ":pk": {"S": self.caso.choice(PKS)},
                ":inizio": {"S": self.caso.choice(("f", "riga#"))},
                ":stato": {"S": self.caso.choice(STATI)},
            },
            "ScanIndexForward": self.caso.random() < 0.5,
            "Limit": self.caso.randint(1, 4),
        }

        def fa() -> Any:
            pagine: list[Any] = []
            da: dict[str, Any] = {}
            for _ in range(_PARTI_MAX):
                pagina = raw_client(FlussoItem).query(**domanda, **da)
                if pagina["ScannedCount"]:
                    pagine.append((pagina["Items"], pagina["Count"], pagina["ScannedCount"]))
                if "LastEvaluatedKey" not in pagina:
                    return pagine
                da = {"ExclusiveStartKey": pagina["LastEvaluatedKey"]}
            raise AssertionError("the list does not end")

        return fa

    def _indice(self) -> Passo:
        quale = self.caso.choice((FlussoItem.per_anno, FlussoItem.per_flusso))
        if quale is FlussoItem.per_flusso:
            hash_key, filtro = self.caso.choice(("F1", "F2")), None  # it projects keys only
        else:
            hash_key, filtro = self.caso.choice(ANNI), self._filtro()
        data = FlussoItem.data_ora
        dove = self.caso.choice(
            (None, data.startswith("2026-02"), data >= "2026-02", data.between("2025-02", "2026-03"))
        )
        return self._pagine(lambda **altro: quale.query(hash_key, dove, filter_condition=filtro, **altro))

    def _filtro(self) -> Any:
        item = FlussoItem
        return self.caso.choice(
            (
                None,
                item.stato == "ANOMALA",
                item.stato.is_in("ANOMALA", "RIFIUTATA") & item.obsoleto.does_not_exist(),
                item.id_incasso.exists() | (item.stato != "RIFIUTATA"),
                ~item.id_flusso.startswith("F") & item.obsoleto.does_not_exist(),
            )
        )

    def _pagine(self, query: Callable[..., Any]) -> Passo:
        """Read a list to its end, from where each part of it ended; the parts and where they end must be the same.

        That a list goes on is told by DynamoDB also where its last item was the last of the limit, and not by moto:
        an empty part at the end tells nothing.
        """
        avanti, pagina, most = self.caso.random() < 0.5, self.caso.randint(1, 4), self.caso.randint(1, 6)

        def fa() -> Any:
            parti: list[Any] = []
            da = None
            for _ in range(_PARTI_MAX):
                found = query(scan_index_forward=avanti, page_size=pagina, limit=most, last_evaluated_key=da)
                items = [item.to_dynamodb_dict() for item in found]
                da = found.last_evaluated_key
                if da is None:
                    return [*parti, items] if items or not parti else [*parti[:-1], parti[-1][0]]
                parti.append((items, da))
            raise AssertionError("the list does not end")

        return fa


def risposta(passo: Passo) -> Any:
    """Give what a call came to: its answer, or the refusal by its code."""
    try:
        return passo()
    except WriteConflict as conflitto:
        return conflitto.names
    except ClientError as error:
        motivi = error.response.get("CancellationReasons", [])
        return error.response["Error"]["Code"], [motivo["Code"] for motivo in motivi]


@pytest.fixture
def nuvola(aws: Any) -> Nuvola:
    return Nuvola.nuova(Orologio())


class TestDynamoDbInMemory:
    def test_answers_as_moto_to_two_hundred_drawn_sequences(self, nuvola):
        vuota = Snapshot.take()
        for seme in range(SEQUENZE):
            mano = Mano(seme)
            passi = [mano.passo() for _ in range(PASSI)]
            vuota.restore()
            nuvola.svuota(tranne=frozenset())

            moto = [risposta(passo) for passo in passi]
            with al_posto_di_aws(nuvola):
                memoria = [risposta(passo) for passo in passi]

            for posto, (una, altra) in enumerate(zip(moto, memoria, strict=True)):
                assert una == altra, (seme, posto, passi[posto].__qualname__)

    def test_gives_a_reason_for_each_action_of_a_transaction(self, nuvola):
        there, absent = FlussoItem(pk="a", sk="1", versione=1), FlussoItem(pk="a", sk="2", versione=1)
        nomi = FlussoItem.Meta.table_name
        azioni = [
            {"Put": {"TableName": nomi, "Item": i.to_dynamodb_dict(), "ConditionExpression": ABSENT.expression}}
            for i in (there, absent)
        ]

        def fa() -> Any:
            commit([Write(item=there, condition=ABSENT, name="prima")])
            return raw_client(FlussoItem).transact_write_items(TransactItems=azioni)

        moto = risposta(fa)
        with al_posto_di_aws(nuvola):
            memoria = risposta(fa)

        assert memoria == moto == ("TransactionCanceledException", ["ConditionalCheckFailed", "None"])


class TestSqsInMemory:
    def test_delivers_deletes_and_sets_aside_as_moto(self, nuvola):
        nome = queue_name(Queue.FLUSSI)
        coda = nuvola.sqs.code[nome]

        def spedisce(*corpi: str) -> None:
            url = client("sqs").get_queue_url(QueueName=nome)["QueueUrl"]
            for corpo in corpi:
                client("sqs").send_message(QueueUrl=url, MessageBody=corpo, DelaySeconds=0)

        def riceve_da_moto(*, cancella: str) -> list[str]:
            sqs, url = client("sqs"), client("sqs").get_queue_url(QueueName=nome)["QueueUrl"]
            found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0).get("Messages", [])
            for uno in found:
                if uno["Body"] == cancella:
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=uno["ReceiptHandle"])
            return sorted(uno["Body"] for uno in found)

        def riceve_in_memoria(*, cancella: str) -> list[str]:
            found = [uno for _, uno in nuvola.sqs.visibili() if nuvola.sqs.ricevuto(coda, uno)]
            for uno in found:
                if uno.corpo == cancella:
                    coda.messaggi.remove(uno)
            return sorted(uno.corpo for uno in found)

        coda.visibilita = 0.0
        giri = range(coda.massimo + 2)
        spedisce("uno", "due", "tre")
        moto = [riceve_da_moto(cancella="due") for _ in giri]
        with al_posto_di_aws(nuvola):
            spedisce("uno", "due", "tre")
            memoria = [riceve_in_memoria(cancella="due") for _ in giri]

        assert memoria == moto
        assert moto[0] == ["due", "tre", "uno"]
        assert moto[-1] == []
        assert sorted(uno.corpo for uno in coda.scarti) == ["tre", "uno"]

    def test_refuses_a_queue_that_is_not_there_as_moto(self, nuvola):
        chiede = lambda: client("sqs").get_queue_url(QueueName="govpay-test-nessuna")

        moto = risposta(chiede)
        with al_posto_di_aws(nuvola):
            assert risposta(chiede) == moto


class TestS3InMemory:
    def test_answers_as_moto_to_drawn_sequences(self, nuvola):
        vuota = Snapshot.take()
        for seme in range(20):
            caso = random.Random(seme)  # noqa: S311 - a game
            passi = [self._passo(caso) for _ in range(10)]
            vuota.restore()
            nuvola.svuota(tranne=frozenset())

            moto = [risposta(passo) for passo in passi]
            with al_posto_di_aws(nuvola):
                memoria = [risposta(passo) for passo in passi]

            assert memoria == moto, seme

    def _passo(self, caso: random.Random) -> Passo:
        chiave, corpo = caso.choice(("a/1", "a/2", "b/è")), caso.randbytes(caso.choice((0, 1, 3000)))

        def fetch() -> Any:
            into = io.BytesIO()
            return documents.fetch(Bucket.ARCHIVIO, chiave, into=into), into.getvalue()

        def put_file() -> None:
            documents.put_file(Bucket.ARCHIVIO, chiave, io.BytesIO(corpo), content_type="text/plain")

        return caso.choice(
            (
                put_file,
                fetch,
                lambda: documents.put(Bucket.ARCHIVIO, chiave, corpo, content_type="text/plain"),
                lambda: documents.get(Bucket.ARCHIVIO, chiave),
                lambda: documents.get_within(Bucket.ARCHIVIO, chiave, most=1000),
                lambda: documents.delete(Bucket.ARCHIVIO, chiave),
            )
        )

    def test_stores_a_file_whole_where_the_sdk_sends_it_again(self, nuvola):
        nuvola.guasti.acceso, nuvola.guasti.ripetuta = True, 1.0

        with al_posto_di_aws(nuvola):
            documents.put_file(Bucket.ARCHIVIO, "pagina", io.BytesIO(b"intera"), content_type="text/plain")
            nuvola.guasti.acceso = False

            assert documents.get(Bucket.ARCHIVIO, "pagina") == b"intera"

    def test_leaves_a_body_of_bytes_as_it_is(self):
        parametri = {"Body": b"intera"}

        riavvolgi(parametri)

        assert parametri == {"Body": b"intera"}
