"""RPT and RT as JSON: the shape that clients of GovPay 3.1 read, for both generations."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.kernel.importo import Importo
from chalicelib.pagamenti import schemas
from chalicelib.pagamenti.model import EsitoPagamento, Formato, TipoRiscossione
from chalicelib.pagamenti.rules.ricevuta import Nostri, acquire
from chalicelib.pagamenti.rules.riscossioni import Anomalia
from chalicelib.pagamenti.states import StatoRiscossione
from chalicelib.rest import json_text
from chalicelib.rest.operation import Api
from tests.builders_pagamenti import (
    CCP,
    DOMINIO,
    IUV,
    TOKEN,
    VERSANTE,
    a_bollo,
    a_ko_rt,
    a_pendenza,
    a_receipt,
    a_transazione,
    a_voce,
    a_waiting_attempt,
    an_attempt,
    an_rt,
)
from tests.contract import assert_conforms

NOSTRI = Nostri(censiti=frozenset({DOMINIO}), intermediati=frozenset({DOMINIO}))


def a_riscossione(**other):
    rpp = an_attempt()
    esito = acquire(a_transazione(rpp=(rpp,)), an_rt(rpp), nostri=NOSTRI, rebuild=lambda *_: rpp, now=rpp.creata)
    return replace(esito.riscossioni[0], **other)


def leaves(value):
    match value:
        case dict():
            return [leaf for item in value.values() for leaf in leaves(item)]
        case list():
            return [leaf for item in value for leaf in leaves(item)]
    return [value]


class TestAnRpt:
    def test_holds_text_and_nulls_only(self):
        pendenza = a_pendenza(voci=(a_voce(), a_bollo()))

        body = schemas.rpt_json(an_attempt(pendenza, versante=VERSANTE))

        assert all(leaf is None or isinstance(leaf, str) for leaf in leaves(body))

    def test_says_what_was_asked(self):
        body = schemas.rpt_json(an_attempt())

        dati = body["datiVersamento"]
        assert (dati["codiceContestoPagamento"], dati["importoTotaleDaVersare"]) == (CCP, "100.50")
        [voce] = dati["datiSingoloVersamento"]
        assert voce["datiSpecificiRiscossione"] == "9/0101002IM/"
        assert voce["datiMarcaBolloDigitale"] is None
        assert body["soggettoVersante"] is None
        assert body["soggettoPagatore"]["e-mailPagatore"] == "mario@esempio.it"
        assert body["soggettoPagatore"]["civicoPagatore"] is None

    def test_writes_times_as_italians_read_them(self):
        summer = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)

        body = schemas.rpt_json(an_attempt(creata=summer, data_esecuzione=None))

        assert body["dataOraMessaggioRichiesta"] == "2026-07-02T00:30:00"
        assert body["datiVersamento"]["dataEsecuzionePagamento"] == "2026-07-02"

    def test_of_a_bollo_carries_the_hash_of_the_document(self):
        body = schemas.rpt_json(an_attempt(a_pendenza(voci=(a_bollo(),))))

        [voce] = body["datiVersamento"]["datiSingoloVersamento"]
        assert set(voce["datiMarcaBolloDigitale"]) == {"tipoBollo", "hashDocumento", "provinciaResidenza"}
        assert voce["ibanAccredito"] is None

    def test_of_a_current_attempt_has_the_same_keys(self):
        classic, current = schemas.rpt_json(an_attempt()), schemas.rpt_json(a_waiting_attempt())

        assert classic.keys() == current.keys()


class TestAnRt:
    def test_has_its_capital_c(self):
        body = schemas.rt_json(an_rt(), an_attempt())

        assert body["datiPagamento"]["CodiceContestoPagamento"] == CCP
        assert body["datiPagamento"]["codiceEsitoPagamento"] == "0"
        assert "codiceContestoPagamento" not in body["datiPagamento"]

    def test_of_a_failure_shows_zeros(self):
        body = schemas.rt_json(a_ko_rt(), an_attempt())

        assert body["datiPagamento"]["importoTotalePagato"] == "0.00"
        assert body["datiPagamento"]["datiSingoloPagamento"][0]["singoloImportoPagato"] == "0.00"

    def test_without_items_has_an_empty_list(self):
        body = schemas.rt_json(an_rt(voci=(), esito=EsitoPagamento.DECORRENZA), an_attempt())

        assert body["datiPagamento"]["datiSingoloPagamento"] == []

    @pytest.mark.parametrize("formato", [Formato.V1, Formato.V2])
    def test_of_a_receipt_refers_to_the_attempt(self, formato):
        rpp = an_attempt(ccp=TOKEN)

        body = schemas.rt_json(a_receipt(formato=formato), rpp)

        assert body["riferimentoMessaggioRichiesta"] == rpp.id_messaggio
        assert body["riferimentoDataRichiesta"] == "2026-11-24"
        assert body["datiPagamento"]["datiSingoloPagamento"][0]["identificativoUnivocoRiscossione"] == TOKEN

    def test_carries_the_allegato_of_a_bollo(self):
        [voce] = an_rt().voci
        rt = an_rt(voci=(replace(voce, tipo_allegato="BD", allegato="PG1hcmNhLz4=", commissioni_psp=Importo(150)),))

        [singolo] = schemas.rt_json(rt, an_attempt())["datiPagamento"]["datiSingoloPagamento"]

        assert singolo["allegatoRicevuta"] == {"tipoAllegatoRicevuta": "BD", "testoAllegato": "PG1hcmNhLz4="}
        assert singolo["commissioniApplicatePSP"] == "1.50"


class TestATransferCategory:
    @pytest.mark.parametrize(
        ("category", "expected"),
        [
            ("9/0101002IM/", "9/0101002IM/"),
            ("0/abc", "0/abc"),
            ("0101002IM", "9/0101002IM"),
            ("/0101002IM/", "9/0101002IM/"),
            ("7/0101002IM/", "9/7/0101002IM/"),
        ],
    )
    def test_without_a_tipo_of_contabilita_is_other(self, category, expected):
        assert schemas.dati_specifici(category) == expected


class TestAnRppOfTheContracts:
    @pytest.mark.parametrize("api", [Api.PENDENZE, Api.PAGAMENTO, Api.BACKOFFICE])
    def test_conforms(self, api):
        rpp = an_attempt(descrizione_stato="PPT_SEMANTICA")
        body = schemas.rpp_index_json(rpp, an_rt(), api=api)

        assert_conforms(api.value, "v1", "rppIndex", as_json(body))
        assert body["pendenza"] == "/pendenze/A2A-COMUNE/TARI-2026-0001"
        assert body["dettaglioStato"] == "PPT_SEMANTICA"

    def test_leaves_out_what_is_not_there_yet(self):
        body = schemas.rpp_index_json(an_attempt(), None, api=Api.PENDENZE)

        assert "rt" not in body
        assert "dettaglioStato" not in body
        assert "bloccante" not in body

    def test_shows_the_anomalies_of_its_money(self):
        riscossione = a_riscossione(anomalie=(Anomalia.PAGAMENTO_DUPLICATO,))

        body = schemas.rpp_json(an_attempt(), an_rt(), api=Api.PENDENZE, pendenza=None, riscossioni=(riscossione,))

        [segnalazione] = body["segnalazioni"]
        assert segnalazione["codice"] == "PAGAMENTO_DUPLICATO"
        assert "già pagata" in segnalazione["descrizione"]

    def test_has_a_link_that_keeps_the_slash_of_n_a(self):
        assert schemas.rpp_url(DOMINIO, IUV, "n/a") == f"/rpp/{DOMINIO}/{IUV}/n/a"
        assert schemas.rpp_url(DOMINIO, IUV, "a/b") == f"/rpp/{DOMINIO}/{IUV}/a%2Fb"


class TestARiscossioneForTheEnte:
    @pytest.mark.parametrize("tipo", list(TipoRiscossione))
    def test_conforms(self, tipo):
        body = schemas.riscossione_json(a_riscossione(tipo=tipo, commissioni=Importo(150)))

        assert_conforms("ente", "v1", "riscossione", as_json(body))
        assert body["tipo"] == ("MBT" if tipo is TipoRiscossione.MBT else "ENTRATA")

    @pytest.mark.parametrize("stato", list(StatoRiscossione))
    def test_is_riscossa_or_incassata(self, stato):
        body = schemas.riscossione_json(a_riscossione(stato=stato))

        assert_conforms("ente", "v1", "riscossione", as_json(body))
        assert (body["stato"] == "INCASSATA") is (stato is StatoRiscossione.INCASSATA)

    @pytest.mark.parametrize(("tipo", "words"), [("BD", "Marca da bollo"), ("ES", "Esito pagamento")])
    def test_names_its_allegato(self, tipo, words):
        body = schemas.riscossione_json(a_riscossione(tipo_allegato=tipo, allegato="PG1hcmNhLz4="))

        assert body["allegato"] == {"tipo": words, "testo": "PG1hcmNhLz4="}


def as_json(body):
    return json.loads(json_text.write(body))
