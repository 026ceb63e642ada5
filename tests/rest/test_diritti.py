"""Who may call what: every operation at every path, held to one table, whoever serves it.

A route that is not in `CONFINI` fails here: whoever adds one says by what it is limited.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.kernel.utenze import Ambito, Diritto, TipoUtenza
from chalicelib.rest.operation import Api
from tests.aws_state import Snapshot
from tests.builders import a_pendenza_json
from tests.builders_anagrafica import TARI
from tests.builders_pagamenti import A2A, DOMINIO
from tests.builders_riconciliazione import IUV
from tests.clock import NOW
from tests.conftest import _empty
from tests.rest.diritti_app import (
    ALTRA_APPLICAZIONE,
    ALTRO_DOMINIO,
    ALTRO_TIPO,
    NIENTE,
    SOLA_LETTURA,
    TUTTO,
    Mondo,
    Rotta,
    an_utenza,
    mondo,
    nowhere,
    rotte,
)

D, T, A = ALTRO_DOMINIO, ALTRO_TIPO, ALTRA_APPLICAZIONE
B, N, G, P = Api.BACKOFFICE, Api.PENDENZE, Api.RAGIONERIA, Api.PAGAMENTO
# APP_002 and VER_022 are the published ones of who loads what is not theirs to load.
_RIFIUTI = {(403, "403000"), (404, "404000"), (400, "APP_002"), (422, "VER_022")}
# Of the catalogue, which all enti share, and of the installation: limited by the ACL alone.
_SENZA_CONFINI = [
    "addConfigurazioni",
    "aggiornaConfigurazioni",
    "getConfigurazioni",
    "getStatoOperazione",
    "addEntrata",
    "addIntermediario",
    "addStazione",
    "addTipoPendenza",
    "findEntrate",
    "findEnumerazioniComponentiEvento",
    "findEnumerazioniLabelTipiEvento",
    "findEnumerazioniServiziACL",
    "findEnumerazioniVersioneConnettore",
    "findIntermediari",
    "findOperazioni",
    "findRuoli",
    "findStazioni",
    "findTipiPendenza",
    "getEntrata",
    "getInfo",
    "getIntermediario",
    "getOperazione",
    "getProfilo",
    "getRuolo",
    "getStatoOperazione",
    "getStazione",
    "getTipoPendenza",
    "logout",
    "verificaSonda",
    "verificaSonde",
]
# Of an ente, and of nothing inside it: who may act for the dominio sees all of it.
_DEL_DOMINIO = [
    "addContiAccredito",
    "addDominio",
    "addEntrataDominio",
    "addGiornaleDiCassa",
    "addRiconciliazione",
    "addTipoPendenzaDominio",
    "addUnitaOperativa",
    "findContiAccredito",
    "findDomini",
    "findEntrateDominio",
    "findFlussiRendicontazione",
    "findGiornaliDiCassa",
    "findMovimentiDiCassa",
    "findQuadratureRendicontazioni",
    "findRendicontazioni",
    "findTipiPendenzaDominio",
    "findUnitaOperative",
    "getContiAccredito",
    "getDominio",
    "getEntrataDominio",
    "getFlussoRendicontazione",
    "getFlussoRendicontazioneByDominioIdEData",
    "getFlussoRendicontazioneByIdEData",
    "getGiornaleDiCassa",
    "getLogo",
    "getMovimentoDiCassa",
    "getReportGiornaleDiCassa",
    "getTipoPendenzaDominio",
    "getUnitaOperativa",
    "updateMovimentoDiCassa",
]
# Utenze are seen, made and changed by who has what they have: tests/rest/test_concessioni.py.
_DI_UTENZE = [
    "addApplicazione",
    "addOperatore",
    "addRuolo",
    "findApplicazioni",
    "findOperatori",
    "getApplicazione",
    "getOperatore",
    "updateApplicazione",
    "updateOperatore",
    "updateRuolo",
]
# What tells of a pendenza, read by dominio: an operatore sees what is of a tipo of theirs. A system of accounts sees all.
_DI_UNA_PENDENZA = [
    "findEventi",
    "findNotifiche",
    "findPromemoria",
    "findQuadratureRiscossioni",
    "findRiscossioni",
    "getCronistoria",
    "getEvento",
    "getReportEntratePreviste",
    "getRiscossione",
]
CONFINI: dict[str, dict[Api, set[str]]] = {
    **{name: {} for name in _SENZA_CONFINI},
    **{name: {api: {D} for api in Api} for name in _DEL_DOMINIO},
    **{name: {B: {D}} for name in _DI_UTENZE},
    **{name: {B: {D, T}, G: {D}} for name in _DI_UNA_PENDENZA},
    "addPagamento": {P: set()},
    "addPendenza": {B: {D, T}, N: {D, T, A}},
    "addPendenzaCustom": {B: {D, T}, P: {D, T}},
    "findPagamenti": {B: {D, T}, P: {D, A}},
    "findPendenze": {B: {D, T}, N: {D, A}, P: {D, T}},
    "findRiconciliazioni": {B: {D}, G: {D, A}},
    "findRpps": {B: {D, T}, N: {D, A}, P: {D, A}},
    "getAvvisiDocumento": {B: {D, T}, N: {D, A}, P: {D, T}},
    # A notice number is on a paper that its holder gives to whoever is to pay.
    "getAvviso": {B: {D, T}, N: {D, A}, P: set()},
    "getPagamento": {B: {D, T}, P: {D, A}},
    "getPagamentoByIdSession": {P: {D, A}},
    "getPendenza": {B: {D, T}, N: {D, A}, P: {D, T}},
    "getPendenzaByAvviso": {B: {D, T}},
    "getRiconciliazione": {B: {D}, G: {D, A}},
    "getRpp": {B: {D, T}, N: {D, A}, P: {D, A}},
    "getRpt": {B: {D, T}, N: {D, A}, P: {D, A}},
    "getRt": {B: {D, T}, N: {D, A}, P: {D, A}},
    # What it is of is in its body: tests/nodo/test_ricevute_caricate.py.
    "addRicevuta": {B: set()},
    "addTracciatoPendenze": {B: {D}},
    "addTracciatoPendenzeDominio": {B: {D}},
    "addTracciatoPendenzeDominioTipoPendenza": {B: {D, T}},
    "findOperazioniTracciatoPendenze": {B: {D, T}},
    "findTracciati": {B: {D, T}},
    "getTracciato": {B: {D, T}},
    "findTracciatiPendenze": {B: {D, T}},
    "getEsitoTracciatoPendenze": {B: {D, T}},
    "getRichiestaTracciatoPendenze": {B: {D, T}},
    "getStampeTracciatoPendenze": {B: {D, T}},
    "getTracciatoPendenze": {B: {D, T}},
    "updatePagamento": {B: {D, T}},
    "updatePendenza": {B: {D, T}, N: {D, A}},
    "updateRpp": {B: {D, T}},
}
ROTTE = rotte()
_NOVEMBRE = "dataDa=2026-11-01&dataA=2026-11-30"
# What some cannot be asked without, or show nothing of the sample without.
QUERIES = {
    "getCronistoria": f"idDominio={DOMINIO}&iuv={IUV}",
    "findQuadratureRendicontazioni": f"gruppi=FLUSSO_RENDICONTAZIONE&idDominio={DOMINIO}",
    "findQuadratureRiscossioni": f"gruppi=TIPO_PENDENZA&{_NOVEMBRE}",
    "getReportEntratePreviste": _NOVEMBRE,
}
_ENTE_IN_PIU = [{"op": "ADD", "path": "/domini", "value": DOMINIO}]
BODIES: dict[str, Any] = {
    "addApplicazione": {"principal": "nuova", "domini": [DOMINIO]},
    "addOperatore": {"domini": [DOMINIO]},
    "addRuolo": {"acl": []},
    "updateApplicazione": _ENTE_IN_PIU,
    "updateOperatore": _ENTE_IN_PIU,
    "updateRuolo": [{"op": "ADD", "path": "/acl", "value": {"servizio": "Pendenze", "autorizzazioni": ["R"]}}],
    "addContiAccredito": {"bicAccredito": "BLOPIT22XXX", "postale": False, "abilitato": True},
    "addDominio": {"ragioneSociale": "Altri", "stazione": "12345678901_02", "abilitato": True},
    "addEntrataDominio": {"ibanAccredito": "IT60X0542811101000000123456", "abilitato": True},
    "addGiornaleDiCassa": {"nome": "gdc.csv"},
    "addRiconciliazione": {"causale": "/PUR/LGPE-RIVERSAMENTO/URI/2026-11-23BCITITMM-0000000001", "importo": 100.5},
    "addTipoPendenzaDominio": {"abilitato": True},
    "addUnitaOperativa": {"ragioneSociale": "Ufficio", "abilitato": True},
    "addPendenza": a_pendenza_json(idTipoPendenza="TARI"),
    "addPendenzaCustom": a_pendenza_json(idA2A="A2A-COMUNE"),
    "addTracciatoPendenze": {"idTracciato": "T-2", "idDominio": DOMINIO, "inserimenti": []},
    "updateMovimentoDiCassa": {"visto": True},
    "updatePagamento": [{"op": "REPLACE", "path": "/verificato", "value": True}],
    "updatePendenza": [{"op": "REPLACE", "path": "/descrizioneStato", "value": "x"}],
    "updateRpp": [{"op": "REPLACE", "path": "/bloccante", "value": False}],
}


def query_of(rotta: Rotta, more: str = "") -> str:
    parts = [part for part in (QUERIES.get(rotta.operation.name), more) if part]
    return "?" + "&".join(parts) if parts else ""


def body_of(rotta: Rotta) -> Any:
    body = BODIES.get(rotta.operation.name)
    if rotta.operation.name == "addPendenza" and rotta.method == "POST":
        return {**body, "idA2A": "A2A-COMUNE", "idPendenza": "P-NUOVA"}
    return body


def named(which: Any) -> Any:
    return pytest.mark.parametrize("rotta", [r for r in ROTTE if which(r)], ids=lambda r: r.label)


def limited(who: str) -> Any:
    def is_limited(rotta: Rotta) -> bool:
        return who in CONFINI.get(rotta.operation.name, {}).get(rotta.api, set())

    return named(is_limited)


@pytest.fixture(scope="module")
def prova(_aws_session: Any) -> Iterator[Mondo]:
    _empty()
    with mondo(NOW) as joined:
        yield joined
    _empty()


def fault(answer: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(answer.body)
    return body


class TestTheTable:
    def test_has_every_operation_and_no_other(self):
        assert {rotta.operation.name for rotta in ROTTE} == set(CONFINI)

    def test_says_of_every_contract_by_what_it_is_limited(self):
        missing = [r.label for r in ROTTE if CONFINI[r.operation.name] and r.api not in CONFINI[r.operation.name]]
        assert missing == []


class TestWhoHasNoCredentials:
    @named(lambda _: True)
    def test_is_401(self, prova, rotta):
        answer = prova.call(None, rotta, prova.ids_of(rotta), body_of(rotta))

        assert answer.status_code == 401
        assert fault(answer)["categoria"] == "AUTORIZZAZIONE"


class TestWhoHasNoAcl:
    @named(lambda r: r.api is not B or r.operation.backoffice is not None)
    def test_is_403(self, prova, rotta):
        answer = prova.call(an_utenza(NIENTE, rotta.api), rotta, prova.ids_of(rotta), body_of(rotta))

        assert (answer.status_code, fault(answer)["codice"]) == (403, "403000")

    @named(lambda r: r.api is B and r.operation.backoffice is None)
    def test_sees_what_is_of_nobody(self, prova, rotta):
        assert prova.call(an_utenza(NIENTE, B), rotta, prova.ids_of(rotta)).status_code == 200


class TestAnOperatore:
    @named(lambda r: r.api is not B)
    def test_is_not_let_into_the_apis_of_applicazioni(self, prova, rotta):
        utenza = an_utenza(TUTTO, rotta.api, TipoUtenza.OPERATORE)

        assert prova.call(utenza, rotta, prova.ids_of(rotta), body_of(rotta)).status_code == 403


class TestWhoMayOnlyRead:
    @named(lambda r: r.operation.diritto is Diritto.SCRITTURA)
    def test_writes_nothing(self, prova, rotta):
        answer = prova.call(an_utenza(SOLA_LETTURA, rotta.api), rotta, prova.ids_of(rotta), body_of(rotta))

        assert (answer.status_code, fault(answer)["codice"]) == (403, "403000")

    @named(lambda r: r.method != "GET")
    def test_is_asked_for_the_right_to_write_wherever_it_is_not_a_get(self, rotta):
        assert rotta.operation.diritto is Diritto.SCRITTURA


class TestWhoMayDoAll:
    @named(lambda r: r.method == "GET" and r.operation.diritto is Diritto.LETTURA and "n/a" not in r.path)
    def test_is_answered(self, prova, rotta):
        """The others prove something only if there is something to see."""
        ids = prova.ids_of(rotta)
        if rotta.operation.name == "getLogo":
            pytest.skip("the sample dominio has no logo")

        answer = prova.call(an_utenza(TUTTO, rotta.api), rotta, ids, query=query_of(rotta))

        assert answer.status_code in {200, 303}, answer.body
        is_list = answer.headers.get("Content-Type") == "application/json" and not rotta.params
        if is_list and CONFINI[rotta.operation.name]:
            body = json.loads(answer.body)
            assert body.get("risultati") or body.get("fatti"), "a list of nothing proves nothing"


class TestWhoIsOfAnotherDominio:
    @limited(D)
    def test_learns_nothing(self, prova, rotta):
        learns_nothing(prova, D, rotta)

    @limited(D)
    def test_asked_by_dominio_learns_nothing(self, prova, rotta):
        learns_nothing(prova, D, rotta, query=f"idDominio={DOMINIO}")


class TestWhoIsOfAnotherTipo:
    @limited(T)
    def test_sees_nothing(self, prova, rotta):
        sees_nothing(prova, T, rotta)


class TestWhoIsOfThatTipo:
    @named(lambda r: r.api is B and r.operation.name in _DI_UNA_PENDENZA)
    def test_is_told(self, prova, rotta):
        """Whoever is refused what is of another tipo is not refused what is of theirs."""
        utenza = replace(an_utenza(T, B), tipi_pendenza=Ambito(ids=frozenset({TARI})))
        named_one = f"idDominio={DOMINIO}&iuv={IUV}" if rotta.operation.name == "findEventi" else ""

        answer = prova.call(utenza, rotta, prova.ids_of(rotta), query=query_of(rotta, named_one))

        assert answer.status_code == 200, answer.body
        assert json.loads(answer.body).get("risultati", True)

    def test_is_told_of_no_pendenza_that_there_is_not(self, prova):
        utenza = replace(an_utenza(T, B), tipi_pendenza=Ambito(ids=frozenset({TARI})))
        rotta = next(r for r in ROTTE if r.operation.name == "findEventi")
        for query in (f"idDominio={DOMINIO}&iuv=9", "idA2A=X&idPendenza=Y", f"idA2A={'x' * 40}&idPendenza=Y"):
            answer = prova.call(utenza, rotta, prova.ids, query="?" + query)

            assert (answer.status_code, json.loads(answer.body)["risultati"]) == (200, []), query

    def test_is_told_which_pendenza_to_name(self, prova):
        rotta = next(r for r in ROTTE if r.operation.name == "findEventi")

        refused = prova.call(an_utenza(T, B), rotta, prova.ids, query=f"?idDominio={DOMINIO}")

        assert "indicare idDominio e iuv, oppure idA2A e idPendenza" in fault(refused)["dettaglio"]
        for query in (f"?idDominio={DOMINIO}&iuv={IUV}", f"?idA2A={A2A}&idPendenza=P-{IUV}"):
            assert TARI in fault(prova.call(an_utenza(T, B), rotta, prova.ids, query=query))["dettaglio"]


class TestWhoKeepsAccountsForAnotherTipo:
    def test_is_told_what_a_flow_and_an_incasso_are_of_but_not_of_whom(self, prova):
        for name, told in (("getFlussoRendicontazione", IUV), ("getRiconciliazione", prova.ids["id_incasso"])):
            rotta = next(r for r in ROTTE if r.operation.name == name and r.api is B)

            answer = prova.call(an_utenza(T, B), rotta, prova.ids_of(rotta))

            assert answer.status_code == 200
            assert told in answer.body.decode()
            assert f"P-{IUV}" not in answer.body.decode()
            assert "RSSMRA80A01H501U" not in answer.body.decode()


class TestAnotherApplicazione:
    @limited(A)
    def test_sees_nothing(self, prova, rotta):
        sees_nothing(prova, A, rotta)


class TestNothing:
    @named(lambda r: r.method != "GET" and CONFINI.get(r.operation.name))
    def test_is_written_by_who_may_not(self, prova, rotta):
        before = Snapshot.take()

        for who in CONFINI[rotta.operation.name][rotta.api]:
            prova.call(an_utenza(who, rotta.api), rotta, prova.ids_of(rotta), body_of(rotta))

        assert Snapshot.take().tables == before.tables


def sees_nothing(prova: Mondo, who: str, rotta: Rotta, query: str = "") -> Any:
    """Hold an answer to what another may be told: a refusal, or a list without what is not theirs."""
    answer = prova.call(an_utenza(who, rotta.api), rotta, prova.ids_of(rotta), body_of(rotta), query_of(rotta, query))
    if answer.status_code == 200 and rotta.operation.name == "getAvviso":
        assert json.loads(answer.body)["stato"] == "SCONOSCIUTA"
        return answer
    if answer.status_code == 200:
        assert "risultati" in json.loads(answer.body), (rotta.label, answer.body[:300])
    else:
        assert (answer.status_code, fault(answer)["codice"]) in _RIFIUTI, answer.body[:300]
    told = answer.body.decode()
    asked = set(prova.ids_of(rotta).values()) if answer.status_code != 200 else set()
    assert [segno for segno in prova.segni if segno in told and segno not in asked] == []
    if answer.status_code == 200 and rotta.operation.name != "findDomini":
        assert DOMINIO not in re.sub(r'"prossimiRisultati": ?"[^"]*"', "", told)
    return answer


def learns_nothing(prova: Mondo, who: str, rotta: Rotta, query: str = "") -> None:
    """Hold an answer to being the same, word for word, where there is nothing of that name."""
    answer = sees_nothing(prova, who, rotta, query)
    ids = prova.ids_of(rotta)
    alike = [frozenset({"id_dominio", "id_a2a"})]
    if rotta.operation.name != "addPendenza":  # whose body names dominio and applicazione all the same
        alike.append(frozenset())
    for keep in alike:
        if answer.status_code == 200:
            return
        other = nowhere(ids, keep=keep)
        if "flussiRendicontazione" in rotta.path:
            other["primo"] = ids["primo"] if keep and ids["primo"] == DOMINIO else other["primo"]
            other["secondo"] = ids["secondo"] if "data_ora" not in rotta.path and keep else other["secondo"]
        absent = prova.call(an_utenza(who, rotta.api), rotta, other, body_of(rotta), query_of(rotta, query))
        assert absent.status_code == answer.status_code, (answer.body, absent.body)
        words = {*other.values(), *ids.values()}
        assert anonymous(fault(absent), words) == anonymous(fault(answer), words)


def anonymous(body: dict[str, Any], words: set[str]) -> dict[str, Any]:
    text = json.dumps(body, ensure_ascii=False)
    for value in sorted(words, key=len, reverse=True):
        text = text.replace(value, "·")
    result: dict[str, Any] = json.loads(text)
    return result
