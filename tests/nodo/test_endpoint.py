"""Who may call, and what reaches a primitive at all."""

import pytest

from chalicelib.aws.clients import client as aws_client
from chalicelib.nodo import dispatch
from chalicelib.nodo.messages.pa_verify_payment_notice import PaVerifyPaymentNoticeRes
from tests.aws_calls import aws_calls
from tests.nodo.calls import basic, post, send_v2_request, verify_request

BODY = dispatch.write_message(verify_request())
DTD = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'


def fault_of(response):
    with pytest.raises(dispatch.SoapFaultRicevuto) as fault:
        dispatch.read_message(response.body, PaVerifyPaymentNoticeRes)
    return fault.value


class TestCaller:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Authorization": ""},
            basic(password="sbagliata"),
            basic(user="altro"),
            basic(user="../gpadmin/password"),
            {"Authorization": "Basic @@@"},
            {"Authorization": "Bearer x"},
        ],
    )
    def test_is_refused_unless_it_is_the_nodo_of_an_intermediario(self, client, headers):
        response = post(client, "paVerifyPaymentNotice", BODY, **headers)

        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"].startswith("Basic")
        assert "non autorizzato" in fault_of(response).string

    def test_is_refused_before_the_message_is_looked_at(self, client):
        response = post(client, "paVerifyPaymentNotice", DTD, **basic(password="sbagliata"))

        assert response.status_code == 401


class TestMessage:
    @pytest.mark.parametrize(
        "content_type",
        [
            "application/json",
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/octet-stream",
            "image/png",
            "xml",
            "?",
        ],
    )
    def test_must_be_xml(self, client, content_type):
        response = post(client, "paVerifyPaymentNotice", BODY, **{"Content-Type": content_type})

        assert response.status_code == 415
        assert "text/xml" in fault_of(response).string

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (DTD, "DOCTYPE"),
            (b"", "XML"),
            (b"{}", "XML"),
            (BODY[:-30], "ben formato"),
            (b"<a/>", "busta SOAP"),
            (BODY.replace(b"<idPA>", b"<idPA>" + b"x" * 10_000_000), "dimensione massima"),
        ],
        ids=["dtd", "empty", "json", "truncated", "no envelope", "10 MB"],
    )
    def test_that_cannot_be_read_gets_a_soap_fault(self, client, body, words):
        response = post(client, "paVerifyPaymentNotice", body)

        assert response.status_code == 500
        assert words in fault_of(response).string

    def test_must_be_what_its_soap_action_says(self, client):
        response = post(client, "paVerifyPaymentNotice", BODY, SOAPAction='"paGetPayment"')

        assert response.status_code == 500
        assert "paVerifyPaymentNotice" in fault_of(response).string

    def test_of_the_other_service_is_not_served(self, client):
        response = post(client, "paaInviaRT", BODY, SOAPAction="")

        assert response.status_code == 500

    def test_that_is_refused_writes_nothing(self, client):
        post(client, "paVerifyPaymentNotice", BODY)

        with aws_calls() as made:
            post(client, "paSendRTV2", DTD)
            post(client, "paSendRTV2", b"<a/>")

        assert set(made) <= {"sqs.SendMessage"}  # the giornale is told

    def test_of_a_receipt_that_cannot_be_stored_is_no_refusal(self, client, stored):
        stored()
        aws_client("s3").delete_bucket(Bucket=_bucket())
        try:
            response = post(client, "paSendRTV2", dispatch.write_message(send_v2_request()))
        finally:
            aws_client("s3").create_bucket(
                Bucket=_bucket(), CreateBucketConfiguration={"LocationConstraint": "eu-south-1"}
            )

        assert response.status_code == 500
        assert fault_of(response).code == "Server"


def _bucket():
    from chalicelib.settings import settings

    return settings().bucket("archivio")
