"""Domini and what they have, as the backoffice registers and reads them."""

import base64
from typing import ClassVar

import pytest

from chalicelib.anagrafica import operations
from chalicelib.anagrafica.model import Abilitazioni
from tests.builders_anagrafica import (
    ALTRO_DOMINIO,
    DOMINIO,
    IBAN_BANCA,
    IBAN_POSTA,
    INTERMEDIARIO,
    STAZIONE_V1,
    a_tipo_pendenza,
    an_operatore,
    seed_comune,
)
from tests.rest.anagrafica_app import PENDENZE, calling

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\nimmagine").decode()
NUOVO = "01234567890"
BODY = {
    "ragioneSociale": "Provincia di Esempio",
    "gln": "0123456789012",
    "stazione": STAZIONE_V1,
    "auxDigit": "0",
    "abilitato": True,
}
UNITA = {"ragioneSociale": "Ufficio Due", "indirizzo": "Borgo Stretto", "civico": "55bis", "nazione": "IT"}


@pytest.fixture
def backoffice(aws, now):
    seed_comune(now)
    with calling() as caller:
        yield caller


@pytest.fixture
def ristretto(backoffice):
    """Give an operatore with all rights on the anagrafica of one dominio."""
    operations.put_operatore(
        operatore=an_operatore(
            abilitazioni=Abilitazioni(domini=(DOMINIO,), tipi_pendenza=("TARI",), ruoli=("Amministratore",))
        )
    )
    return backoffice.as_("operatore", "Operatore-2026")


class TestPutDominio:
    def test_creates_then_replaces_and_is_read_as_it_was_written(self, backoffice):
        backoffice.put(f"/domini/{NUOVO}", BODY, 201)
        backoffice.put(f"/domini/{NUOVO}", {**BODY, "localita": "Esempio", "iuvPrefix": "%(Y)%(a)1"}, 200)

        letto = backoffice.get(f"/domini/{NUOVO}")

        assert letto["idDominio"] == NUOVO
        assert (letto["localita"], letto["iuvPrefix"], letto["auxDigit"]) == ("Esempio", "%(Y)%(a)1", "0")
        assert [letto[name] for name in ("unitaOperative", "contiAccredito", "entrate", "tipiPendenza")] == [[]] * 4

    def test_replaces_the_whole(self, backoffice):
        backoffice.put(f"/domini/{DOMINIO}", {**BODY, "auxDigit": "3", "segregationCode": "02"}, 200)

        letto = backoffice.get(f"/domini/{DOMINIO}")

        assert "cbill" not in letto
        assert letto["segregationCode"] == "02"
        assert len(letto["entrate"]) == 4

    def test_tells_all_that_is_wrong_at_once_with_400(self, backoffice):
        body = {
            "gln": "12",
            "cbill": "abc",
            "email": "non una email",
            "nazione": "Italia",
            "auxDigit": "9",
            "segregationCode": "50",
            "iuvPrefix": "%(x)",
            "abilitato": "forse",
            "logo": "@@@",
        }

        fault = backoffice.put("/domini/123", body, 400)

        assert (fault["categoria"], fault["codice"]) == ("RICHIESTA", "SINTASSI")
        for campo in ("idDominio", "ragioneSociale", "stazione", *body):
            assert f"{campo}: " in fault["dettaglio"], campo

    def test_refuses_a_body_that_is_no_object_with_400(self, backoffice):
        assert backoffice.put(f"/domini/{NUOVO}", ["x"], 400)["codice"] == "SINTASSI"
        assert backoffice.put(f"/domini/{NUOVO}", b"{", 400)["codice"] == "SINTASSI"

    def test_refuses_a_stazione_nobody_knows_with_422(self, backoffice):
        fault = backoffice.put(f"/domini/{NUOVO}", {**BODY, "stazione": "99999999999_01", "auxDigit": "3"}, 422)

        assert fault["codice"] == "SEMANTICA"
        assert "stazione: la stazione 99999999999_01 non è censita" in fault["dettaglio"]
        assert "segregationCode: è obbligatorio" in fault["dettaglio"]

    def test_takes_an_ente_that_is_not_intermediato_without_stazione(self, backoffice):
        backoffice.put(f"/domini/{NUOVO}", {"ragioneSociale": "X", "abilitato": True, "intermediato": False}, 201)

        assert backoffice.get(f"/domini/{NUOVO}")["intermediato"] is False

    def test_is_recorded_with_the_dominio_it_is_about(self, backoffice):
        backoffice.put(f"/domini/{NUOVO}", BODY, 201)

        assert backoffice.recorded[-1].tipo_evento == "addDominio"
        assert backoffice.recorded[-1].about.id_dominio == NUOVO


class TestLogo:
    def test_is_served_as_an_image_and_shown_as_a_link(self, backoffice):
        backoffice.put(f"/domini/{DOMINIO}", {**BODY, "logo": PNG}, 200)

        assert backoffice.get(f"/domini/{DOMINIO}")["logo"] == f"/domini/{DOMINIO}/logo"
        answer = backoffice.raw("GET", f"/domini/{DOMINIO}/logo", Accept="image/png")
        assert answer.headers["Content-Type"] == "image/png"
        assert base64.b64encode(answer.body).decode() == PNG

    def test_stays_where_the_link_comes_back_and_goes_where_it_does_not(self, backoffice):
        backoffice.put(f"/domini/{DOMINIO}", {**BODY, "logo": PNG}, 200)

        backoffice.put(f"/domini/{DOMINIO}", {**BODY, "logo": f"/domini/{DOMINIO}/logo"}, 200)
        assert backoffice.raw("GET", f"/domini/{DOMINIO}/logo", Accept="*/*").status_code == 200

        backoffice.put(f"/domini/{DOMINIO}", BODY, 200)
        assert backoffice.get(f"/domini/{DOMINIO}/logo", 404)["codice"] == "404000"

    def test_is_served_to_the_applicazioni_too(self, backoffice):
        backoffice.put(f"/domini/{DOMINIO}", {**BODY, "logo": PNG}, 200)

        answer = backoffice.as_("comune", "Comune-2026", PENDENZE).raw("GET", f"/domini/{DOMINIO}/logo", Accept="*/*")

        assert answer.status_code == 200

    def test_has_a_limit(self, backoffice):
        fault = backoffice.put(f"/domini/{DOMINIO}", {**BODY, "logo": PNG + "A" * 200_000}, 400)

        assert "logo: deve avere al più 200000 caratteri" in fault["dettaglio"]


class TestFindDomini:
    def test_lists_by_ragione_sociale(self, backoffice):
        lista = backoffice.get("/domini")

        assert [d["idDominio"] for d in lista["risultati"]] == [DOMINIO, ALTRO_DOMINIO]
        assert lista["risultati"][0]["unitaOperative"] == f"/domini/{DOMINIO}/unitaOperative"

    def test_sorts_the_other_way(self, backoffice):
        lista = backoffice.get("/domini", ordinamento="-ragioneSociale")

        assert [d["idDominio"] for d in lista["risultati"]] == [ALTRO_DOMINIO, DOMINIO]

    def test_refuses_an_order_it_does_not_know_with_422(self, backoffice):
        assert backoffice.get("/domini", 422, ordinamento="+logo")["codice"] == "100001"

    @pytest.mark.parametrize(
        ("filtro", "attesi"),
        [
            ({"idStazione": STAZIONE_V1}, [ALTRO_DOMINIO]),
            ({"idDominio": DOMINIO}, [DOMINIO]),
            ({"ragioneSociale": "UNIONE"}, [ALTRO_DOMINIO]),
            ({"abilitato": "false"}, []),
            ({"abilitato": "true"}, [DOMINIO, ALTRO_DOMINIO]),
            ({"intermediato": "true", "associati": "true"}, [DOMINIO, ALTRO_DOMINIO]),
        ],
    )
    def test_filters(self, backoffice, filtro, attesi):
        assert [d["idDominio"] for d in backoffice.get("/domini", **filtro)["risultati"]] == attesi

    def test_pages_and_follows_its_own_link(self, backoffice):
        first = backoffice.get("/domini", risultatiPerPagina="1", campi="idDominio")
        second = backoffice.get(first["prossimiRisultati"])

        assert (first["numRisultati"], first["numPagine"]) == (2, 2)
        assert first["risultati"] == [{"idDominio": DOMINIO}]
        assert second["risultati"] == [{"idDominio": ALTRO_DOMINIO}]
        assert "prossimiRisultati" not in second


class TestWhoIsRestricted:
    def test_sees_only_the_own_domini(self, ristretto):
        assert [d["idDominio"] for d in ristretto.get("/domini")["risultati"]] == [DOMINIO]

    def test_is_refused_in_the_same_words_whether_a_dominio_exists_or_not(self, ristretto):
        exists = ristretto.get(f"/domini/{ALTRO_DOMINIO}", 403)
        does_not = ristretto.get("/domini/99999999999", 403)

        assert exists["codice"] == "403000"
        assert exists["dettaglio"].replace(ALTRO_DOMINIO, "X") == does_not["dettaglio"].replace("99999999999", "X")

    @pytest.mark.parametrize("what", ["unitaOperative", "contiAccredito", "entrate", "tipiPendenza", "logo"])
    def test_reads_nothing_of_another_dominio(self, ristretto, what):
        ristretto.get(f"/domini/{ALTRO_DOMINIO}/{what}", 403)

    def test_writes_nothing_of_another_dominio(self, ristretto):
        ristretto.put(f"/domini/{ALTRO_DOMINIO}", BODY, 403)
        ristretto.put(f"/domini/{ALTRO_DOMINIO}/unitaOperative/U", UNITA, 403)
        ristretto.put(f"/domini/{ALTRO_DOMINIO}/contiAccredito/{IBAN_BANCA}", {}, 403)
        ristretto.put(f"/domini/{ALTRO_DOMINIO}/entrate/TARI", {"ibanAccredito": IBAN_BANCA}, 403)
        ristretto.put(f"/domini/{ALTRO_DOMINIO}/tipiPendenza/TARI", {}, 403)

    def test_may_ask_for_the_own_tipi_only(self, ristretto):
        tipi = ristretto.get(f"/domini/{DOMINIO}/tipiPendenza", associati="true")["risultati"]

        assert [tipo["idTipoPendenza"] for tipo in tipi] == ["TARI"]
        assert len(ristretto.get("/tipiPendenza", associati="true")["risultati"]) == 1

    def test_sees_the_own_domini_of_a_stazione(self, ristretto):
        assert ristretto.get(f"/intermediari/12345678901/stazioni/{STAZIONE_V1}")["domini"] == []


class TestWhoHasNoRight:
    @pytest.mark.parametrize("path", ["/domini", f"/domini/{DOMINIO}", "/tipiPendenza", "/entrate", "/operatori"])
    def test_is_refused_with_403(self, backoffice, path):
        operations.put_operatore(operatore=an_operatore())

        fault = backoffice.as_("operatore", "Operatore-2026").get(path, 403)

        assert (fault["categoria"], fault["codice"]) == ("AUTORIZZAZIONE", "403000")

    def test_is_refused_with_401_where_nobody_knows_who_it_is(self, backoffice):
        assert backoffice.as_("gpadmin", "sbagliata").get("/domini", 401)["codice"] == "401"


class TestWhatIsNotRegistered:
    @pytest.mark.parametrize(
        ("path", "words"),
        [
            ("/entrate/X", "L'entrata X non è censita."),
            (f"/domini/{DOMINIO}/entrate/X", "L'entrata X non è censita."),
            (f"/domini/{DOMINIO}/unitaOperative/X", "L'unità operativa X non è censita."),
            (f"/domini/{DOMINIO}/contiAccredito/X", "Il conto X non è censito."),
            (f"/intermediari/{INTERMEDIARIO}/stazioni/X", "La stazione X non è censita."),
            ("/intermediari/X", "L'intermediario X non è censito."),
            ("/applicazioni/X", "L'applicazione X non è censita."),
            ("/operatori/X", "L'operatore X non è censito."),
            ("/tipiPendenza/X", "Il tipo pendenza X non è censito."),
        ],
    )
    def test_is_named_in_good_italian(self, backoffice, path, words):
        assert backoffice.get(path, 404)["dettaglio"] == words


class TestUnita:
    def test_are_registered_listed_and_read(self, backoffice):
        path = f"/domini/{DOMINIO}/unitaOperative"
        backoffice.put(f"{path}/UFF-2", UNITA, 201)
        backoffice.put(f"{path}/UFF-2", {**UNITA, "abilitato": False}, 200)

        assert backoffice.get(f"{path}/UFF-2") == {"idUnita": "UFF-2", **UNITA, "abilitato": False}
        assert [u["idUnita"] for u in backoffice.get(path)["risultati"]] == ["UFF-2", "UFFICIO-TRIBUTI"]
        assert [u["idUnita"] for u in backoffice.get(path, abilitato="false")["risultati"]] == ["UFF-2"]
        assert len(backoffice.get(path, ragioneSociale="tributi")["risultati"]) == 1

    def test_are_refused(self, backoffice):
        path = f"/domini/{DOMINIO}/unitaOperative"

        assert "ragioneSociale" in backoffice.put(f"{path}/x%20y", {"cap": "1" * 17}, 400)["dettaglio"]
        assert backoffice.put(f"{path}/EC", UNITA, 422)["codice"] == "SEMANTICA"
        assert backoffice.put("/domini/99999999999/unitaOperative/U", UNITA, 422)["codice"] == "SEMANTICA"
        assert backoffice.get(f"{path}/IGNOTA", 404)["codice"] == "404000"
        assert backoffice.get("/domini/99999999999/unitaOperative", 404)["codice"] == "404000"


class TestConti:
    PATH = f"/domini/{DOMINIO}/contiAccredito"
    IBAN = "IT06W0300203280642115211151"

    def test_are_registered_listed_and_read(self, backoffice):
        body = {"bic": "BLOPIT22", "mybank": True, "descrizione": "Tesoreria", "intestatario": "Comune"}
        backoffice.put(f"{self.PATH}/{self.IBAN}", body, 201)

        letto = backoffice.get(f"{self.PATH}/{self.IBAN}")

        assert letto == {"iban": self.IBAN, **body, "postale": False, "abilitato": True}
        assert [c["iban"] for c in backoffice.get(self.PATH)["risultati"]] == [self.IBAN, IBAN_BANCA, IBAN_POSTA]
        assert [c["iban"] for c in backoffice.get(self.PATH, iban="0760")["risultati"]] == [IBAN_POSTA]

    def test_are_refused(self, backoffice):
        assert "bic: " in backoffice.put(f"{self.PATH}/{self.IBAN}", {"bic": "x"}, 400)["dettaglio"]
        assert "ibanAccredito: " in backoffice.put(f"{self.PATH}/it60", {}, 400)["dettaglio"]
        assert "cifre di controllo" in backoffice.put(f"{self.PATH}/IT61{IBAN_BANCA[4:]}", {}, 422)["dettaglio"]
        assert "postale" in backoffice.put(f"{self.PATH}/{IBAN_BANCA}", {"postale": True}, 422)["dettaglio"]
        assert backoffice.get(f"{self.PATH}/{self.IBAN}", 404)["codice"] == "404000"


class TestEntrate:
    PATH = f"/domini/{DOMINIO}/entrate"

    def test_are_registered_listed_and_read(self, backoffice):
        backoffice.put(
            "/entrate/IMU", {"descrizione": "Imposta", "tipoContabilita": "SIOPE", "codiceContabilita": "3321"}
        )
        body = {
            "ibanAccredito": IBAN_BANCA,
            "tipoContabilita": "CAPITOLO",
            "codiceContabilita": "A/1",
            "abilitato": None,
        }
        backoffice.put(f"{self.PATH}/IMU", body, 201)

        letto = backoffice.get(f"{self.PATH}/IMU")

        assert (letto["tipoContabilita"], letto["codiceContabilita"], letto["abilitato"]) == ("CAPITOLO", "A/1", True)
        assert letto["tipoEntrata"] == backoffice.get("/entrate/IMU")
        assert [e["idEntrata"] for e in backoffice.get(self.PATH, descrizione="impo")["risultati"]] == ["IMU"]
        assert [e["idEntrata"] for e in backoffice.get(self.PATH)["risultati"]][:2] == ["BOLLOT", "IMU"]

    def test_are_refused(self, backoffice):
        body = {"ibanAccredito": "X", "tipoContabilita": "ENTRATA", "codiceContabilita": "a"}

        fault = backoffice.put(f"{self.PATH}/TARI", body, 400)

        for campo in body:
            assert f"{campo}: " in fault["dettaglio"]
        assert "idEntrata" in backoffice.put(f"{self.PATH}/IGNOTA", {"ibanAccredito": IBAN_BANCA}, 422)["dettaglio"]
        assert "ibanAccredito: è obbligatorio" in backoffice.put(f"{self.PATH}/TARI", {}, 422)["dettaglio"]
        assert backoffice.get(f"{self.PATH}/IGNOTA", 404)["codice"] == "404000"

    def test_of_the_catalogue_are_refused(self, backoffice):
        fault = backoffice.put("/entrate/con%20spazio", {"tipoContabilita": "X"}, 400)

        for campo in ("idEntrata", "descrizione", "tipoContabilita", "codiceContabilita"):
            assert f"{campo}: " in fault["dettaglio"]
        assert backoffice.get("/entrate/IGNOTA", 404)["codice"] == "404000"
        assert backoffice.get("/entrate", ordinamento="-descrizione")["risultati"][0]["idEntrata"] == "TARI"


class TestTipiPendenza:
    FORM: ClassVar = {"tipo": "angular2-json-schema-form", "definizione": {"ordine": 1.5, "campi": ["a", {"b": 2}]}}

    def test_keep_what_others_read_as_it_came(self, backoffice):
        body = {
            "descrizione": "Imposta municipale",
            "tipo": "spontaneo",
            "codificaIUV": "12",
            "pagaTerzi": True,
            "form": self.FORM,
            "validazione": {"type": "object", "multipleOf": 0.01},
            "trasformazione": {"tipo": "freemarker", "definizione": "e30="},
            "inoltro": "A2A-COMUNE",
            "promemoriaAvviso": {"tipo": "freemarker", "oggetto": "x", "messaggio": "y", "allegaPdf": True},
            "visualizzazione": {"a": 1},
            "tracciatoCsv": {
                "responseHeader": "a",
                "freemarkerRequest": {"campi": {"causale": "a"}},
                "freemarkerResponse": {"colonne": ["errore"]},
            },
            "portalePagamento": {"abilitato": True, "form": self.FORM},
        }
        backoffice.put("/tipiPendenza/IMU", body, 201)

        assert backoffice.get("/tipiPendenza/IMU") == {"idTipoPendenza": "IMU", **body, "abilitato": True}

    def test_of_39_are_spontanei_where_a_citizen_may_fill_them_in(self, backoffice):
        backoffice.put("/tipiPendenza/A", {"descrizione": "A", "portalePagamento": {"abilitato": True}})
        backoffice.put("/tipiPendenza/B", {"descrizione": "B"})

        assert backoffice.get("/tipiPendenza/A")["tipo"] == "spontaneo"
        assert backoffice.get("/tipiPendenza/B")["tipo"] == "dovuto"

    def test_are_found_by_what_they_have(self, backoffice):
        backoffice.put("/tipiPendenza/IMU", {"descrizione": "Imposta", "tipo": "spontaneo", "form": self.FORM})

        def found(**query):
            return [t["idTipoPendenza"] for t in backoffice.get("/tipiPendenza", **query)["risultati"]]

        assert found() == ["BOLLOT", "IMU", "LIBERO", "MENSA", "MULTA", "TARI"]
        assert found(form="true") == found(tipo="spontaneo") == found(descrizione="imposta") == ["IMU"]
        assert "IMU" not in found(form="false")
        assert found(idTipoPendenza="TAR") == ["TARI"]
        assert found(nonAssociati=DOMINIO) == ["IMU"]
        assert found(ordinamento="-idTipoPendenza")[0] == "TARI"
        assert found(trasformazione="true") == found(abilitato="false") == []
        assert backoffice.get("/tipiPendenza", 422, tipo="altro")["codice"] == "100001"

    def test_are_refused(self, backoffice):
        body = {
            "tipo": "altro",
            "codificaIUV": "abc",
            "form": {"tipo": "x"},
            "trasformazione": {"tipo": "xslt", "definizione": "x"},
            "promemoriaAvviso": {"tipo": "freemarker"},
            "tracciatoCsv": {},
            "inoltro": "a b",
        }

        fault = backoffice.put("/tipiPendenza/a%2Fb", body, 400)

        for campo in ("idTipoPendenza", "descrizione", "form.definizione", "promemoriaAvviso.oggetto", "tracciatoCsv"):
            assert f"{campo}: " in fault["dettaglio"], campo
        assert backoffice.put("/tipiPendenza/X", {"descrizione": "X", "inoltro": "A2A-X"}, 422)["codice"] == "SEMANTICA"
        big = {"descrizione": "X", "validazione": {"a": "x" * 200_000}}
        assert "superano insieme" in backoffice.put("/tipiPendenza/X", big, 400)["dettaglio"]
        assert backoffice.get("/tipiPendenza/IGNOTO", 404)["codice"] == "404000"

    def test_of_a_dominio_show_the_catalogue_and_their_own(self, backoffice):
        operations.put_tipo_pendenza(tipo_pendenza=a_tipo_pendenza(dettagli={"form": {"tipo": "a", "definizione": 1}}))
        path = f"/domini/{DOMINIO}/tipiPendenza"
        backoffice.put(
            f"{path}/TARI", {"codificaIUV": "9", "abilitato": False, "avvisaturaAppIO": {"apiKey": "segreta"}}, 200
        )

        letto = backoffice.get(f"{path}/TARI")

        assert (letto["codificaIUV"], letto["abilitato"]) == ("1", True)
        assert letto["valori"] == {"codificaIUV": "9", "abilitato": False, "avvisaturaAppIO": {"apiKey": "********"}}
        tipi = backoffice.get(path, abilitato="false")["risultati"]
        assert [tipo["idTipoPendenza"] for tipo in tipi] == ["TARI"]
        assert [t["idTipoPendenza"] for t in backoffice.get(path, form="true")["risultati"]] == ["TARI"]

    def test_of_a_dominio_keep_the_key_where_the_mask_comes_back(self, backoffice):
        path = f"/domini/{DOMINIO}/tipiPendenza/TARI"
        backoffice.put(path, {"avvisaturaAppIO": {"apiKey": "segreta"}}, 200)

        backoffice.put(path, {"avvisaturaAppIO": {"apiKey": "********"}}, 200)

        assert backoffice.get(path)["valori"]["avvisaturaAppIO"] == {"apiKey": "********"}

    def test_of_a_dominio_are_refused(self, backoffice):
        path = f"/domini/{DOMINIO}/tipiPendenza"

        assert "codificaIUV: " in backoffice.put(f"{path}/TARI", {"codificaIUV": "x"}, 400)["dettaglio"]
        assert "idTipoPendenza" in backoffice.put(f"{path}/IGNOTO", {}, 422)["dettaglio"]
        assert backoffice.get(f"{path}/IGNOTO", 404)["codice"] == "404000"
        assert backoffice.get(path, 422, tipo="x")["codice"] == "100001"
