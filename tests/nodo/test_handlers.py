"""Each primitive of the Nodo, answered; every PAA code that we emit."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from moto.sqs.models import sqs_backends

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.aws import documents
from chalicelib.aws.documents import Bucket
from chalicelib.aws.queues import Queue, queue_name
from chalicelib.kernel.importo import Importo
from chalicelib.nodo import ricevute
from chalicelib.nodo.messages import common, pa_send_rt_v2
from chalicelib.nodo.messages.pa_demand_payment_notice import PaDemandPaymentNoticeRequest
from chalicelib.nodo.messages.rt import read_rt
from chalicelib.pagamenti import operations as pagamenti
from chalicelib.pagamenti import repository
from chalicelib.pagamenti.model import EsitoPagamento
from chalicelib.pagamenti.states import StatoRpp
from chalicelib.pendenze.states import StatoPendenza
from chalicelib.settings import settings
from tests.aws_calls import aws_calls
from tests.builders_anagrafica import STAZIONE_V1, an_intermediario
from tests.builders_pagamenti import (
    ALTRO_DOMINIO,
    CCP,
    DOMINIO,
    ESTRANEO,
    IBAN,
    IBAN_POSTALE,
    IUV,
    NAV,
    TOKEN,
    a_bollo,
    a_ko_rt,
    a_pendenza,
    a_voce,
    an_rt,
    two_voci,
)
from tests.clock import NOW
from tests.doubles_pagamenti import EnteFinto, ports
from tests.nodo.calls import (
    HEAD,
    a_transfer,
    attiva_request,
    call,
    get_request,
    get_v2_request,
    intestazione,
    rt_request,
    send_request,
    send_v2_request,
    verifica_request,
    verify_request,
)
from tests.nodo.official import documents_schema, needs_official

YESTERDAY = (NOW - timedelta(days=2)).date()


def verify(client, **other):
    return call(client, "paVerifyPaymentNotice", verify_request(**other))


def verifica(client, **header):
    return call(client, "paaVerificaRPT", verifica_request(), intestazione(**header))


def attiva(client, importo=Importo(10050), **header):  # noqa: B008 - immutable
    return call(client, "paaAttivaRPT", attiva_request(importo), intestazione(**header))


def get_v2(client, **other):
    return call(client, "paGetPaymentV2", get_v2_request(**other))


def send_v2(client, **other):
    return call(client, "paSendRTV2", send_v2_request(**other))


def code(answer):
    return answer.fault.fault_code


def messages(queue):
    held = sqs_backends["123456789012"]["eu-south-1"].queues[queue_name(queue)]
    return [json.loads(message.body) for message in held.messages]


class TestVerifyPaymentNotice:
    def test_tells_what_is_due(self, client, stored):
        pendenza = stored()

        answer = verify(client)

        option = answer.payment_list.payment_option_description
        assert (answer.outcome, option.amount, option.options) == ("OK", Importo(10050), "EQ")
        assert option.due_date == pendenza.data_scadenza
        assert (answer.payment_description, answer.fiscal_code_pa) == ("Tassa sui rifiuti 2026", DOMINIO)
        assert answer.company_name == "Comune di Esempio"
        assert option.all_ccp  # its voce has a postal account

    def test_makes_one_read_and_tells_the_giornale(self, client, stored):
        stored()
        verify(client)

        with aws_calls() as made:
            verify(client)

        assert made == ["dynamodb.Query", "sqs.SendMessage"]

    def test_changes_nothing(self, client, stored):
        before = stored()

        verify(client)

        assert repository.load(DOMINIO, IUV).posizione == before

    def test_survives_characters_that_xml_cannot_carry(self, client, stored):
        stored(causale="Tassa\x00 sui\x1f rifiuti \U0001f600 <&>" + "x" * 200)

        assert verify(client).payment_description.startswith("Tassa  sui  rifiuti \U0001f600 <&>x")


class TestRefusals:
    @pytest.mark.parametrize(
        ("request_", "expected"),
        [
            ({"id_broker_pa": "99999999999"}, "PAA_ID_INTERMEDIARIO_ERRATO"),
            ({"id_station": "12345678901_77"}, "PAA_STAZIONE_INT_ERRATA"),
            ({"id_pa": ESTRANEO}, "PAA_ID_DOMINIO_ERRATO"),
            ({"qr_code": common.QrCode(fiscal_code=ALTRO_DOMINIO, notice_number=NAV)}, "PAA_ID_DOMINIO_ERRATO"),
            ({"qr_code": common.QrCode(fiscal_code=DOMINIO, notice_number="0" * 18)}, "PAA_PAGAMENTO_SCONOSCIUTO"),
            ({"qr_code": common.QrCode(fiscal_code=DOMINIO, notice_number="9" * 18)}, "PAA_PAGAMENTO_SCONOSCIUTO"),
            ({"qr_code": common.QrCode(fiscal_code=DOMINIO, notice_number="3" * 18)}, "PAA_PAGAMENTO_SCONOSCIUTO"),
            # Everything is wrong: the order of pagoPA decides.
            ({"id_broker_pa": "9" * 11, "id_station": "x", "id_pa": ESTRANEO}, "PAA_ID_INTERMEDIARIO_ERRATO"),
            ({"id_station": "x", "id_pa": ESTRANEO}, "PAA_STAZIONE_INT_ERRATA"),
        ],
    )
    def test_come_in_the_order_of_pagopa(self, client, stored, request_, expected):
        stored()

        assert code(verify(client, **request_)) == expected

    @pytest.mark.parametrize(
        ("pendenza", "expected"),
        [
            ({"stato": StatoPendenza.ANNULLATO}, "PAA_PAGAMENTO_ANNULLATO"),
            ({"stato": StatoPendenza.ESEGUITO}, "PAA_PAGAMENTO_DUPLICATO"),
            ({"data_scadenza": YESTERDAY}, "PAA_PAGAMENTO_SCADUTO"),
        ],
    )
    def test_name_the_state_of_the_position_in_both_generations(self, client, stored, pendenza, expected):
        stored(**pendenza)

        assert code(verify(client)) == expected
        assert code(get_v2(client)) == expected
        assert code(call(client, "paGetPayment", get_request())) == expected
        assert code(verifica(client)) == expected
        assert code(attiva(client)) == expected

    def test_of_another_nodo_hide_the_intermediario(self, client, stored):
        stored()
        anagrafica.put_intermediario(
            intermediario=an_intermediario(id_intermediario="99999999990", principal_pagopa="altro-nodo")
        )

        assert code(verify(client, id_broker_pa="99999999990")) == "PAA_ID_INTERMEDIARIO_ERRATO"

    def test_of_an_ente_that_does_not_answer_are_system_errors(self, client, stored):
        stored(data_validita=YESTERDAY)
        with ports(ente=EnteFinto(silence=True)):
            answer = verify(client)

        assert code(answer) == "PAA_SYSTEM_ERROR"
        assert "ente creditore" in answer.fault.description

    def test_of_a_bug_are_system_errors_that_name_the_transaction(self, client, stored, monkeypatch):
        stored()
        monkeypatch.setattr(pagamenti, "verify", lambda **_: 1 / 0)

        answer = verify(client)

        assert code(answer) == "PAA_SYSTEM_ERROR"
        assert "transazione" in answer.fault.description

    def test_of_a_spontaneous_payment_say_that_none_is_offered(self, client):
        request = PaDemandPaymentNoticeRequest(
            **HEAD, id_servizio="00001", id_soggetto_servizio="00001", dati_specifici_servizio_request=b"<a/>"
        )

        assert code(call(client, "paDemandPaymentNotice", request)) == "PAA_SEMANTICA"


class TestGetPayment:
    def test_tells_who_owes_and_where_the_money_goes(self, client, stored):
        stored()

        data = get_v2(client).data

        assert (data.creditor_reference_id, data.payment_amount) == (IUV, Importo(10050))
        assert data.debtor.full_name == "Mario Rossi"
        (transfer,) = data.transfer_list
        assert (transfer.iban, transfer.transfer_amount, transfer.fiscal_code_pa) == (IBAN, Importo(10050), DOMINIO)
        assert transfer.remittance_information.startswith(f"/RFB/{IUV}/100.50/TXT/")

    def test_gives_the_postal_account_when_it_is_asked_for(self, client, stored):
        stored()

        assert get_v2(client, transfer_type="POSTAL").data.transfer_list[0].iban == IBAN_POSTALE

    def test_gives_a_far_day_where_there_is_none(self, client, stored):
        stored(data_scadenza=None)

        assert get_v2(client).data.due_date == date(2099, 12, 31)

    def test_answers_version_1_too(self, client, stored):
        stored()

        assert call(client, "paGetPayment", get_request()).data.transfer_list[0].iban == IBAN

    def test_carries_two_enti(self, client, stored):
        stored(two_voci())

        data = get_v2(client).data

        assert [transfer.fiscal_code_pa for transfer in data.transfer_list] == [DOMINIO, ALTRO_DOMINIO]
        assert Importo.total(transfer.transfer_amount for transfer in data.transfer_list) == data.payment_amount

    def test_carries_a_marca_da_bollo_in_version_2_only(self, client, stored):
        stored(a_pendenza(voci=(a_voce(), a_bollo())))

        assert get_v2(client).data.transfer_list[1].richiesta_marca_da_bollo.provincia_residenza == "RM"
        assert code(call(client, "paGetPayment", get_request())) == "PAA_SEMANTICA"

    def test_asked_twice_is_one_attempt(self, client, stored):
        stored()

        get_v2(client)
        get_v2(client)

        assert [rpp.stato for rpp in repository.load(DOMINIO, IUV).rpp] == [StatoRpp.RPT_ATTIVATA]

    def test_makes_a_read_and_a_write_and_tells_the_giornale(self, client, stored):
        stored()
        get_v2(client)

        with aws_calls() as made:
            get_v2(client)

        assert made == ["dynamodb.Query", "dynamodb.PutItem", "sqs.SendMessage"]


class TestSendRt:
    @pytest.mark.parametrize("name", ["paSendRT", "paSendRTV2"])
    def test_settles_the_position(self, client, stored, name):
        stored()
        get_v2(client)

        answer = call(client, name, {"paSendRT": send_request, "paSendRTV2": send_v2_request}[name]())

        found = repository.load(DOMINIO, IUV)
        assert answer.outcome == "OK"
        assert found.posizione.stato is StatoPendenza.ESEGUITO
        assert [(rpp.ccp, rpp.stato) for rpp in found.rpp] == [(TOKEN, StatoRpp.RT_ACCETTATA_PA)]

    def test_keeps_the_bytes_as_they_came(self, client, stored):
        stored()

        send_v2(client)

        (ricevuta,) = repository.load(DOMINIO, IUV).ricevute
        assert b"paSendRTV2Request" in documents.get(Bucket.ARCHIVIO, ricevuta.originale)

    def test_stores_reads_writes_and_enqueues(self, client, stored):
        stored()
        send_v2(client, receipt_id="first")

        with aws_calls() as made:
            send_v2(client)

        assert made == ["s3.PutObject", "dynamodb.Query", "dynamodb.TransactWriteItems", "sqs.SendMessage"]

    def test_sent_twice_is_one_payment(self, client, stored):
        stored()
        send_v2(client)

        assert code(send_v2(client)) == "PAA_RECEIPT_DUPLICATA"
        assert len(repository.load(DOMINIO, IUV).riscossioni) == 1

    def test_of_a_second_payment_is_taken_and_flagged(self, client, stored):
        stored()
        send_v2(client)

        assert send_v2(client, receipt_id="altro-token").outcome == "OK"
        found = repository.load(DOMINIO, IUV)
        assert len(found.ricevute) == 2
        assert found.posizione.anomalo

    def test_without_a_request_is_taken(self, client, stored):
        stored()

        assert send_v2(client, stand_in=True).outcome == "OK"
        assert repository.load(DOMINIO, IUV).posizione.stato is StatoPendenza.ESEGUITO

    def test_reaches_us_at_a_stazione_that_the_ente_has_left(self, client, stored):
        stored()

        assert send_v2(client, id_station="12345678901_33").outcome == "OK"
        assert send_v2(client, id_station=STAZIONE_V1, receipt_id="b").outcome == "OK"

    def test_of_another_ente_in_which_a_transfer_is_ours_is_taken(self, client):
        transfers = (
            pa_send_rt_v2.TransferReceiptV2(**a_transfer(fiscal_code_pa=ESTRANEO, transfer_amount=Importo(5050))),
            pa_send_rt_v2.TransferReceiptV2(**a_transfer(id_transfer=2, transfer_amount=Importo(5000))),
        )

        answer = send_v2(client, id_pa=ESTRANEO, fiscal_code=ESTRANEO, transfer_list=transfers)

        assert answer.outcome == "OK"
        assert len(repository.load(ESTRANEO, IUV).ricevute) == 1

    def test_in_which_nothing_is_ours_is_refused(self, client):
        transfers = (pa_send_rt_v2.TransferReceiptV2(**a_transfer(fiscal_code_pa=ESTRANEO)),)

        answer = send_v2(client, id_pa=ESTRANEO, fiscal_code=ESTRANEO, transfer_list=transfers)

        assert code(answer) == "PAA_ID_DOMINIO_ERRATO"

    def test_to_an_unknown_intermediario_is_refused(self, client):
        assert code(send_v2(client, id_broker_pa="99999999999")) == "PAA_ID_INTERMEDIARIO_ERRATO"

    def test_that_we_fail_to_apply_is_answered_ok_and_applied_later(self, client, stored, monkeypatch):
        stored()
        with monkeypatch.context() as broken:
            broken.setattr(repository, "load", lambda *_: 1 / 0)
            answer = send_v2(client)
        (message,) = messages(Queue.RICEVUTE)

        ricevute.acquire_from_archive(message, now=NOW)
        ricevute.acquire_from_archive(message, now=NOW)

        assert answer.outcome == "OK"
        found = repository.load(DOMINIO, IUV)
        assert found.posizione.stato is StatoPendenza.ESEGUITO
        assert len(found.riscossioni) == 1


class TestClassic:
    def test_verifies(self, client, stored):
        stored()

        dati = verifica(client).dati_pagamento_pa

        assert (dati.importo_singolo_versamento, dati.iban_accredito) == (Importo(10050), IBAN)
        assert dati.causale_versamento == "Tassa sui rifiuti 2026"

    def test_activates_and_asks_for_the_rpt(self, client, stored):
        stored()

        answer = attiva(client)

        assert answer.esito == "OK"
        assert messages(Queue.NODO_RPT) == [{"idDominio": DOMINIO, "iuv": IUV, "ccp": CCP}]
        assert repository.load(DOMINIO, IUV).rpp_of(CCP).stato is StatoRpp.RPT_ATTIVATA

    def test_activated_twice_with_one_ccp_is_one_attempt(self, client, stored):
        stored()
        attiva(client)

        assert attiva(client).esito == "OK"
        assert len(repository.load(DOMINIO, IUV).rpp) == 1

    @pytest.mark.parametrize("pendenza", [two_voci(), a_pendenza(voci=(a_bollo(indice=1),))], ids=["two voci", "bollo"])
    def test_cannot_carry_more_than_one_voce_nor_a_bollo(self, client, stored, pendenza):
        stored(pendenza)

        assert code(verifica(client)) in {"PAA_SEMANTICA", "PAA_PAGAMENTO_MULTIBENEFICIARIO_NON_CONSENTITO"}
        assert code(attiva(client)) in {"PAA_SEMANTICA", "PAA_PAGAMENTO_MULTIBENEFICIARIO_NON_CONSENTITO"}

    def test_refuses_another_amount(self, client, stored):
        stored()

        assert code(attiva(client, Importo(10051))) == "PAA_ATTIVA_RPT_IMPORTO_NON_VALIDO"

    def test_refuses_one_ccp_with_other_data(self, client, stored):
        stored()
        attiva(client)
        second = replace(attiva_request(), identificativo_canale_psp="00799960158_99")

        assert code(call(client, "paaAttivaRPT", second, intestazione())) == "PAA_PAGAMENTO_IN_CORSO"


class TestInviaRt:
    @pytest.fixture
    def rpp(self, client, stored):
        stored()
        attiva(client)
        return repository.load(DOMINIO, IUV).rpp_of(CCP)

    def send(self, client, ricevuta, rpp, **other):
        header = other.pop("header", {})
        return call(client, "paaInviaRT", rt_request(ricevuta, rpp, **other), intestazione(**header))

    def test_settles_the_position(self, client, rpp):
        assert self.send(client, an_rt(rpp), rpp).esito == "OK"
        assert repository.load(DOMINIO, IUV).posizione.stato is StatoPendenza.ESEGUITO

    def test_may_say_ko_and_then_ok(self, client, rpp):
        assert self.send(client, a_ko_rt(rpp), rpp).esito == "OK"
        assert repository.load(DOMINIO, IUV).rpp_of(CCP).esito is EsitoPagamento.NON_ESEGUITO

        assert self.send(client, an_rt(rpp), rpp).esito == "OK"
        assert repository.load(DOMINIO, IUV).rpp_of(CCP).esito is EsitoPagamento.ESEGUITO

    def test_sent_twice_is_refused(self, client, rpp):
        self.send(client, an_rt(rpp), rpp)

        assert code(self.send(client, an_rt(rpp), rpp)) == "PAA_RT_DUPLICATA"

    def test_without_its_rpt_is_refused(self, client, stored):
        stored()
        rpp = an_rt()

        from tests.builders_pagamenti import an_attempt

        assert code(self.send(client, rpp, an_attempt())) == "PAA_RPT_SCONOSCIUTA"

    def test_that_answers_another_request_is_refused(self, client, rpp):
        answer = self.send(client, an_rt(rpp, riferimento_messaggio="altro"), rpp)

        assert code(answer) == "PAA_SEMANTICA"
        assert repository.load(DOMINIO, IUV).rpp_of(CCP).stato is StatoRpp.RT_RIFIUTATA_PA

    def test_of_another_payment_than_its_header_says_is_refused(self, client, rpp):
        answer = self.send(client, an_rt(rpp, iuv="01000000000000213"), rpp)

        assert code(answer) == "PAA_SEMANTICA"
        assert "identificativoUnivocoVersamento" in answer.fault.description

    def test_that_breaks_its_schema_is_refused(self, client, rpp):
        request = replace(rt_request(an_rt(rpp), rpp), rt=b"<RT/>")

        assert code(call(client, "paaInviaRT", request, intestazione())) == "PAA_SINTASSI_XSD"

    def test_that_is_signed_is_refused(self, client, rpp):
        assert code(self.send(client, an_rt(rpp), rpp, tipo_firma="3")) == "PAA_TIPOFIRMA_SCONOSCIUTO"


@needs_official
class TestDocuments:
    def test_of_every_attempt_and_ricevuta_satisfy_the_official_schema(self, client, stored):
        from lxml import etree

        from chalicelib.nodo.documenti import Documenti

        stored(a_pendenza(voci=(a_voce(), a_bollo())))
        get_v2(client)
        transfers = (
            pa_send_rt_v2.TransferReceiptV2(**a_transfer()),
            pa_send_rt_v2.TransferReceiptV2(
                **a_transfer(id_transfer=2, transfer_amount=Importo(1600), iban=None, mbd_attachment=b"<marca/>")
            ),
        )
        send_v2(client, payment_amount=Importo(11650), transfer_list=transfers)
        found = repository.load(DOMINIO, IUV)

        rpt = Documenti().rpt(found.rpp[0])
        rt = Documenti().rt(found.ricevute[0], found.rpp[0])

        documents_schema().assertValid(etree.fromstring(rpt))
        documents_schema().assertValid(etree.fromstring(rt))
        assert read_rt(rt).dati_pagamento.dati_singolo_pagamento[1].allegato_ricevuta.tipo_allegato_ricevuta == "BD"


def test_the_probe_of_stand_in_costs_no_read(client):
    verify(client, qr_code=common.QrCode(fiscal_code=DOMINIO, notice_number=settings().nav_sonda))

    with aws_calls() as made:
        answer = verify(client, qr_code=common.QrCode(fiscal_code=DOMINIO, notice_number=settings().nav_sonda))

    assert code(answer) == "PAA_PAGAMENTO_SCONOSCIUTO"
    assert made == ["sqs.SendMessage"]
