"""Flows by SOAP and by FdR: read as they stream, against the official schemas and over real HTTP."""

import base64
import json
import tracemalloc
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

import pytest
from lxml import etree

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.anagrafica.model import Connettore, ServizioPagoPa
from chalicelib.kernel.importo import Importo
from chalicelib.nodo.binding import element_of, read, write
from chalicelib.nodo.flussi import FlussiSoap, FlussoSenzaXml, flusso_xml
from chalicelib.nodo.messages.flusso_riversamento import FlussoRiversamento, read_flusso
from chalicelib.nodo.messages.nodo_chiedi_elenco_flussi_rendicontazione import (
    ElencoFlussiRendicontazione,
    IdRendicontazione,
    NodoChiediElencoFlussiRendicontazione,
    NodoChiediElencoFlussiRendicontazioneRisposta,
)
from chalicelib.nodo.messages.nodo_chiedi_flusso_rendicontazione import (
    NodoChiediFlussoRendicontazione,
    NodoChiediFlussoRendicontazioneRisposta,
)
from chalicelib.nodo.soap import read_document, read_envelope, write_envelope
from chalicelib.pagopa import fdr
from chalicelib.pagopa.fdr import FlussiFdr
from chalicelib.riconciliazione import model
from chalicelib.riconciliazione.operations.elenco import formato_of
from chalicelib.riconciliazione.ports import FlussoAssente, FlussoIllegibile, FonteNonDisponibile
from chalicelib.riconciliazione.repository import flussi
from tests.builders_anagrafica import an_intermediario, seed_comune
from tests.builders_pagamenti import DOMINIO, NOW, STAZIONE
from tests.builders_riconciliazione import DATA_ORA, ID_FLUSSO, PSP, a_chiave, a_flow, a_riga
from tests.ente_finto import EnteFinto, running
from tests.nodo.official import EXAMPLES, canonical, needs_official, schema

FAULT = """<fault><faultCode>{}</faultCode><faultString>no</faultString><id>NodoDeiPagamentiSPC</id></fault>"""
OPEN = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:ppt="http://ws.pagamenti.telematici.gov/"><soapenv:Body>'
)
CLOSE = "</soapenv:Body></soapenv:Envelope>"


def whole(xml: bytes, *, after: int = 0):
    head, *rows = read_flusso(BytesIO(xml), after=after)
    assert isinstance(head, model.Testata)
    return head, rows


class TestAFlow:
    def test_is_read_head_first_then_its_rows(self):
        head, rows = whole(a_flow(a_riga(), a_riga(progressivo=2, iur="ALTRO", esito="9", indice=None)))

        assert (head.id_flusso, head.id_psp, head.id_dominio) == (ID_FLUSSO, PSP, DOMINIO)
        assert (head.numero, head.importo, head.data_ora) == (2, Importo(20100), DATA_ORA)
        assert rows == [a_riga(), a_riga(progressivo=2, iur="ALTRO", esito="9", indice=None)]

    def test_is_numbered_on(self):
        assert whole(a_flow(), after=7)[1][0].progressivo == 8

    def test_takes_any_outcome_and_amounts_with_a_minus(self):
        xml = a_flow(a_riga(importo=Importo(100))).replace(b">1.00</singoloImporto", b">-1.00</singoloImporto")
        xml = xml.replace(b">0</codiceEsito", b">7</codiceEsito")

        (row,) = whole(xml)[1]

        assert (row.importo, row.esito) == (Importo(-100), "7")

    def test_is_read_whatever_prefix_and_encoding_it_has(self):
        text = a_flow().decode().replace("Banca di Esempio", "Banca dell'Unità")
        text = text.replace('encoding="UTF-8"', 'encoding="ISO-8859-1"').replace(
            "encoding='UTF-8'", "encoding='ISO-8859-1'"
        )
        head, _ = whole(text.encode("latin-1") if "8859" in text else text.encode())

        assert head.ragione_sociale_psp == "Banca dell'Unità"

    @pytest.mark.parametrize(
        ("broken", "words"),
        [
            (b"", "XML ben formato"),
            (b"testo", "XML ben formato"),
            (b"<!DOCTYPE a [<!ENTITY b 'c'>]><FlussoRiversamento/>", "DOCTYPE"),
            (b"<Altro/>", "elemento radice"),
            (b"<FlussoRiversamento/>", "obbligatorio"),
            (a_flow()[:-20], "XML ben formato"),
            (a_flow().replace(b"100.50</singolo", b"100.505</singolo"), "Riga 1, singoloImportoPagato"),
            (a_flow().replace(b">2026-11-23</dataEsito", b">ieri</dataEsito"), "Riga 1, dataEsitoSingoloPagamento"),
            (a_flow(a_riga(iur="A#B")), "identificativoUnivocoRiscossione"),
            (a_flow().replace(PSP.encode(), b"x" * 400), "troppo lungo"),
            (a_flow().replace(b">1</numeroTotale", b">uno</numeroTotale"), "numeroTotalePagamenti"),
        ],
    )
    def test_that_is_none_says_where_it_stops_being_one(self, broken, words):
        with pytest.raises(FlussoIllegibile, match=words):
            list(read_flusso(BytesIO(broken)))

    @staticmethod
    def of_rows(count):
        row = a_flow().partition(b"<datiSingoliPagamenti>")[2].rpartition(b"</FlussoRiversamento>")[0]
        head, tail = a_flow().partition(b"<datiSingoliPagamenti>")[0], b"</FlussoRiversamento>"
        return BytesIO(head + (b"<datiSingoliPagamenti>" + row) * count + tail)

    def test_of_a_hundred_thousand_rows_is_read_whole(self):
        assert sum(1 for _ in read_flusso(self.of_rows(100_000))) == 100_001

    def test_that_is_long_takes_no_more_memory_than_a_short_one(self):
        def peak(count):
            flow = self.of_rows(count)
            tracemalloc.start()
            assert sum(1 for _ in read_flusso(flow)) == count + 1
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            return most

        short, long = peak(1_000), peak(11_000)

        # Not a reference a row.
        assert long < short + 50_000


@needs_official
class TestOfficialExamples:
    @pytest.mark.parametrize("name", ["FlussoRiversamento.esiti_0_3_9", "FlussoRiversamento.esiti_0_4_8_9"])
    def test_of_documents_are_read_and_written_as_they_were(self, name):
        xml = (EXAMPLES / "documents" / f"{name}.xml").read_bytes()
        head, rows = whole(xml)

        assert len(rows) == head.numero
        document = read(FlussoRiversamento, read_document(xml))
        assert schema("xsd-common/FlussoRiversamento_1_0_5.xsd").validate(etree.fromstring(a_flow()))
        assert canonical(etree.tostring(write(document))) == canonical(xml)

    @pytest.mark.parametrize(
        ("name", "shape"),
        [
            ("nodoChiediElencoFlussiRendicontazione.request", NodoChiediElencoFlussiRendicontazione),
            ("nodoChiediElencoFlussiRendicontazione.response", NodoChiediElencoFlussiRendicontazioneRisposta),
            ("nodoChiediFlussoRendicontazione.request", NodoChiediFlussoRendicontazione),
            ("nodoChiediFlussoRendicontazione.response", NodoChiediFlussoRendicontazioneRisposta),
            ("nodoChiediFlussoRendicontazione.response.fault", NodoChiediFlussoRendicontazioneRisposta),
        ],
    )
    def test_of_messages_are_written_as_they_were_read(self, name, shape):
        xml = (EXAMPLES / "classic" / f"{name}.xml").read_bytes()
        operation = read_envelope(xml).operation

        again = write(read(shape, operation))

        assert element_of(shape) == operation.tag
        assert canonical(etree.tostring(again)) == canonical(etree.tostring(operation, with_tail=False))
        assert schema("xsd/NodoPerPa.body.xsd").validate(etree.fromstring(etree.tostring(again)))

    def test_of_fdr_are_read(self):
        folder = EXAMPLES / "rest"
        fonte, chiave = FlussiFdr(), a_chiave()
        flow: Any = BytesIO((folder / "fdr.flow.response.json").read_bytes())
        head: Any = next(fonte.leggi(flow, chiave=chiave, parte=0, dopo=0))
        payments = BytesIO((folder / "fdr.payments.response.json").read_bytes())
        rows: list[Any] = list(fonte.leggi(payments, chiave=chiave, parte=1, dopo=0))

        assert head.importo == Importo(17230) == Importo.total(row.importo for row in rows)
        assert [row.esito for row in rows] == ["0", "4", "8", "9"]
        assert head.data_ora == datetime(2026, 5, 13, 5, 10, tzinfo=UTC)
        assert rows[0].data == date(2026, 5, 11)


@pytest.fixture
def nodo(aws):
    seed_comune(NOW)
    with running(EnteFinto(stato=200)) as nodo:
        anagrafica.put_intermediario(
            intermediario=an_intermediario(servizio_pagopa=Connettore(url=nodo.url, subscription_key="chiave"))
        )
        yield nodo


def scarica(into=None):
    into = into or BytesIO()
    last = FlussiSoap().scarica(a_chiave(), id_stazione=STAZIONE, parte=0, into=into, now=NOW)
    return last, into.getvalue()


def a_list(*flows):
    return write_envelope(
        None,
        write(
            NodoChiediElencoFlussiRendicontazioneRisposta(
                elenco_flussi_rendicontazione=ElencoFlussiRendicontazione(
                    tot_restituiti=len(flows),
                    id_rendicontazione=tuple(
                        IdRendicontazione(identificativo_flusso=name, data_ora_flusso=at) for name, at in flows
                    ),
                )
            )
        ),
    )


def a_found(xml):
    return write_envelope(None, write(NodoChiediFlussoRendicontazioneRisposta(xml_rendicontazione=xml)))


class TestTheNodo:
    def test_lists_flows_by_name_and_instant(self, nodo):
        nodo.body = a_list((ID_FLUSSO, DATA_ORA))

        elenco = FlussiSoap().elenca(id_stazione=STAZIONE, id_dominio=DOMINIO, pagina=1, now=NOW)

        assert [annunciato.chiave for annunciato in elenco.flussi] == [a_chiave()]
        (asked,) = nodo.asked
        assert asked.headers["SOAPAction"] == '"nodoChiediElencoFlussiRendicontazione"'
        assert asked.headers["Ocp-Apim-Subscription-Key"] == "chiave"
        assert b"<identificativoDominio>" + DOMINIO.encode() in asked.body

    def test_gives_a_flow_in_base64_however_it_is_folded(self, nodo):
        xml = a_flow(*(a_riga(progressivo=n, iur=f"IUR-{n}") for n in range(1, 500)))
        folded = base64.encodebytes(xml)
        assert b"\n" in folded
        nodo.body = a_found(b"@").replace(base64.b64encode(b"@"), folded)

        last, body = scarica()

        assert (last, body) == (True, xml)

    def test_gives_a_long_flow_in_the_memory_of_a_short_one(self, nodo):
        def peak(count):
            nodo.body = a_found(a_flow(*(a_riga(progressivo=n, iur=f"IUR-{n}") for n in range(1, count + 1))))
            tracemalloc.start()
            with SpooledTemporaryFile(max_size=100_000) as part:
                FlussiSoap().scarica(a_chiave(), id_stazione=STAZIONE, parte=0, into=cast("BinaryIO", part), now=NOW)
                part.seek(0)
                found = sum(1 for _ in read_flusso(cast("BinaryIO", part)))
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert found == count + 1
            return most

        short, long = peak(1_000), peak(20_000)

        # 8 MB in Base64: what an answer may keep in memory before it goes to disk, and no more.
        assert long < short + 2_500_000

    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            (FAULT.format("PPT_ID_FLUSSO_SCONOSCIUTO"), FlussoAssente),
            (FAULT.format("PPT_SYSTEM_ERROR"), FonteNonDisponibile),
            ("", FlussoIllegibile),
            ("<xmlRendicontazione></xmlRendicontazione>", FlussoIllegibile),
            ("<xmlRendicontazione>!!!!</xmlRendicontazione>", FlussoIllegibile),
            ("<xmlRendicontazione>YWJ</xmlRendicontazione>", FlussoIllegibile),
        ],
    )
    def test_that_gives_no_flow_says_why(self, nodo, answer, error):
        name = "ppt:nodoChiediFlussoRendicontazioneRisposta"
        nodo.body = f"{OPEN}<{name}>{answer}</{name}>{CLOSE}".encode()

        with pytest.raises(error):
            scarica()

    @pytest.mark.parametrize(
        "body",
        [b"", b"<a>", b"<!DOCTYPE a><a/>", f"{OPEN}<altro/>{CLOSE}".encode()],
        ids=["vuoto", "xml", "dtd", "altro"],
    )
    def test_that_answers_something_else_is_asked_again(self, nodo, body):
        nodo.body = body

        with pytest.raises(FonteNonDisponibile):
            scarica()

    def test_that_answers_by_a_status_is_asked_again(self, nodo):
        nodo.stato = 500

        with pytest.raises(FonteNonDisponibile, match="500"):
            scarica()

    def test_with_a_fault_instead_of_a_list_is_asked_again(self, nodo):
        name = "ppt:nodoChiediElencoFlussiRendicontazioneRisposta"
        nodo.body = f"{OPEN}<{name}>{FAULT.format('PPT_DOMINIO_SCONOSCIUTO')}</{name}>{CLOSE}".encode()

        with pytest.raises(FonteNonDisponibile, match="PPT_DOMINIO_SCONOSCIUTO"):
            FlussiSoap().elenca(id_stazione=STAZIONE, id_dominio=DOMINIO, pagina=1, now=NOW)

    def test_is_recorded_without_the_password(self, nodo):
        nodo.body = a_found(a_flow())
        seen: list[Any] = []

        FlussiSoap(recorder=seen.append).scarica(a_chiave(), id_stazione=STAZIONE, parte=0, into=BytesIO(), now=NOW)

        (exchange,) = seen
        assert exchange.tipo_evento == "nodoChiediFlussoRendicontazione"
        assert exchange.richiesta.payload == b""

    def test_of_a_stazione_that_is_unknown_is_not_asked(self, nodo):
        with pytest.raises(FonteNonDisponibile):
            FlussiSoap().elenca(id_stazione="12345678901_99", id_dominio=DOMINIO, pagina=1, now=NOW)

        assert nodo.asked == []


class TestTheXmlOfARestFlow:
    def test_says_the_same(self):
        head, rows = whole(a_flow())

        assert whole(flusso_xml(head, rows)) == (replace(head), rows)

    def test_is_none_for_what_the_schema_has_no_form_for(self):
        head, rows = whole(a_flow())

        with pytest.raises(FlussoSenzaXml):
            flusso_xml(head, [replace(rows[0], esito="NUOVO")])


@pytest.fixture
def service(aws):
    seed_comune(NOW)
    with running(EnteFinto(stato=200)) as service:
        connettore = Connettore(url=service.url, subscription_key="chiave")
        anagrafica.put_intermediario(intermediario=an_intermediario(servizi={ServizioPagoPa.FR: connettore}))
        yield service


def a_page(*rows, pages=1):
    data = [
        {
            "index": n,
            "iuv": "01",
            "iur": f"I{n}",
            "idTransfer": 1,
            "pay": pay,
            "payStatus": "EXECUTED",
            "payDate": "2026-11-23",
        }
        for n, pay in enumerate(rows, 1)
    ]
    return json.dumps(
        {"metadata": {"pageSize": 1000, "pageNumber": 1, "totPage": pages}, "count": len(rows), "data": data}
    )


REVISION = a_chiave(revisione=2, id_flusso="2026-11-23BCITITMM-A B")


def fdr_part(parte):
    into = BytesIO()
    last = FlussiFdr().scarica(REVISION, id_stazione=STAZIONE, parte=parte, into=into, now=NOW)
    return last, into.getvalue()


def read_page(page: bytes, *, dopo: int = 0) -> list[Any]:
    return list(FlussiFdr().leggi(BytesIO(page), chiave=REVISION, parte=1, dopo=dopo))


class TestFdr:
    def test_is_chosen_where_its_connettore_is(self):
        assert formato_of(an_intermediario()) == "SOAP"
        assert formato_of(an_intermediario(servizi={ServizioPagoPa.FR: Connettore(url="https://fdr.example")})) == "FDR"

    def test_lists_the_last_thirty_days_page_by_page(self, service):
        item = {
            "fdr": ID_FLUSSO,
            "pspId": PSP,
            "revision": 2,
            "published": "2026-11-24T05:30:00Z",
            "flowDate": "2026-11-24T05:00:00",
        }
        service.body = json.dumps({"metadata": {"totPage": 2}, "count": 1, "data": [item]}).encode()

        elenco = FlussiFdr().elenca(id_stazione=STAZIONE, id_dominio=DOMINIO, pagina=1, now=NOW)

        (annunciato,) = elenco.flussi
        assert annunciato.chiave == a_chiave(revisione=2)
        assert annunciato.pubblicato == datetime(2026, 11, 24, 5, 30, tzinfo=UTC)
        assert elenco.altre
        (asked,) = service.asked
        assert asked.path == (
            f"/api/organizations/{DOMINIO}/fdrs?publishedGt=2026-10-25T09%3A30%3A00Z&page=1&size=1000"
        )
        assert asked.headers["Ocp-Apim-Subscription-Key"] == "chiave"

    def test_names_a_flow_quoted(self, service):
        last, _ = fdr_part(0)

        assert not last
        assert service.asked[0].path == (
            f"/api/organizations/{DOMINIO}/fdrs/2026-11-23BCITITMM-A%20B/revisions/2/psps/{PSP}"
        )

    @pytest.mark.parametrize(("parte", "last"), [(1, False), (2, True)])
    def test_brings_payments_page_by_page(self, service, parte, last):
        service.body = a_page(1, pages=2).encode()

        assert fdr_part(parte)[0] is last
        assert service.asked[0].path.endswith(f"/payments?page={parte}&size=1000")

    def test_amounts_are_exact(self):
        page = a_page(1).replace('"pay": 1', '"pay": 1000000000.10').encode()

        (row,) = read_page(page)

        assert row.importo == Importo(100000000010)

    @pytest.mark.parametrize("amount", ["0.005", '"1.00"', "true", "null", "1e400"])
    def test_amounts_that_are_none_are_refused(self, amount):
        page = a_page(1).replace('"pay": 1', f'"pay": {amount}').encode()

        with pytest.raises(FlussoIllegibile, match="Riga 1"):
            read_page(page)

    def test_outcomes_that_are_new_are_passed_on(self):
        page = a_page(1).replace("EXECUTED", "BRAND_NEW").encode()

        (row,) = read_page(page, dopo=4)

        assert (row.esito, row.progressivo) == ("BRAND_NEW", 5)

    @pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"data": 1}', b'{"data": [1]}', b'{"data": [{}]}'])
    def test_pages_that_are_none_are_refused(self, body):
        with pytest.raises(FlussoIllegibile):
            list(FlussiFdr().leggi(BytesIO(body), chiave=REVISION, parte=1, dopo=0))

    @pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"sender": 1, "receiver": 2}'])
    def test_heads_that_are_none_are_refused(self, body):
        with pytest.raises(FlussoIllegibile):
            list(FlussiFdr().leggi(BytesIO(body), chiave=REVISION, parte=0, dopo=0))

    def test_that_does_not_know_the_flow_says_so(self, service):
        service.stato = 404

        with pytest.raises(FlussoAssente):
            fdr_part(0)

    @pytest.mark.parametrize("stato", [401, 429, 500])
    def test_that_cannot_answer_is_asked_again(self, service, stato):
        service.stato = stato

        with pytest.raises(FonteNonDisponibile, match=str(stato)):
            fdr_part(0)

    def test_that_answers_without_end_is_cut_off(self, service, monkeypatch):
        monkeypatch.setattr(fdr, "PAGE_BYTES", 10)
        service.body = a_page(1).encode()

        with pytest.raises(FonteNonDisponibile, match="supera 10 byte"):
            fdr_part(1)

    def test_that_is_silent_is_asked_again(self, service, monkeypatch):
        monkeypatch.setattr(fdr, "SECONDS", 0.2)
        service.mute = True

        with pytest.raises(FonteNonDisponibile, match="nessuna risposta"):
            fdr_part(1)

    def test_with_a_list_that_is_none_is_asked_again(self, service):
        service.body = b'{"data": 7}'

        with pytest.raises(FonteNonDisponibile):
            FlussiFdr().elenca(id_stazione=STAZIONE, id_dominio=DOMINIO, pagina=1, now=NOW)

    def test_is_asked_once_a_second_by_one_intermediario(self, aws):
        asked = [flussi.may_ask("1", now=NOW + timedelta(milliseconds=ms), every_ms=1000) for ms in (0, 10, 999, 1000)]

        assert asked == [True, False, False, True]
        assert flussi.may_ask("2", now=NOW, every_ms=1000)

    def test_days_are_italian_days(self):
        assert fdr._day("2026-11-23") == date(2026, 11, 23)
        assert fdr._day("2026-11-23T00:00:00Z") == date(2026, 11, 23)
        assert fdr._day("2026-11-23T23:30:00Z") == date(2026, 11, 24)
        assert fdr.importo_of(Decimal("1.10")) == Importo(110)
