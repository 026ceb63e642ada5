"""PUT and PATCH of a pendenza over HTTP: what is answered, what is refused, what is written."""

from base64 import b64decode

import pytest

from chalicelib.pendenze import repository
from chalicelib.pendenze.ports import Ports
from chalicelib.rest.operation import Api
from tests.aws_calls import counted
from tests.builders import NUMERO_AVVISO, a_pendenza_json, a_voce_json
from tests.builders_anagrafica import A2A_ALTRA, A2A_COMUNE, ALTRO_DOMINIO, DOMINIO, IBAN_BANCA, MULTA
from tests.contract import assert_conforms
from tests.rest.pendenze_app import BACKOFFICE, PENDENZE, pendenza_url, prova


@pytest.fixture
def p(aws, now):
    with prova(now) as joined:
        yield joined


def stored():
    return repository.get(A2A_COMUNE, "P-1")


def bollo_json(**other):
    voce = a_voce_json(
        idVocePendenza="B1", importo=16, tipoBollo="01", hashDocumento="abc=", provinciaResidenza="RM", **other
    )
    del voce["codEntrata"]
    return voce


class TestPut:
    def test_of_a_new_one_is_201_with_its_notice(self, p):
        answer = p.comune.put(pendenza_url(), a_pendenza_json())

        assert answer.status == 201
        assert answer.json["idDominio"] == DOMINIO
        assert answer.json["numeroAvviso"] == stored().numero_avviso
        assert answer.json["stato"] == "NON_ESEGUITA"
        assert answer.json["importo"] == 100.50
        assert answer.json["qrcode"] == f"PAGOPA|002|{stored().numero_avviso}|{DOMINIO}|10050"
        assert answer.json["barcode"].startswith("4158012000826001")
        assert "pdf" not in answer.json
        assert_conforms("pendenze", "v1", "avviso", {**answer.json, "stato": "Non pagato"})

    def test_of_one_that_exists_is_200(self, p):
        p.comune.put(pendenza_url(), a_pendenza_json())

        answer = p.comune.put(pendenza_url(), a_pendenza_json(causale="TARI 2026, saldo"))

        assert answer.status == 200
        assert (stored().causale, stored().versione) == ("TARI 2026, saldo", 2)
        assert_conforms("pendenze", "v1", "addPendenza", answer.json)

    def test_again_is_harmless(self, p):
        first = p.comune.put(pendenza_url(), a_pendenza_json())

        again = p.comune.put(pendenza_url(), a_pendenza_json())

        assert (again.status, again.json) == (200, first.json)
        assert stored().versione == 1

    def test_with_its_paper(self, p):
        answer = p.comune.put(pendenza_url(), a_pendenza_json(), stampaAvviso="true")

        assert b64decode(answer.json["pdf"]).startswith(b"%PDF")

    def test_of_an_instalment_with_its_paper(self, p):
        documento = {"identificativo": "D-1", "descrizione": "TARI 2026 a rate", "rata": 2}

        answer = p.comune.put(pendenza_url(), a_pendenza_json(documento=documento), stampaAvviso="true")

        assert b64decode(answer.json["pdf"]).startswith(b"%PDF")

    def test_of_a_cancelled_one_makes_it_owed_again(self, p):
        p.comune.put(pendenza_url(), a_pendenza_json())
        p.comune.patch(pendenza_url(), [{"op": "REPLACE", "path": "/stato", "value": "ANNULLATA"}])

        answer = p.comune.put(pendenza_url(), a_pendenza_json())

        assert (answer.status, answer.json["stato"]) == (200, "NON_ESEGUITA")

    def test_takes_two_aws_calls_and_a_lease_now_and_then(self, p):
        p.comune.put(pendenza_url(id_pendenza="P-0"), a_pendenza_json())

        with counted() as calls:
            p.comune.put(pendenza_url(), a_pendenza_json())
        assert calls == ["GetItem", "TransactWriteItems"]
        with counted() as calls:
            p.comune.put(pendenza_url(), a_pendenza_json(causale="Altra"))
        assert calls == ["GetItem", "TransactWriteItems"]

    def test_is_recorded_with_what_it_is_about(self, p):
        p.comune.put(pendenza_url(), a_pendenza_json())

        about = p.recorded[-1].about
        assert (about.id_a2a, about.id_pendenza, about.id_dominio, about.iuv) == (
            A2A_COMUNE,
            "P-1",
            DOMINIO,
            stored().iuv,
        )

    @pytest.mark.parametrize(
        ("status", "codice", "body"),
        [
            (400, "SINTASSI", {}),
            (400, "SINTASSI", a_pendenza_json(importo=100.505)),
            (400, "SINTASSI", a_pendenza_json(importo=-1)),
            (400, "SINTASSI", a_pendenza_json(importo=10_000_000_000)),
            (400, "SINTASSI", a_pendenza_json(importo=True)),
            (400, "SINTASSI", a_pendenza_json(voci={})),
            (400, "SINTASSI", b"{"),
            (400, "SINTASSI", b"\xff"),
            (422, "DOM_000", a_pendenza_json(idDominio="00000000000")),
            (422, "UOP_000", a_pendenza_json(idUnitaOperativa="ALTRA")),
            (422, "TVR_000", a_pendenza_json(idTipoPendenza="ALTRO")),
            (422, "VER_001", a_pendenza_json(importo=201, voci=[a_voce_json(), a_voce_json()])),
            (422, "VER_002", a_pendenza_json(importo=100.51)),
            (422, "TRB_000", a_pendenza_json(voci=[a_voce_json(codEntrata="ALTRA")])),
            (422, "VER_017", a_pendenza_json(numeroAvviso="9" * 18)),
            (422, "VER_027", a_pendenza_json(numeroAvviso="302" + "0" * 15)),
            (
                422,
                "VER_031",
                a_pendenza_json(importo=116.50, voci=[a_voce_json(), bollo_json()], numeroAvviso=NUMERO_AVVISO),
            ),
            (422, "VER_039", a_pendenza_json(numeroAvviso="002" + "0" * 15)),
        ],
    )
    def test_that_is_refused_says_why_and_writes_nothing(self, p, status, codice, body):
        with counted() as calls:
            answer = p.comune.put(pendenza_url(), body)

        assert (answer.status, answer.codice) == (status, codice)
        assert set(answer.json) == {"categoria", "codice", "descrizione", "dettaglio"}
        assert "TransactWriteItems" not in calls
        assert stored() is None
        assert_conforms("pendenze", "v1", "faultBean", answer.json)

    def test_tells_all_that_is_wrong_at_once(self, p):
        body = a_pendenza_json(causale="", importo="x", voci=[a_voce_json(importo=1.001)])

        dettaglio = p.comune.put(pendenza_url(), body).json["dettaglio"]

        for campo in ("causale", "importo", "voci[0].importo"):
            assert campo in dettaglio

    def test_for_another_applicazione_is_app_002(self, p):
        answer = p.altra.put(pendenza_url(), a_pendenza_json())

        assert (answer.status, answer.codice, answer.json["categoria"]) == (400, "APP_002", "RICHIESTA")
        assert stored() is None

    def test_for_a_dominio_that_is_not_the_callers_is_403(self, p):
        answer = p.altra.put(pendenza_url(id_a2a=A2A_ALTRA), a_pendenza_json())

        assert (answer.status, answer.codice) == (403, "403000")

    def test_of_a_tipo_that_is_not_the_callers_is_ver_022(self, p):
        answer = p.altra.put(pendenza_url(id_a2a=A2A_ALTRA), a_pendenza_json(idDominio=ALTRO_DOMINIO))

        assert (answer.status, answer.codice) == (422, "VER_022")

    def test_without_credentials_is_401(self, p):
        assert p.anonimo.put(pendenza_url(), a_pendenza_json()).status == 401

    def test_with_a_flag_that_is_none_is_refused_before_anything_is_written(self, p):
        answer = p.comune.put(pendenza_url(), a_pendenza_json(), stampaAvviso="forse")

        assert (answer.status, answer.codice) == (422, "100001")
        assert stored() is None

    def test_says_when_the_debtor_is_told(self, p):
        body = a_pendenza_json(dataNotificaAvviso="2026-12-10", dataPromemoriaScadenza="2026-12-20")
        assert p.gpadmin.put(pendenza_url(BACKOFFICE), body).status == 201

        shown = p.gpadmin.get(pendenza_url(BACKOFFICE)).json
        assert (shown["dataNotificaAvviso"], shown["dataPromemoriaScadenza"]) == ("2026-12-10", "2026-12-20")
        assert p.comune.put(pendenza_url(), body, dataAvvisatura="2026-12-15").status == 200
        assert p.gpadmin.get(pendenza_url(BACKOFFICE)).json["dataNotificaAvviso"] == "2026-12-15"
        assert p.comune.put(pendenza_url(), a_pendenza_json(), dataAvvisatura="MAI").status == 200
        assert "dataNotificaAvviso" not in p.gpadmin.get(pendenza_url(BACKOFFICE)).json
        assert p.comune.put(pendenza_url(), body, dataAvvisatura="domani").codice == "100001"

    def test_of_nothing_to_pay_is_loaded_but_not_printed(self, p):
        body = a_pendenza_json(importo=0, voci=[a_voce_json(importo=0)])

        assert p.comune.put(pendenza_url(), body, stampaAvviso="true").codice == "100001"
        assert stored() is None
        assert p.comune.put(pendenza_url(), body).status == 201

    def test_with_the_number_of_another_names_it(self, p):
        p.comune.put(pendenza_url(id_pendenza="P-0"), a_pendenza_json(numeroAvviso=NUMERO_AVVISO))

        answer = p.comune.put(pendenza_url(), a_pendenza_json(numeroAvviso=NUMERO_AVVISO))

        assert (answer.status, answer.codice) == (422, "VER_025")
        assert "P-0" in answer.json["dettaglio"]


class TestOfTheBackoffice:
    def test_put_answers_the_ids_and_the_number(self, p):
        answer = p.operatore.put(pendenza_url(BACKOFFICE), a_pendenza_json())

        assert (answer.status, answer.json["numeroAvviso"]) == (201, stored().numero_avviso)
        assert (answer.json["idA2A"], answer.json["idPendenza"]) == (A2A_COMUNE, "P-1")
        assert_conforms("backoffice", "v1", "PUT /pendenze/{idA2A}/{idPendenza}", answer.json)

    def test_post_carries_the_ids_in_its_body(self, p):
        body = a_pendenza_json(idA2A=A2A_COMUNE, idPendenza="P-1")

        assert p.operatore.call("POST", f"{BACKOFFICE}/pendenze", body).status == 201
        assert p.operatore.call("POST", f"{BACKOFFICE}/pendenze", body).status == 200
        assert p.operatore.call("POST", f"{BACKOFFICE}/pendenze", a_pendenza_json()).codice == "SINTASSI"

    def test_put_for_an_applicazione_that_is_not_there_is_app_000(self, p):
        answer = p.operatore.put(pendenza_url(BACKOFFICE, id_a2a="NESSUNA"), a_pendenza_json())

        assert (answer.status, answer.codice) == (400, "APP_000")

    def test_put_outside_the_operatores_domini_and_tipi_is_403(self, p):
        assert p.operatore.put(pendenza_url(BACKOFFICE), a_pendenza_json(idDominio=ALTRO_DOMINIO)).status == 403
        assert p.operatore.put(pendenza_url(BACKOFFICE), a_pendenza_json(idTipoPendenza=MULTA)).status == 403
        assert stored() is None


class TestPatch:
    @pytest.fixture(autouse=True)
    def _loaded(self, p):
        p.comune.put(pendenza_url(), a_pendenza_json())

    def test_cancels(self, p):
        body = [
            {"op": "REPLACE", "path": "/stato", "value": "ANNULLATA"},
            {"op": "replace", "path": "/descrizioneStato", "value": "Sgravio"},
        ]

        answer = p.comune.patch(pendenza_url(), body)

        assert (answer.status, answer.json["stato"], answer.json["descrizioneStato"]) == (200, "ANNULLATA", "Sgravio")
        assert_conforms("pendenze", "v1", "pendenza", answer.json)

    def test_by_post_is_the_same(self, p):
        body = [{"op": "REPLACE", "path": "/stato", "value": "ANNULLATA"}]

        assert p.comune.call("POST", pendenza_url(), body).json["stato"] == "ANNULLATA"

    def test_leaves_a_nota_that_the_backoffice_reads(self, p):
        body = [{"op": "ADD", "path": "/nota", "value": {"autore": "Anna", "oggetto": "Rate", "testo": "Chieste"}}]

        answer = p.operatore.patch(pendenza_url(BACKOFFICE), body)

        assert answer.json["note"][0]["principal"] == "operatore"
        assert_conforms("backoffice", "v1", "pendenza", answer.json)

    def test_of_what_is_not_allowed_tells_all_and_changes_nothing(self, p):
        body = [
            {"op": "REPLACE", "path": "/stato", "value": "ANNULLATA"},
            {"op": "ADD", "path": "/stato", "value": "ANNULLATA"},
            {"op": "REPLACE", "path": "/causale", "value": "x"},
        ]

        answer = p.comune.patch(pendenza_url(), body)

        assert (answer.status, answer.codice) == (400, "SINTASSI")
        assert "[1].op" in answer.json["dettaglio"]
        assert "[2].path" in answer.json["dettaglio"]
        assert stored().versione == 1

    def test_of_what_is_not_there_is_404(self, p):
        answer = p.comune.patch(pendenza_url(id_pendenza="P-9"), [{"op": "REPLACE", "path": "/ack", "value": True}])

        assert (answer.status, answer.codice) == (404, "404000")

    def test_of_what_is_not_the_callers_is_403(self, p):
        body = [{"op": "REPLACE", "path": "/ack", "value": True}]

        assert p.altra.patch(pendenza_url(), body).status == 403
        assert stored().versione == 1


class TestGet:
    def test_gives_it_whole(self, p):
        voce = a_voce_json(
            ibanAccredito=IBAN_BANCA,
            tipoContabilita="ENTRATA",
            codiceContabilita="3321",
            datiAllegati={"tasso": 0.1},
            descrizioneCausaleRPT="TARI",
        )
        del voce["codEntrata"]
        body = a_pendenza_json(
            voci=[voce],
            nome="TARI",
            dataCaricamento="2026-11-01",
            dataValidita="2026-12-31",
            annoRiferimento=2026,
            cartellaPagamento="C-1",
            datiAllegati={"a": [1, 2.5]},
            tassonomia="TARI",
            tassonomiaAvviso="Imposte e tasse",
        )
        p.comune.put(pendenza_url(), body)

        with counted() as calls:
            answer = p.comune.get(pendenza_url())

        assert answer.status == 200
        assert calls == ["GetItem"]
        assert_conforms("pendenze", "v1", "pendenza", answer.json)
        sent = {**body, "voci": [{**voce, "indice": 1, "stato": "Non eseguito"}]}
        del sent["idDominio"]
        assert {name: answer.json[name] for name in sent} == sent
        assert answer.json["idTipoPendenza"] == "LIBERO"
        assert answer.json["rpp"] == []

    def test_leaves_out_what_is_absent(self, p):
        p.comune.put(pendenza_url(), a_pendenza_json())

        body = p.comune.get(pendenza_url()).json

        assert None not in body.values()
        assert "nome" not in body
        assert body["dataCaricamento"]

    def test_names_the_attempts_that_a_context_above_knows_of(self, p, monkeypatch):
        p.comune.put(pendenza_url(), a_pendenza_json())
        rpp = {"stato": "RT_ACCETTATA_PA", "rpt": {}, "pendenza": "/pendenze/A/P"}
        monkeypatch.setattr(Ports, "rpp_of", staticmethod(lambda *_: [rpp]))

        body = p.comune.get(pendenza_url()).json

        assert body["rpp"] == [rpp]

    def test_signals_what_is_anomalous_in_its_attempts(self, p, monkeypatch):
        p.comune.put(pendenza_url(), a_pendenza_json())
        segnalazione = {"codice": "PAGAMENTO_DUPLICATO", "descrizione": "Pagamento duplicato"}
        rpp = {"stato": "RT_ACCETTATA_PA", "rpt": {}, "pendenza": "/pendenze/A/P", "segnalazioni": [segnalazione]}
        of_backoffice = {**rpp, "pendenza": {"idPendenza": "P"}}
        shown = {Api.BACKOFFICE: of_backoffice}
        monkeypatch.setattr(Ports, "rpp_of", staticmethod(lambda _, api: [shown.get(api, rpp)]))

        body = p.comune.get(pendenza_url()).json

        assert_conforms("pendenze", "v1", "pendenza", body)
        assert body["segnalazioni"] == [segnalazione]
        del rpp["pendenza"]  # whole there, and no link
        assert "segnalazioni" not in p.gpadmin.get(pendenza_url(BACKOFFICE)).json

    def test_of_another_applicazione_is_403_whether_it_exists_or_not(self, p):
        p.comune.put(pendenza_url(), a_pendenza_json())

        assert p.altra.get(pendenza_url()).status == 403
        assert p.altra.get(pendenza_url(id_pendenza="P-9")).status == 403

    def test_of_what_is_not_there_is_404(self, p):
        assert p.comune.get(pendenza_url()).status == 404

    def test_of_the_backoffice_within_domini_and_tipi_only(self, p):
        p.comune.put(pendenza_url(), a_pendenza_json())
        p.comune.put(pendenza_url(id_pendenza="P-2"), a_pendenza_json(idTipoPendenza=MULTA))

        answer = p.operatore.get(pendenza_url(BACKOFFICE))

        assert_conforms("backoffice", "v1", "pendenza", answer.json)
        assert answer.json["tipoPendenza"]["descrizione"] == "Tassa sui rifiuti"
        assert p.operatore.get(pendenza_url(BACKOFFICE, id_pendenza="P-2")).status == 403
        assert p.gpadmin.get(pendenza_url(BACKOFFICE, id_pendenza="P-2")).status == 200

    def test_by_its_notice(self, p):
        p.comune.put(pendenza_url(), a_pendenza_json(numeroAvviso=NUMERO_AVVISO))
        url = f"{BACKOFFICE}/pendenze/byAvviso/{DOMINIO}"

        assert p.operatore.get(f"{url}/{NUMERO_AVVISO}").json["idPendenza"] == "P-1"
        assert p.operatore.get(f"{url}/301000000000099999").status == 404
        assert p.operatore.get(f"{BACKOFFICE}/pendenze/byAvviso/{ALTRO_DOMINIO}/{NUMERO_AVVISO}").status == 403

    @pytest.mark.parametrize("base", [PENDENZE, BACKOFFICE])
    def test_of_a_bollo_says_what_it_is(self, p, base):
        p.comune.put(pendenza_url(), a_pendenza_json(importo=16, voci=[bollo_json()]))

        voce = p.gpadmin.get(pendenza_url(BACKOFFICE)).json["voci"][0]

        assert (voce["tipoBollo"], voce["hashDocumento"], voce["provinciaResidenza"]) == ("01", "abc=", "RM")
        assert "codEntrata" not in voce
