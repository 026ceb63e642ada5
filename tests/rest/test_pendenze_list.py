"""GET /pendenze: every filter honoured, every caller shown what is theirs."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.kernel.refusals import NotAllowed
from chalicelib.kernel.utenze import Ambito, TipoUtenza
from chalicelib.pendenze import queries, repository, search
from chalicelib.pendenze.model import PagamentoEseguito
from chalicelib.pendenze.ports import Ports
from chalicelib.pendenze.states import StatoPendenza
from tests.aws_calls import counted
from tests.builders import a_pendenza, a_soggetto, an_utenza
from tests.builders_anagrafica import A2A_ALTRA, A2A_COMUNE, ALTRO_DOMINIO, DOMINIO, MENSA, MULTA, TARI
from tests.clock import NOW
from tests.contract import assert_conforms
from tests.rest.pendenze_app import BACKOFFICE, PAGAMENTO, PENDENZE, pendenza_url, prova

S = StatoPendenza
OGGI = NOW
LISTA = "GET /pendenze"


@pytest.fixture
def p(aws, now):
    with prova(now) as joined:
        yield joined


def save(n, *, giorni_fa=1, **other):
    caricata = OGGI - timedelta(days=giorni_fa) + timedelta(seconds=n)
    pendenza = a_pendenza(
        **{
            "id_pendenza": f"P-{n}",
            "iuv": f"{n:017d}",
            "numero_avviso": f"3{n:017d}",
            "caricata": caricata,
            "data_scadenza": date(2100, 1, 1),
            **other,
        }
    )
    return repository.save(None, replace(pendenza, versione=0))


def ids(answer):
    assert answer.status == 200, answer.raw
    return [item["idPendenza"] for item in answer.json["risultati"]]


def of_comune(p, **query):
    return ids(p.comune.get(f"{PENDENZE}/pendenze", **query))


def of_backoffice(p, **query):
    return ids(p.gpadmin.get(f"{BACKOFFICE}/pendenze", **query))


PAGATA = PagamentoEseguito(iuv="1", iur="2", ccp="3", data=OGGI, importo=a_pendenza().importo)


class TestFilters:
    @pytest.fixture(autouse=True)
    def _pendenze(self, p):
        save(1, data_scadenza=date(2020, 1, 1))
        save(2, id_tipo_pendenza=MULTA, direzione="Vigili", divisione="Verbali")
        save(3, stato=S.ESEGUITO, pagamento=PAGATA, importo_pagato=PAGATA.importo)
        save(4, stato=S.ESEGUITO, anomalo=True)
        save(5, stato=S.INCASSATO, pagamento=PAGATA, importo_pagato=PAGATA.importo)
        save(6, stato=S.ANNULLATO)
        save(7, stato=S.PARZIALMENTE_ESEGUITO)
        save(8, id_dominio=ALTRO_DOMINIO, soggetto_pagatore=a_soggetto(identificativo="VRDGPP80A01H501X"))
        save(9, data_scadenza=None, giorni_fa=40)

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({}, [9, 1, 2, 3, 4, 5, 6, 7, 8]),
            ({"ordinamento": "+dataCaricamento"}, [9, 1, 2, 3, 4, 5, 6, 7, 8]),
            ({"ordinamento": "-dataCaricamento"}, [8, 7, 6, 5, 4, 3, 2, 1, 9]),
            ({"idDominio": ALTRO_DOMINIO}, [8]),
            ({"idA2A": A2A_COMUNE, "idDominio": DOMINIO}, [9, 1, 2, 3, 4, 5, 6, 7]),
            ({"idA2A": A2A_ALTRA}, []),
            ({"idPendenza": "P-3"}, [3]),
            ({"idPendenza": "P-3", "stato": "ANNULLATA"}, []),
            ({"idPendenza": "P-99"}, []),
            ({"idDebitore": "vrdgpp80a01h501x"}, [8]),
            ({"idDebitore": "RSSMRA80A01H501U", "idDominio": ALTRO_DOMINIO}, []),
            ({"idTipoPendenza": MULTA}, [2]),
            ({"idTipoPendenza": [MULTA, MENSA]}, [2]),
            ({"direzione": "Vigili"}, [2]),
            ({"divisione": "Verbali"}, [2]),
            ({"divisione": "Vigili"}, []),
            ({"iuv": f"{4:017d}"}, [4]),
            ({"iuv": f"{4:017d}", "idDominio": DOMINIO}, [4]),
            ({"iuv": f"{4:017d}", "idDominio": ALTRO_DOMINIO}, []),
            ({"numeroAvviso": f"3{4:017d}"}, [4]),
            ({"codApplicazione": A2A_ALTRA}, []),
            ({"sconosciuto": "x"}, [9, 1, 2, 3, 4, 5, 6, 7, 8]),
            ({"stato": "NON_ESEGUITA"}, [9, 2, 8]),
            ({"stato": "SCADUTA"}, [1]),
            ({"stato": "ESEGUITA"}, [3, 4, 5]),
            ({"stato": "ESEGUITA_PARZIALE"}, [7]),
            ({"stato": "ANNULLATA"}, [6]),
            ({"idDebitore": "RSSMRA80A01H501U", "stato": "ANNULLATA"}, [6]),
            ({"dataDa": f"{OGGI - timedelta(days=10):%Y-%m-%d}"}, [1, 2, 3, 4, 5, 6, 7, 8]),
            ({"dataA": f"{OGGI - timedelta(days=10):%Y-%m-%d}"}, [9]),
            ({"dataA": f"{OGGI - timedelta(days=10):%Y-%m-%d}", "idDebitore": "RSSMRA80A01H501U"}, [9]),
        ],
    )
    def test_of_the_applicazione(self, p, query, expected):
        assert of_comune(p, **query) == [f"P-{n}" for n in expected]
        assert p.comune.get(f"{PENDENZE}/pendenze", **query).json["numRisultati"] == len(expected)

    @pytest.mark.parametrize(
        ("stato", "expected"),
        [("ESEGUITA", [3]), ("INCASSATA", [5]), ("ANOMALA", [4]), ("SCADUTA", [1]), ("ESEGUITA_PARZIALE", [7])],
    )
    def test_of_the_backoffice_knows_more_stati(self, p, stato, expected):
        answer = p.gpadmin.get(f"{BACKOFFICE}/pendenze", stato=stato)

        assert ids(answer) == [f"P-{n}" for n in expected]
        assert {item["stato"] for item in answer.json["risultati"]} == {stato}

    @pytest.mark.parametrize(
        "query",
        [
            {"stato": "INCASSATA"},
            {"stato": "PAGATA"},
            {"ordinamento": "importo"},
            {"dataDa": "ieri"},
            {"pagina": "0"},
            {"risultatiPerPagina": "201"},
            {"cursore": "altrove"},
            {"dataDa": "1990"},
            {"idTipoPendenza": ["T"] * 51},
        ],
    )
    def test_that_cannot_be_honoured_are_refused(self, p, query):
        answer = p.comune.get(f"{PENDENZE}/pendenze", **query)

        assert (answer.status, answer.codice) == (422, "100001")

    def test_by_pagamento_asks_a_context_above(self, p, monkeypatch):
        pendenze = {"S-1": [(A2A_COMUNE, "P-2"), (A2A_COMUNE, "P-1")]}
        monkeypatch.setattr(Ports, "pendenze_of_pagamento", staticmethod(lambda id_: pendenze.get(id_, [])))

        assert of_comune(p, idPagamento="S-1") == ["P-1", "P-2"]
        assert of_comune(p, idPagamento="S-1", stato="SCADUTA") == ["P-1"]
        assert of_comune(p, idPagamento="S-9") == []

    def test_of_an_item_give_the_fields_asked_for(self, p):
        answer = p.comune.get(f"{PENDENZE}/pendenze", idPendenza="P-1", campi="idPendenza,stato")

        assert answer.json["risultati"] == [{"idPendenza": "P-1", "stato": "SCADUTA"}]

    @pytest.mark.parametrize(
        ("base", "api"), [(PENDENZE, "pendenze"), (PAGAMENTO, "pagamento"), (BACKOFFICE, "backoffice")]
    )
    def test_answers_conform_to_the_contract(self, p, base, api):
        answer = p.gpadmin.get(f"{base}/pendenze") if api == "backoffice" else p.comune.get(f"{base}/pendenze")

        assert len(answer.json["risultati"]) == 9
        assert_conforms(api, "v1", LISTA, answer.json)
        for n in (1, 3, 4, 5, 6, 7):
            caller = p.gpadmin if api == "backoffice" else p.comune
            assert_conforms(api, "v1", "pendenza", caller.get(pendenza_url(base, f"P-{n}")).json)


class TestPages:
    @pytest.fixture(autouse=True)
    def _pendenze(self, p):
        for n in range(7):
            save(n, giorni_fa=1 if n % 2 else 45)

    def test_are_walked_by_what_the_answer_says(self, p):
        answer = p.comune.get(f"{PENDENZE}/pendenze", risultatiPerPagina=3)
        found = ids(answer)
        while "prossimiRisultati" in answer.json:
            answer = p.comune.get(PENDENZE + answer.json["prossimiRisultati"])
            found += ids(answer)

        assert found == ["P-0", "P-2", "P-4", "P-6", "P-1", "P-3", "P-5"]
        assert (answer.json["numRisultati"], answer.json["numPagine"], answer.json["pagina"]) == (7, 3, 3)

    def test_by_number_are_the_same(self, p):
        assert of_comune(p, risultatiPerPagina=3, pagina=2) == ["P-6", "P-1", "P-3"]

    def test_keep_the_filters_in_the_next_address(self, p):
        answer = p.comune.get(f"{PENDENZE}/pendenze", risultatiPerPagina=1, idDominio=DOMINIO)

        query = parse_qs(urlsplit(answer.json["prossimiRisultati"]).query)
        assert (query["idDominio"], query["pagina"]) == ([DOMINIO], ["2"])

    def test_without_totals_walk_only_what_they_show(self, p):
        of_comune(p)
        with counted() as calls:
            p.comune.get(
                f"{PENDENZE}/pendenze",
                risultatiPerPagina=1,
                ordinamento="-dataCaricamento",
                metadatiPaginazione="false",
            )

        assert calls == ["Query", "BatchGetItem"]

    def test_of_a_debtor_take_one_query_and_one_count(self, p):
        of_comune(p)
        with counted() as calls:
            p.comune.get(f"{PENDENZE}/pendenze", idDebitore="RSSMRA80A01H501U", risultatiPerPagina=1)

        assert calls == ["Query", "BatchGetItem", "Query"]

    def test_are_not_counted_where_the_page_tells_how_many_there_are(self, p):
        of_comune(p)
        with counted() as calls:
            answer = p.comune.get(f"{PENDENZE}/pendenze", idDebitore="RSSMRA80A01H501U", risultatiPerPagina=200)

        assert calls == ["Query", "BatchGetItem"]
        assert answer.json["numRisultati"] == len(ids(answer)) > 0

    def test_without_dates_go_back_two_years_and_no_more(self, p):
        save(20, giorni_fa=365)
        save(21, giorni_fa=365 * 3)

        found = of_comune(p)

        assert "P-20" in found
        assert "P-21" not in found
        assert "P-21" in of_comune(p, dataDa=f"{OGGI - timedelta(days=365 * 4):%Y-%m-%d}")
        with counted() as calls:
            of_comune(p, metadatiPaginazione="false")
        assert calls.count("Query") <= search.YEARS_BY_DEFAULT


class TestWho:
    @pytest.fixture(autouse=True)
    def _pendenze(self, p):
        save(1)
        save(2, id_tipo_pendenza=MULTA)
        save(3, id_a2a=A2A_ALTRA, id_dominio=ALTRO_DOMINIO, id_tipo_pendenza=MENSA)
        save(4, id_dominio=ALTRO_DOMINIO, id_tipo_pendenza=MENSA)

    def test_an_applicazione_sees_its_own(self, p):
        assert of_comune(p) == ["P-1", "P-2", "P-4"]
        assert ids(p.altra.get(f"{PENDENZE}/pendenze")) == ["P-3"]
        assert ids(p.altra.get(f"{PENDENZE}/pendenze", idA2A=A2A_COMUNE)) == []
        assert ids(p.altra.get(f"{PENDENZE}/pendenze", idDominio=DOMINIO)) == []

    def test_a_portal_sees_what_it_may_collect_for(self, p):
        assert ids(p.altra.get(f"{PAGAMENTO}/pendenze")) == ["P-3", "P-4"]
        assert ids(p.altra.get(f"{PAGAMENTO}/pendenze", idDebitore="RSSMRA80A01H501U")) == ["P-3", "P-4"]
        assert ids(p.altra.get(f"{PAGAMENTO}/pendenze", idDominio=DOMINIO)) == []
        assert p.altra.get(pendenza_url(PAGAMENTO, "P-4")).status == 200
        assert p.altra.get(pendenza_url(PAGAMENTO, "P-1")).status == 404

    def test_an_operatore_sees_domini_and_tipi(self, p):
        answer = p.operatore.get(f"{BACKOFFICE}/pendenze")

        assert ids(answer) == ["P-1"]
        assert answer.json["numRisultati"] == 1
        assert ids(p.operatore.get(f"{BACKOFFICE}/pendenze", idA2A=A2A_COMUNE)) == ["P-1"]
        assert ids(p.operatore.get(f"{BACKOFFICE}/pendenze", idA2A=A2A_COMUNE, idPendenza="P-2")) == []
        assert ids(p.operatore.get(f"{BACKOFFICE}/pendenze", idDominio=ALTRO_DOMINIO)) == []

    def test_the_administrator_sees_all_in_one_order(self, p):
        assert of_backoffice(p) == ["P-1", "P-2", "P-3", "P-4"]
        assert of_backoffice(p, ordinamento="-dataCaricamento", risultatiPerPagina=3) == ["P-4", "P-3", "P-2"]
        assert of_backoffice(p, idTipoPendenza=TARI) == ["P-1"]
        assert of_backoffice(p, idA2A=A2A_ALTRA) == ["P-3"]

    def test_an_operatore_of_no_dominio_is_told_so_and_of_no_tipo_sees_nothing(self, p):
        senza_domini = an_utenza(tipo=TipoUtenza.OPERATORE, id_a2a=None, domini=Ambito())
        senza_tipi = an_utenza(tipo=TipoUtenza.OPERATORE, id_a2a=None, tipi_pendenza=Ambito())
        asked: dict[str, Any] = {"filtri": queries.Filtri(), "portal": False, "now": OGGI}

        with pytest.raises(NotAllowed):
            queries.count_pendenze(utenza=senza_domini, **asked)
        with counted() as calls:
            assert queries.find_pendenze(utenza=senza_tipi, size=5, page=1, cursor=None, **asked).pendenze == ()
        assert calls == []

    def test_nobody_sees_nothing(self, p):
        assert p.anonimo.get(f"{PENDENZE}/pendenze").status == 401
        assert p.anonimo.get(f"{PAGAMENTO}/pendenze").status == 401


class TestWhatIsTooLong:
    """Keys of the tables have a limit, and what is longer is no id."""

    @pytest.mark.parametrize("name", ["idA2A", "idPendenza", "idDebitore", "iuv", "idTipoPendenza", "direzione"])
    def test_is_refused_in_a_filter(self, p, name):
        answer = p.comune.get(f"{PENDENZE}/pendenze", **{name: "x" * 3000})

        assert (answer.status, answer.codice) == (422, "100001")

    def test_is_not_found_in_a_path(self, p):
        assert p.comune.get(pendenza_url(id_pendenza="x" * 3000)).status == 404
        assert p.comune.get(f"{PAGAMENTO}/avvisi/{'1' * 3000}/{'3' * 18}").json["stato"] == "SCONOSCIUTA"
        body = [{"op": "REPLACE", "path": "/ack", "value": True}]
        assert p.comune.patch(pendenza_url(id_pendenza="x" * 3000), body).status == 404
