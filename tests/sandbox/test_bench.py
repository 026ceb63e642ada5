"""What the figures of `make bench` rest on: DynamoDB's published arithmetic, and counting that misses no call."""

import asyncio

import boto3
import pytest
from botocore.exceptions import ClientError

from chalicelib.aws import documents, queues
from chalicelib.aws.documents import Bucket
from chalicelib.aws.queues import Queue
from chalicelib.aws.transactions import ABSENT, Write, WriteConflict, commit, version_is
from chalicelib.pendenze.tables import ContatoreItem, PendenzaItem, TransazioneItem
from chalicelib.riconciliazione.giornale_di_cassa import Movimento, open_giornale
from sandbox.bench import chart, consumatore, cost, elenchi, giornale_di_cassa, meter, report, timing
from sandbox.bench.capacity import Cost, WholeTableRead
from sandbox.bench.flatness import Level
from sandbox.bench.lambde import carico
from sandbox.bench.lambde.runtime_api import ContainerMorto, Invocazione, RuntimeApi
from sandbox.bench.meter import Meter
from sandbox.bench.prices import PRICES, PrezzoSconosciuto, overridden
from sandbox.bench.tables import MotoStore
from sandbox.bench.units import Index, index_units, item_size, number_size, read_units, write_units
from sandbox.bench.wire import NotRecorded, Wire
from tests.clock import NOW

KILOBYTE = 1024
INDEX = Index(name="per-stato", keys=("stato", "data"), projected=frozenset({"pk", "stato", "data", "iuv"}))


def an_item(size=100, **attributes):
    """Give an item of so many bytes besides the attributes named."""
    return {"x": {"S": "a" * (size - 1)}, **{name: {"S": value} for name, value in attributes.items()}}


def a_pendenza(key="A2A-COMUNE#1", documento="d" * 1500, anno="80012000826#2026", versione=1):
    return PendenzaItem(
        pk=key,
        versione=versione,
        documento=documento,
        stato="NON_ESEGUITO",
        id_dominio="80012000826",
        id_a2a="A2A-COMUNE",
        id_pendenza=key.partition("#")[2],
        id_tipo_pendenza="TARI",
        debitore="RSSMRA80A01H501U",
        caricata=f"2026-11-24T09:30:00.000000Z#{key}",
        dominio_anno=anno,
        applicazione_anno="A2A-COMUNE#2026",
    )


def save(item, condition=ABSENT):
    commit([Write(item=item, condition=condition, name="pendenza")])


class TestItemSize:
    def test_counts_the_bytes_of_names_and_of_text(self):
        assert item_size({"pk": {"S": "abc"}}) == 5
        assert item_size({"pk": {"S": "è"}}) == 4

    def test_counts_a_byte_for_two_significant_digits_and_one_more(self):
        assert number_size("1") == 2
        assert number_size("100") == 2
        assert number_size("123") == 3
        assert number_size("-12.5") == 4
        assert number_size("0.0012") == 2

    def test_stops_a_number_at_twenty_one_bytes(self):
        assert number_size("9" * 60) == 21

    def test_counts_the_overhead_of_lists_and_maps(self):
        assert item_size({"l": {"L": [{"S": "ab"}, {"BOOL": True}]}}) == 1 + 3 + (1 + 2) + (1 + 1)
        assert item_size({"m": {"M": {"k": {"NULL": True}}}}) == 1 + 3 + 1 + 1 + 1

    def test_counts_bytes_whether_raw_or_as_moto_keeps_them(self):
        assert item_size({"b": {"B": b"abc"}}) == 4
        assert item_size({"b": {"B": "YWJj"}}) == 4

    def test_adds_up_the_members_of_a_set(self):
        assert item_size({"s": {"SS": ["ab", "c"]}}) == 4


class TestReadUnits:
    @pytest.mark.parametrize(("size", "units"), [(0, 0.5), (1, 0.5), (4096, 0.5), (4097, 1.0), (10 * KILOBYTE, 1.5)])
    def test_are_half_a_unit_for_four_kilobytes(self, size, units):
        assert read_units(size) == units

    def test_are_doubled_by_consistency_and_again_by_a_transaction(self):
        assert read_units(5000, consistent=True) == 2.0
        assert read_units(5000, transactional=True) == 4.0


class TestWriteUnits:
    @pytest.mark.parametrize(("size", "units"), [(1, 1.0), (1024, 1.0), (1025, 2.0), (5 * KILOBYTE, 5.0)])
    def test_are_one_for_a_kilobyte(self, size, units):
        assert write_units(None, an_item(size)) == units

    def test_are_those_of_the_larger_item(self):
        assert write_units(an_item(3000), an_item(100)) == 3.0
        assert write_units(an_item(3000), None) == 3.0

    def test_are_one_at_least(self):
        assert write_units(None, None) == 1.0

    def test_are_doubled_by_a_transaction(self):
        assert write_units(None, an_item(1500), transactional=True) == 4.0


class TestIndexUnits:
    def test_are_none_for_an_item_that_the_index_does_not_hold(self):
        assert index_units(INDEX, None, an_item(stato="NUOVA")) == 0.0

    def test_are_those_of_what_the_index_holds(self):
        assert index_units(INDEX, None, an_item(5000, stato="NUOVA", data="2026")) == 1.0

    def test_are_none_when_nothing_changes_in_the_index(self):
        before, after = an_item(100, stato="S", data="2026"), an_item(900, stato="S", data="2026")

        assert index_units(INDEX, before, after) == 0.0

    def test_are_one_write_when_a_projected_attribute_changes(self):
        before, after = an_item(stato="S", data="2026", iuv="1"), an_item(stato="S", data="2026", iuv="2")

        assert index_units(INDEX, before, after) == 1.0

    def test_are_a_removal_and_a_write_when_a_key_changes(self):
        assert index_units(INDEX, an_item(stato="S", data="2026"), an_item(stato="T", data="2026")) == 2.0

    def test_are_one_write_when_the_entry_goes(self):
        assert index_units(INDEX, an_item(stato="S", data="2026"), None) == 1.0


class TestMeter:
    def test_counts_calls_of_pynamodb_and_of_botocore_alike(self, aws):
        with Meter() as counted:
            save(a_pendenza())
            PendenzaItem.get("A2A-COMUNE#1")
            documents.put(Bucket.ARCHIVIO, "chiave", b"<a/>", content_type="text/xml")
            queues.send(Queue.GIORNALE, {"a": 1})

        assert [call.kind for call in counted.calls if call.operation != "GetQueueUrl"] == [
            "dynamodb:PutItem",
            "dynamodb:GetItem",
            "s3:PutObject",
            "sqs:SendMessage",
        ]

    def test_counts_a_refused_call_and_what_it_costs(self, aws):
        save(a_pendenza())

        with Meter(MotoStore()) as counted, pytest.raises(WriteConflict):
            save(a_pendenza())

        assert meter.total(counted.calls) == Cost(write_units=2.0)

    def test_counts_nothing_after_it(self, aws):
        with Meter() as counted:
            pass

        boto3.client("sqs").list_queues()

        assert not counted.calls

    def test_reckons_a_write_and_its_three_indexes(self, aws):
        with Meter(MotoStore()) as counted:
            save(a_pendenza())

        assert meter.total(counted.calls) == Cost(items_written=1, write_units=5.0, index_units=3.0)

    def test_reckons_an_update_that_the_indexes_do_not_see(self, aws):
        save(a_pendenza())

        with Meter(MotoStore()) as counted:
            save(a_pendenza(documento="e" * 1500, versione=2), version_is(1))

        assert meter.total(counted.calls) == Cost(items_written=1, write_units=2.0)

    def test_reckons_a_transaction_twice_but_not_its_indexes(self, aws):
        posizione = TransazioneItem(pk="80012000826#01", sk="posizione", documento="d" * 1500)
        writes = [Write(item=item, condition=ABSENT, name="w") for item in (a_pendenza(), posizione)]

        with Meter(MotoStore()) as counted:
            commit(writes)

        assert meter.by_kind(counted.calls) == "TransactWriteItems"
        assert meter.total(counted.calls) == Cost(items_written=2, write_units=11.0, index_units=3.0)

    def test_reckons_reads_by_their_consistency(self, aws):
        save(a_pendenza(documento="d" * 5000))

        with Meter(MotoStore()) as counted:
            PendenzaItem.get("A2A-COMUNE#1", consistent_read=True)
            PendenzaItem.get("A2A-COMUNE#1")

        assert [call.cost.read_units for call in counted.calls] == [2.0, 1.0]

    def test_reckons_a_read_of_what_is_not_there(self, aws):
        with Meter(MotoStore()) as counted, pytest.raises(PendenzaItem.DoesNotExist):
            PendenzaItem.get("A2A-COMUNE#2", consistent_read=True)

        assert meter.total(counted.calls) == Cost(read_units=1.0)

    def test_reckons_what_a_filter_leaves_out(self, aws):
        for number in range(30):
            save(a_pendenza(f"A2A-COMUNE#{number:04d}"))

        with Meter(MotoStore()) as counted:
            found = list(
                PendenzaItem.per_dominio.query("80012000826#2026", filter_condition=PendenzaItem.stato == "ANNULLATO")
            )

        assert not found
        assert meter.total(counted.calls).items_read == 30
        assert meter.total(counted.calls).read_units == 1.0  # 30 entries of about 200 bytes: two blocks, halved

    def test_reckons_what_is_only_counted(self, aws):
        for number in range(20):
            save(a_pendenza(f"A2A-COMUNE#{number:04d}"))

        with Meter(MotoStore()) as counted:
            PendenzaItem.per_dominio.count("80012000826#2026")

        assert meter.total(counted.calls).items_read == 20

    def test_reckons_a_counter(self, aws):
        table = ContatoreItem.Meta.table_name

        with Meter(MotoStore()) as counted:
            boto3.client("dynamodb").update_item(
                TableName=table,
                Key={"pk": {"S": "serie"}},
                UpdateExpression="ADD valore :n",
                ExpressionAttributeValues={":n": {"N": "1"}},
            )

        assert meter.total(counted.calls) == Cost(items_written=1, write_units=1.0)

    def test_refuses_to_reckon_a_scan(self, aws):
        with Meter(MotoStore()), pytest.raises(WholeTableRead):
            boto3.client("dynamodb").scan(TableName=PendenzaItem.Meta.table_name)


class TestReplay:
    def test_gives_the_same_answers_without_the_embedded_aws(self, aws):
        save(a_pendenza())
        wire = Wire()
        with wire.recording():
            PendenzaItem.get("A2A-COMUNE#1")
        PendenzaItem("A2A-COMUNE#1").delete()

        with wire.replaying():
            assert PendenzaItem.get("A2A-COMUNE#1").stato == "NON_ESEGUITO"

        assert wire.is_used_up

    def test_gives_refusals_too(self, aws):
        save(a_pendenza())
        wire = Wire()
        with wire.recording(), pytest.raises(WriteConflict):
            save(a_pendenza())
        PendenzaItem("A2A-COMUNE#1").delete()

        with wire.replaying(), pytest.raises(WriteConflict):
            save(a_pendenza())

    def test_says_when_a_call_was_not_recorded(self, aws):
        with Wire().replaying(), pytest.raises(NotRecorded):
            boto3.client("dynamodb").describe_table(TableName=PendenzaItem.Meta.table_name)

    def test_compares_an_operation_with_its_bare_calls(self, aws):
        save(a_pendenza())
        wire = Wire()
        with Meter() as recorded, wire.recording():
            PendenzaItem.get("A2A-COMUNE#1")

        cpu = timing.compare(
            lambda: PendenzaItem.get("A2A-COMUNE#1"), recorded.calls, wire, before_each=lambda: None, repetitions=3
        )

        assert cpu.handler_ms > 0
        assert cpu.floor_ms > 0

    def test_says_when_a_repetition_goes_another_way(self, aws):
        save(a_pendenza())
        wire = Wire()
        with Meter() as recorded, wire.recording():
            PendenzaItem.get("A2A-COMUNE#1")

        with pytest.raises(timing.Strayed):
            timing.compare(lambda: None, recorded.calls, wire, before_each=lambda: None, repetitions=1)


class TestFloor:
    def test_takes_refusals_as_answers(self, aws):
        save(a_pendenza())
        wire = Wire()
        with Meter() as recorded, wire.recording(), pytest.raises(WriteConflict):
            save(a_pendenza())

        with wire.replaying(), pytest.raises(ClientError):
            timing.bare_client("dynamodb").put_item(**recorded.calls[0].params)


class TestBill:
    def test_is_the_sum_of_what_is_priced(self):
        bill = cost.Bill(title="x", quantities={"write unit": 2_000_000, "key": 1})

        assert bill.eur == pytest.approx(2_000_000 * PRICES["write unit"].usd + PRICES["key"].usd)
        assert [name for name, _, _ in cost.lines(bill)] == ["write unit", "key", "in all"]

    def test_is_reckoned_by_the_prices_of_a_file_where_it_names_them(self, tmp_path):
        path = tmp_path / "prezzi.json"
        path.write_text('{"key": 3}', encoding="utf-8")

        found = overridden(path)

        assert cost.Bill(title="x", quantities={"key": 2}, prices=found).eur == 6.0
        assert [name for name, one in found.items() if one.compared] == ["key"]

    @pytest.mark.parametrize("text", ['{"chiave": 1}', '{"key": -1}', '{"key": "1"}'])
    def test_refuses_prices_that_are_none(self, tmp_path, text):
        path = tmp_path / "prezzi.json"
        path.write_text(text, encoding="utf-8")

        with pytest.raises(PrezzoSconosciuto):
            overridden(path)

    def test_of_a_payment_is_not_made_where_a_step_was_not_measured(self):
        assert cost.of_payment([]) is None


class TestGiornaleDiCassa:
    def test_that_is_read_is_one(self, tmp_path):
        path = tmp_path / "giornale.xml"
        giornale_di_cassa.write_opi(path, 30_000)

        rows = list(open_giornale(path, name="giornale.xml"))

        assert len(rows) > 20
        assert all(isinstance(row, Movimento) for row in rows)
        assert sum("LGPE-RIVERSAMENTO" in row.causale for row in rows) == len(rows) // 10


class TestConsumer:
    @pytest.mark.parametrize("conflicts", [0, 1, 4])
    def test_is_given_a_message_again_that_met_a_conflict(self, conflicts, capsys):
        given = []

        def step(message, *, now):
            given.append((message, now))
            if len(given) <= conflicts:
                raise WriteConflict(("movimento",))

        consumatore.ricevi(step, {"passo": "righe"}, now=NOW)

        assert given == [({"passo": "righe"}, NOW)] * (conflicts + 1)

    def test_gives_up_a_message_at_the_fifth_conflict(self, capsys):
        given = []

        def step(message, *, now):
            given.append(message)
            raise WriteConflict(("movimento",))

        with pytest.raises(WriteConflict):
            consumatore.ricevi(step, {}, now=NOW)

        assert len(given) == 5


class TestLists:
    def test_that_cost_more_among_many_are_named_but_for_those_that_give_totals(self):
        def level(operation, pendenze, calls):
            return Level(
                operation=operation, pendenze=pendenze, calls=calls, items_read=1, read_units=1.0, write_units=0.0
            )

        levels = [
            *(level("GET notifiche", size, "Query") for size in (250, 1000)),
            *(level("GET eventi", size, f"Query ×{size}") for size in (250, 1000)),
            *(level("GET rendicontazioni", size, f"Query ×{size}") for size in (250, 1000)),
        ]

        assert elenchi.grown(levels) == ["GET eventi"]


class TestLoad:
    def test_draws_its_arrivals_before_it_begins_always_the_same(self):
        first, again = (carico.arrivi(1000, per_secondo=100) for _ in range(2))

        assert first == again == sorted(first)
        assert first[-1] == pytest.approx(10, rel=0.2)

    def test_sends_each_payment_after_its_activation_and_that_after_its_verification(self):
        sequence = carico.ordine(10, distanza=2)

        assert sequence.index((carico.VERIFY, 4)) < sequence.index((carico.GET, 4)) < sequence.index((carico.SEND, 4))
        assert len(set(sequence)) == len(sequence)

    def test_takes_percentiles_among_what_was_measured(self):
        assert [carico.percentile(range(1, 101), which) for which in (50, 98, 99, 100)] == [50, 98, 99, 100]
        assert carico.percentile([7.0], 1) == 7.0

    def test_counts_latency_from_when_a_request_was_due_and_not_from_when_it_was_served(self):
        una = Invocazione(nome="x", evento=b"", dovuta=1.0, consegnata=3.0, risposta=3.5, attesa_ms=200.0)

        assert (una.latenza_ms, una.durata_ms, una.propria_ms) == (2500.0, 500.0, 300.0)


class TestRuntimeApi:
    def test_hands_an_event_to_the_container_that_asks_and_takes_its_answer(self):
        async def exchange():
            async with RuntimeApi(timeout_s=29, funzione="APIHandler") as api:
                una = Invocazione(nome="x", evento=b'{"a":1}', dovuta=asyncio.get_running_loop().time())
                waiting = api.invoca(una)
                host, _, port = api.indirizzo.partition(":")
                reader, writer = await asyncio.open_connection(host, int(port))
                writer.write(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n")
                head = await reader.readuntil(b"\r\n\r\n")
                event = await reader.readexactly(7)
                answer = (
                    f"POST /2018-06-01/runtime/invocation/{una.id}/response HTTP/1.1\r\nContent-Length: 2\r\n\r\nok"
                )
                writer.write(answer.encode())
                taken = await reader.readuntil(b"\r\n\r\n")
                writer.close()
                return head, event, taken, await waiting

        head, event, taken, una = asyncio.run(exchange())

        assert f"Lambda-Runtime-Aws-Request-Id: {una.id}" in head.decode()
        assert event == b'{"a":1}'
        assert taken.startswith(b"HTTP/1.1 202")
        assert (una.corpo, una.fallita) == (b"ok", False)

    def test_tells_of_a_container_that_cannot_start(self):
        async def start():
            async with RuntimeApi(timeout_s=29, funzione="APIHandler") as api:
                host, _, port = api.indirizzo.partition(":")
                _, writer = await asyncio.open_connection(host, int(port))
                writer.write(b"POST /2018-06-01/runtime/init/error HTTP/1.1\r\nContent-Length: 4\r\n\r\nmale")
                try:
                    await api.primo_next()
                finally:
                    writer.close()

        with pytest.raises(ContainerMorto, match="male"):
            asyncio.run(start())


class TestDocument:
    def test_keeps_the_figures_of_the_other_parts(self):
        text = f"Words\n\n{report.USUAL}\n\nold\n\n{report.LARGE}\n\nbig\n\n{report.LONG}\n\nlong\n"

        written = report.replaced(report.replaced(text, report.LOAD, "load"), report.USUAL, "new")

        assert written == (
            f"Words\n\n{report.USUAL}\n\nnew\n\n{report.LARGE}\n\nbig\n\n{report.LONG}\n\nlong\n\n{report.LOAD}\n\nload\n"
        )


class TestChart:
    def test_marks_a_target_and_says_when_it_is_missed(self):
        heading = "| operation | calls | target | read | written | RRU | WRU |"
        table = f"## Operations\n\n{heading}\n| --- | ---: |\n| GET <x> | 3 | 2 | 1 | 0 | 1 | 0 |\n"

        svg = chart.drawn(table)

        assert "GET &lt;x&gt;" in svg
        assert "3 of 2, MISSED" in svg
        assert "prefers-color-scheme:dark" in svg

    def test_leaves_out_what_was_not_measured(self):
        assert chart.rows("# nothing", "Operations") == []
        assert "EUR" not in chart.drawn("# nothing").partition("</title>")[2]
