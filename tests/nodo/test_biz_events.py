"""Receipts by Biz-Events on the wire: asked for as its contract says, acquired as any other."""

import json
from dataclasses import replace
from unittest.mock import patch

import pytest

from chalicelib.aws import documents, secrets
from chalicelib.aws.clients import client as aws_client
from chalicelib.aws.documents import Bucket
from chalicelib.kernel.exchange import Esito
from chalicelib.kernel.importo import Importo
from chalicelib.nodo.lettura import impronta_of
from chalicelib.pagamenti import operations, repository
from chalicelib.pagamenti.ports import Ports
from chalicelib.pagamenti.recupero import operations as recupero
from chalicelib.pagamenti.recupero import repository as ricerche
from chalicelib.pagamenti.recupero.model import EsitoCopia, StatoRicerca
from chalicelib.pagamenti.states import StatoRpp
from chalicelib.pagopa.biz_events import BizEvents
from chalicelib.pendenze import repository as pendenze
from chalicelib.pendenze.states import StatoPendenza
from chalicelib.settings import settings
from tests import builders_anagrafica as sample
from tests.builders_pagamenti import DOMINIO, IUV, NAV, NOW, STAZIONE, TOKEN, a_pendenza, a_receipt
from tests.doubles_pagamenti import ports
from tests.ente_finto import EnteFinto, running


def a_receipt_json(**other):
    """Give what Biz-Events answers of the position of the comune (CtReceiptModelResponse)."""
    return {
        "receiptId": TOKEN,
        "noticeNumber": NAV,
        "fiscalCode": DOMINIO,
        "outcome": "OK",
        "creditorReferenceId": IUV,
        "paymentAmount": 100.5,
        "description": "Tassa sui rifiuti 2026",
        "companyName": "Comune di Esempio",
        "debtor": {
            "entityUniqueIdentifierType": "F",
            "entityUniqueIdentifierValue": "RSSMRA80A01H501U",
            "fullName": "Mario Rossi",
        },
        "transferList": [
            {
                "idTransfer": 1,
                "transferAmount": 100.5,
                "fiscalCodePA": DOMINIO,
                "iban": "IT60X0542811101000000123456",
                "mbdAttachment": "",
                "remittanceInformation": f"/RFB/{IUV}/100.50/TXT/Tassa",
                "transferCategory": "9/0101002IM/",
            }
        ],
        "idPSP": "BESMIT2T",
        "pspFiscalCode": "00998877666",
        "pspCompanyName": "Banca Esempio S.p.A.",
        "idChannel": "00998877666_07",
        "channelDescription": "WEB",
        "paymentMethod": "creditCard",
        "fee": 1.5,
        "paymentDateTimeFormatted": "2026-11-23T09:05:00",
        "paymentDateTime": "2026-11-23",
        "applicationDate": "2026-11-23",
        "transferDate": "2026-11-24",
        **other,
    }


@pytest.fixture
def biz(aws):
    sample.seed_comune(NOW)
    pendenze.save(None, replace(a_pendenza(), versione=0))
    secrets.forget()
    path = f"{settings().secrets_prefix}biz-events/{sample.INTERMEDIARIO}"
    aws_client("ssm").put_parameter(Name=path, Value="chiave-biz", Type="SecureString", Overwrite=True)
    server, recorded = EnteFinto(stato=200, body=json.dumps(a_receipt_json()).encode()), []
    with running(server), ports():
        client = BizEvents(impronta_of=impronta_of, recorder=recorded.append, seconds=1.0, base=server.url)
        with patch.object(Ports, "ricevute", client):
            EnteFinto.recorded = recorded
            yield server
    secrets.forget()


def ask(now=NOW, iur=TOKEN):
    return Ports.ricevute.recupera(id_dominio=DOMINIO, iuv=IUV, iur=iur, id_stazione=STAZIONE, now=now)


class TestAReceiptThatAFlowTellsOf:
    def test_is_asked_for_by_its_iur_with_the_key_of_the_intermediario(self, biz):
        assert ask().esito is EsitoCopia.ACQUISITA

        [asked] = biz.asked
        assert asked.metodo == "GET"
        assert asked.path.endswith(f"/organizations/{DOMINIO}/receipts/{TOKEN}/paymentoptions/{IUV}")
        assert asked.headers["Ocp-Apim-Subscription-Key"] == "chiave-biz"

    def test_pays_the_position(self, biz):
        ask()

        transazione = repository.load(DOMINIO, IUV)
        assert transazione.posizione.stato is StatoPendenza.ESEGUITO
        [rpp], [ricevuta], [riscossione] = transazione.rpp, transazione.ricevute, transazione.riscossioni
        assert (rpp.stato, rpp.ccp) == (StatoRpp.RT_ACCETTATA_PA, TOKEN)
        assert (ricevuta.importo, ricevuta.commissioni) == (Importo(10050), Importo(150))
        assert ricevuta.data_pagamento.isoformat() == "2026-11-23T08:05:00+00:00"
        assert (riscossione.iur, riscossione.indice, riscossione.anomalie) == (TOKEN, 1, ())

    def test_is_stored_as_it_came_and_told_in_the_giornale_without_the_key(self, biz):
        ask()

        [ricevuta] = repository.load(DOMINIO, IUV).ricevute
        assert documents.get(Bucket.ARCHIVIO, ricevuta.originale) == biz.body
        [exchange] = biz.recorded
        assert (exchange.tipo_evento, exchange.esito) == ("getOrganizationReceipt", Esito.OK)
        assert "chiave-biz" not in str(exchange)

    def test_is_acquired_once(self, biz):
        ask()
        ask()

        assert len(repository.load(DOMINIO, IUV).ricevute) == 1

    def test_that_came_by_itself_is_not_acquired_again(self, biz):
        operations.acquire_ricevuta(ricevuta=a_receipt(), now=NOW)

        assert ask().esito is EsitoCopia.ACQUISITA
        assert len(repository.load(DOMINIO, IUV).ricevute) == 1

    def test_conforms_to_its_contract(self, biz, shared):
        import jsonschema

        contract = json.loads((shared / "pagopa/openapi/biz_events.json").read_text())
        schema = {"$ref": "#/components/schemas/CtReceiptModelResponse", "components": contract["components"]}
        jsonschema.validate(a_receipt_json(), schema)
        official = json.loads((shared / "pagopa/examples/rest/bizevents.receipt.response.json").read_text())
        jsonschema.validate(official, schema)

    def test_as_pagopa_shows_it_can_be_read(self, biz, shared):
        body = (shared / "pagopa/examples/rest/bizevents.receipt.response.json").read_bytes()
        official = json.loads(body)
        biz.body = body

        risposta = Ports.ricevute.recupera(
            id_dominio=official["fiscalCode"],
            iuv=official["creditorReferenceId"],
            iur=official["receiptId"],
            id_stazione=STAZIONE,
            now=NOW,
        )

        # It is of an ente that is not ours: read, and refused for that.
        assert (risposta.esito, risposta.fault_code) == (EsitoCopia.RIFIUTATA, "PAA_ID_DOMINIO_ERRATO")

    @pytest.mark.parametrize(
        ("stato", "esito"),
        [(404, EsitoCopia.ASSENTE), *((code, EsitoCopia.INCERTO) for code in (401, 422, 429, 500))],
    )
    def test_that_is_not_given_says_why(self, biz, stato, esito):
        biz.stato = stato

        risposta = ask()

        assert (risposta.esito, risposta.fault_code) == (esito, f"BIZ_EVENTS_{stato}")

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b"{}",
            json.dumps(a_receipt_json(receiptId="altro")).encode(),
            json.dumps(a_receipt_json(creditorReferenceId="01000000000000999")).encode(),
            json.dumps(a_receipt_json(paymentAmount=100.505)).encode(),
            json.dumps(a_receipt_json(paymentAmount="100,50")).encode(),
            json.dumps(a_receipt_json(transferList=None)).encode(),
            json.dumps(a_receipt_json(applicationDate="ieri")).encode(),
        ],
    )
    def test_that_makes_no_sense_moves_no_money(self, biz, body):
        biz.body = body

        assert ask().esito is EsitoCopia.INCERTO
        assert repository.load(DOMINIO, IUV).riscossioni == ()

    def test_that_does_not_come_is_asked_for_later(self, biz):
        biz.mute = True

        assert ask().esito is EsitoCopia.INCERTO
        assert biz.recorded[-1].esito is Esito.FAIL

    def test_is_found_by_its_search(self, biz):
        recupero.search_receipts(DOMINIO, [(IUV, TOKEN)], id_stazione=STAZIONE, now=NOW)
        key = f"ricevuta#{DOMINIO}#{IUV}#{TOKEN}"

        recupero.recover({"passo": "RICEVUTA", "chiave": key}, now=NOW)

        assert ricerche.get(key).stato is StatoRicerca.TROVATA
        assert repository.load(DOMINIO, IUV).posizione.stato is StatoPendenza.ESEGUITO

    def test_is_counted_by_a_digest_of_the_key(self, biz):
        chiave = Ports.ricevute.chiave(STAZIONE)

        assert chiave is not None
        assert "chiave-biz" not in chiave
        assert Ports.ricevute.chiave("99999999999_99") is None
