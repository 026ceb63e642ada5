"""Inbound primitives: found by their element, held to their SOAPAction, answered each in its own form."""

from pathlib import Path

import pytest

from chalicelib.nodo.dispatch import (
    PRIMITIVE,
    OperazioneSconosciuta,
    RichiestaErrata,
    Servizio,
    SoapActionErrata,
    SoapFaultRicevuto,
    answer,
    ko,
    read_message,
    read_request,
    write_message,
    write_response,
)
from chalicelib.nodo.faults import Paa, paa
from chalicelib.nodo.messages.pa_send_rt_v2 import PaSendRtV2Request, PaSendRtV2Response
from chalicelib.nodo.messages.paa_invia_rt import PaaInviaRtRisposta
from chalicelib.nodo.sintassi import SintassiErrata
from chalicelib.nodo.soap import read_envelope, soap_fault
from tests.nodo.official import is_valid, needs_official, schemas_for

WIRE = Path(__file__).parents[1] / "wire"
REQUESTS = {
    "paVerifyPaymentNotice": "pa_verify__da_pagare",
    "paGetPayment": "pa_get_payment__rata",
    "paGetPaymentV2": "pa_get_payment_v2__dal_carrello",
    "paSendRT": "pa_send_rt__paid_in_one",
    "paSendRTV2": "pa_send_rt_v2__paid_in_one",
    "paDemandPaymentNotice": "pa_demand__servizio_del_catalogo",
    "paaVerificaRPT": "paa_verifica_rpt__da_pagare",
    "paaAttivaRPT": "paa_attiva_rpt__con_versante",
    "paaInviaRT": "paa_invia_rt__eseguita",
}
ALL = pytest.mark.parametrize("name", REQUESTS)


def recorded(name):
    return (WIRE / f"{REQUESTS[name]}.xml").read_bytes()


def a_fault(code=Paa.PAGAMENTO_SCADUTO):
    return paa(code, id_dominio="80098760588")


class TestReadRequest:
    def test_serves_every_primitive(self):
        assert set(PRIMITIVE) == set(REQUESTS)

    @ALL
    def test_finds_the_primitive_by_its_element(self, name):
        richiesta = read_request(read_envelope(recorded(name)), f'"{name}"')

        assert richiesta.primitiva is PRIMITIVE[name]
        assert isinstance(richiesta.request, PRIMITIVE[name].request)
        assert (richiesta.header is not None) == name.startswith("paa")

    @pytest.mark.parametrize("soap_action", [None, "", '""', "paSendRTV2", '"paSendRTV2"', ' "paSendRTV2" '])
    def test_admits_a_soap_action_quoted_bare_empty_or_missing(self, soap_action):
        richiesta = read_request(read_envelope(recorded("paSendRTV2")), soap_action)

        assert richiesta.primitiva.name == "paSendRTV2"

    @pytest.mark.parametrize("soap_action", ['"paSendRT"', "paaInviaRT", "urn:altro"])
    def test_refuses_the_soap_action_of_another_primitive(self, soap_action):
        with pytest.raises(SoapActionErrata, match="indicare paSendRTV2"):
            read_request(read_envelope(recorded("paSendRTV2")), soap_action)

    def test_refuses_an_operation_nobody_serves(self):
        envelope = read_envelope(soap_fault("Client", "x"))

        with pytest.raises(OperazioneSconosciuta):
            read_request(envelope, "")

    def test_refuses_an_operation_of_the_other_service(self):
        with pytest.raises(OperazioneSconosciuta):
            read_request(read_envelope(recorded("paaInviaRT")), "", servizio=Servizio.CCP)

    @pytest.mark.parametrize(
        ("name", "element", "code"),
        [
            ("paaVerificaRPT", b"identificativoPSP", "PAA_SINTASSI_XSD"),
            ("paaAttivaRPT", b"identificativoCanalePSP", "PAA_SINTASSI_XSD"),
            ("paaInviaRT", b"tipoFirma", "PAA_SINTASSI_XSD"),
            ("paDemandPaymentNotice", b"idServizio", "PAA_SINTASSI_XSD"),
            ("paVerifyPaymentNotice", b"noticeNumber", "PAA_SINTASSI_EXTRAXSD"),
            ("paGetPayment", b"noticeNumber", "PAA_SINTASSI_EXTRAXSD"),
            ("paGetPaymentV2", b"noticeNumber", "PAA_SINTASSI_EXTRAXSD"),
            ("paSendRT", b"receiptId", "PAA_SINTASSI_EXTRAXSD"),
            ("paSendRTV2", b"receiptId", "PAA_SINTASSI_EXTRAXSD"),
        ],
    )
    def test_refuses_what_breaks_the_schema_with_the_code_of_the_primitive(self, name, element, code):
        body = recorded(name).replace(b"<" + element + b">", b"<altro>").replace(b"</" + element + b">", b"</altro>")

        with pytest.raises(RichiestaErrata) as refused:
            read_request(read_envelope(body), name)

        assert refused.value.fault.fault_code == code
        assert refused.value.fault.id == "80098760588"
        # Of a receipt, what is unknown is passed over, and what is missing is told.
        words = f"manca l'elemento {element.decode()}" if "SendRT" in name else "altro: elemento non previsto"
        assert words in (refused.value.fault.description or "")

    def test_refuses_a_classic_request_without_its_header(self):
        body = recorded("paaInviaRT").replace(b"intestazionePPT", b"altraIntestazione")

        with pytest.raises(RichiestaErrata, match="manca l'elemento intestazionePPT"):
            read_request(read_envelope(body), "")

    def test_leaves_the_id_of_the_fault_empty_when_nobody_can_be_named(self):
        body = recorded("paGetPaymentV2").replace(b"<idPA>80098760588</idPA>", b"<idPA>non un dominio!</idPA><x/>")

        with pytest.raises(RichiestaErrata) as refused:
            read_request(read_envelope(body), "")

        assert refused.value.fault.id == ""


class TestKo:
    @ALL
    def test_is_read_back_as_the_answer_of_the_primitive(self, name):
        primitiva = PRIMITIVE[name]

        risposta = read_message(ko(primitiva, a_fault()), primitiva.response)

        assert risposta.fault == a_fault()
        assert (risposta.esito if primitiva.is_classic else risposta.outcome) == "KO"

    def test_puts_the_fault_first_in_the_classic_protocol_and_last_in_the_current_one(self):
        classic = ko(PRIMITIVE["paaInviaRT"], a_fault())
        current = ko(PRIMITIVE["paSendRTV2"], a_fault())

        assert classic.index(b"<fault>") < classic.index(b"<esito>KO")
        assert current.index(b"<outcome>KO") < current.index(b"<fault>")
        assert classic.count(b"paaInviaRTRisposta") == 4

    @needs_official
    @ALL
    def test_is_valid_by_the_official_schema(self, name):
        _, body = schemas_for(name)

        assert is_valid(body, read_envelope(ko(PRIMITIVE[name], a_fault())).operation)


class TestWriteResponse:
    @pytest.mark.parametrize(
        "response",
        [PaSendRtV2Response(outcome="OK", fault=a_fault()), PaSendRtV2Response(outcome="KO")],
        ids=["OK with a fault", "KO without"],
    )
    def test_refuses_what_the_nodo_takes_for_no_answer(self, response):
        with pytest.raises(ValueError, match="a fault"):
            write_response(PRIMITIVE["paSendRTV2"], response)

    def test_refuses_the_answer_of_another_primitive(self):
        with pytest.raises(TypeError):
            write_response(PRIMITIVE["paSendRTV2"], PaaInviaRtRisposta(esito="OK"))


class TestLeniency:
    """A receipt is money: what a later edition of the schema adds must not refuse it."""

    @pytest.mark.parametrize("name", ["paSendRT", "paSendRTV2"])
    def test_passes_over_elements_that_a_receipt_may_have_one_day(self, name):
        body = recorded(name)
        later = body.replace(b"<receiptId>", b"<nuovo><campo>1</campo></nuovo><receiptId>").replace(
            b"</receipt>", b"<altro/></receipt>"
        )

        assert read_request(read_envelope(later), "").request == read_request(read_envelope(body), "").request

    def test_does_not_pass_over_what_is_missing(self):
        body = recorded("paSendRTV2").replace(b"receiptId>", b"ricevutaId>")

        with pytest.raises(RichiestaErrata, match="receiptId"):
            read_request(read_envelope(body), "")

    def test_is_for_receipts_only(self):
        body = recorded("paVerifyPaymentNotice").replace(b"<idPA>", b"<nuovo/><idPA>")

        with pytest.raises(RichiestaErrata, match="nuovo"):
            read_request(read_envelope(body), "")

    def test_ends(self):
        body = recorded("paSendRTV2").replace(b"<receiptId>", b"<nuovo/>" * 1000 + b"<receiptId>")

        with pytest.raises(RichiestaErrata, match="nuovo"):
            read_request(read_envelope(body), "")


class TestAnswer:
    def test_has_the_handler_answer(self):
        handlers = {"paSendRTV2": lambda _: PaSendRtV2Response(outcome="OK")}

        risposta = answer(recorded("paSendRTV2"), "paSendRTV2", handlers=handlers)

        assert risposta.status == 200
        assert read_message(risposta.body, PaSendRtV2Response).outcome == "OK"

    def test_gives_the_ko_of_the_primitive_for_a_request_that_breaks_its_schema(self):
        risposta = answer(recorded("paSendRTV2").replace(b"<outcome>OK", b"<outcome>??"), "", handlers={})

        assert risposta.status == 200
        fault = read_message(risposta.body, PaSendRtV2Response).fault
        assert fault is not None
        assert fault.fault_code == "PAA_SINTASSI_EXTRAXSD"
        assert fault.description == ("paSendRTV2Request/receipt/outcome: il valore non è tra quelli ammessi (OK, KO)")

    @pytest.mark.parametrize(("body", "action"), [(b"{}", ""), (soap_fault("Client", "x"), "")])
    def test_gives_a_soap_fault_for_what_is_no_request(self, body, action):
        risposta = answer(body, action, handlers={})

        assert risposta.status == 500
        with pytest.raises(SoapFaultRicevuto) as fault:
            read_message(risposta.body, PaSendRtV2Response)
        assert fault.value.code == "Client"

    def test_lets_through_what_the_handler_raises(self):
        def fail(_):
            raise KeyError("guasto nostro")

        with pytest.raises(KeyError, match="guasto nostro"):
            answer(recorded("paSendRTV2"), "", handlers={"paSendRTV2": fail})


class TestMessages:
    def test_travel_with_their_header(self):
        richiesta = read_request(read_envelope(recorded("paaInviaRT")), "")

        again = read_request(read_envelope(write_message(richiesta.request, richiesta.header)), "paaInviaRT")

        assert again == richiesta

    def test_of_another_kind_are_refused(self):
        with pytest.raises(SintassiErrata):
            read_message(recorded("paSendRT"), PaSendRtV2Request)
