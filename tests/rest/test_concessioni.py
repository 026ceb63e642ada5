"""Nobody grants what they do not have: who may make, change and see applicazioni, operatori and ruoli."""

import pytest

from chalicelib.anagrafica import operations, queries, repository
from chalicelib.anagrafica.model import Abilitazioni, Acl, Operatore, RuoloUtenza
from chalicelib.kernel.utenze import SERVIZI_ACL, Diritto, Servizio
from tests.builders_anagrafica import (
    A2A_ALTRA,
    A2A_COMUNE,
    ALTRO_DOMINIO,
    DOMINIO,
    GPADMIN,
    MENSA,
    MULTA,
    TARI,
    an_altra_applicazione,
    an_operatore,
    seed_comune,
    there,
)
from tests.rest.anagrafica_app import calling

RW = tuple(Diritto)
TUTTO = tuple(Acl(servizio=servizio, autorizzazioni=RW) for servizio in SERVIZI_ACL)
UTENZE = (Servizio.ANAGRAFICA_APPLICAZIONI, Servizio.ANAGRAFICA_RUOLI)
DI_UTENZE = tuple(Acl(servizio=servizio, autorizzazioni=RW) for servizio in UTENZE)
ACL_PAGAMENTI = {"servizio": "Pagamenti", "autorizzazioni": ["R"]}


def registered(principal, **abilitazioni):
    abilitazioni = {"domini": (DOMINIO,), "tipi_pendenza": ("*",), **abilitazioni}
    operations.put_operatore(
        operatore=an_operatore(principal=principal, abilitazioni=Abilitazioni(**abilitazioni)),
    )


@pytest.fixture
def gpadmin(aws, now):
    seed_comune(now)
    with calling() as caller:
        yield caller


def called_by(gpadmin, **abilitazioni):
    """Give an operatore of DOMINIO, who may write all servizi but for what is said."""
    registered("di-a", **{"acl": TUTTO, **abilitazioni})
    return gpadmin.as_("di-a", "Operatore-2026")


def adds(path, value):
    return [{"op": "ADD", "path": path, "value": value}]


def deletes(path, value):
    return [{"op": "DELETE", "path": path, "value": value}]


class TestAnOperatoreOfOneEnte:
    @pytest.mark.parametrize(
        ("abilitazioni", "named"),
        [
            ({"domini": ["*"]}, "domini: *"),
            ({"domini": [ALTRO_DOMINIO]}, f"domini: {ALTRO_DOMINIO}"),
            ({"domini": [DOMINIO, "99999999999"]}, "domini: 99999999999"),
            ({"domini": []}, "domini: indicare"),
        ],
    )
    def test_makes_no_utenza_of_another(self, gpadmin, abilitazioni, named):
        caller = called_by(gpadmin)

        for path, body in (("/operatori/furbo", {}), ("/applicazioni/FURBA", {"principal": "furba"})):
            fault = caller.put(path, {**body, **abilitazioni}, 403)

            assert fault["codice"] == "403000"
            assert named in fault["dettaglio"]
        assert repository.find(Operatore, "furbo") is None
        assert queries.applicazione("FURBA") is None

    def test_makes_utenze_of_his_own(self, gpadmin):
        caller = called_by(gpadmin)
        body = {"domini": [DOMINIO], "tipiPendenza": ["*"]}

        caller.put("/operatori/bravo", {**body, "ruoli": ["Amministratore"]}, 201)
        caller.put("/applicazioni/BRAVA", {**body, "principal": "brava", "apiPendenze": True}, 201)

        assert [d["idDominio"] for d in caller.get("/operatori/bravo")["domini"]] == [DOMINIO]
        assert caller.patch("/applicazioni/BRAVA", adds("/tipiPendenza", "autodeterminazione"))

    def test_gives_himself_no_other(self, gpadmin):
        caller = called_by(gpadmin)

        for value in (ALTRO_DOMINIO, "*"):
            assert caller.patch("/operatori/di-a", adds("/domini", value), 403)["codice"] == "403000"
        caller.put("/operatori/di-a", {"domini": ["*"]}, 403)

        assert there(repository.find(Operatore, "di-a")).value.abilitazioni.domini == (DOMINIO,)

    @pytest.mark.parametrize("path", [f"/applicazioni/{A2A_ALTRA}", "/operatori/di-b"])
    def test_finds_no_utenza_of_another(self, gpadmin, path):
        registered("di-b", domini=(ALTRO_DOMINIO,))
        caller = called_by(gpadmin)
        ignota = "/applicazioni/IGNOTA" if path.startswith("/appl") else "/operatori/ignoto"
        mine, nobody = path.rpartition("/")[2], ignota.rpartition("/")[2]

        assert caller.get(path, 404)["dettaglio"].replace(mine, nobody) == caller.get(ignota, 404)["dettaglio"]
        ops = deletes("/domini", ALTRO_DOMINIO)
        unchanged = caller.patch(path, ops, 404)["dettaglio"]
        assert unchanged.replace(mine, nobody) == caller.patch(ignota, ops, 404)["dettaglio"]

    def test_takes_no_utenza_of_another(self, gpadmin):
        registered("di-b", domini=(ALTRO_DOMINIO,))
        caller = called_by(gpadmin)
        body = {"domini": [DOMINIO], "password": "Rubata-2026", "abilitato": False}

        caller.put("/operatori/di-b", body, 403)
        caller.put(f"/applicazioni/{A2A_ALTRA}", {**body, "principal": "altra"}, 403)
        caller.put(f"/operatori/{GPADMIN}", body, 403)

        assert there(repository.find(Operatore, "di-b")).value.abilitazioni.domini == (ALTRO_DOMINIO,)
        assert there(queries.applicazione(A2A_ALTRA)).abilitato
        gpadmin.get("/profilo")

    def test_sees_of_a_shared_utenza_his_own_domini_and_changes_nothing(self, gpadmin):
        domini = (DOMINIO, ALTRO_DOMINIO)
        registered("di-due", domini=domini)
        operations.put_applicazione(applicazione=an_altra_applicazione(abilitazioni=Abilitazioni(domini=domini)))
        caller = called_by(gpadmin)

        for path in ("/operatori/di-due", f"/applicazioni/{A2A_ALTRA}", f"/applicazioni/{A2A_COMUNE}"):
            assert [d["idDominio"] for d in caller.get(path)["domini"]] == [DOMINIO]
            assert caller.patch(path, deletes("/domini", DOMINIO), 403)["codice"] == "403000"

    def test_is_listed_and_counted_those_of_his_own(self, gpadmin):
        registered("di-b", domini=(ALTRO_DOMINIO,))
        registered("di-nessuno", domini=())
        caller = called_by(gpadmin)

        operatori, applicazioni = caller.get("/operatori"), caller.get("/applicazioni")

        assert {o["principal"] for o in operatori["risultati"]} == {"di-a", GPADMIN}
        assert [a["idA2A"] for a in applicazioni["risultati"]] == [A2A_COMUNE]
        assert (operatori["numRisultati"], applicazioni["numRisultati"]) == (2, 1)
        assert gpadmin.get("/operatori")["numRisultati"] == 4

    def test_writes_no_ruolo_as_they_are_of_all_enti(self, gpadmin):
        caller = called_by(gpadmin)
        before = repository.partition(repository.RUOLI)

        assert "ruoli" in caller.put("/ruoli/Nuovo", {"acl": []}, 403)["dettaglio"]
        for name in ("Operatore", "Ignoto"):
            assert caller.patch(f"/ruoli/{name}", adds("/acl", ACL_PAGAMENTI), 403)["codice"] == "403000"

        assert repository.partition(repository.RUOLI) == before
        assert caller.get("/ruoli")["risultati"]

    def test_writes_the_catalogue_as_its_acl_says(self, gpadmin):
        caller = called_by(gpadmin)

        caller.put("/entrate/NUOVA", {"descrizione": "N", "tipoContabilita": "ALTRO", "codiceContabilita": "N/1"}, 201)


class TestTipiPendenza:
    @pytest.mark.parametrize("tipi", [["*"], [TARI, MULTA], ["autodeterminazione"]])
    def test_beyond_ones_own_are_given_to_nobody(self, gpadmin, tipi):
        caller = called_by(gpadmin, tipi_pendenza=(TARI, MENSA))
        body = {"domini": [DOMINIO], "tipiPendenza": tipi}

        assert "tipiPendenza: " in caller.put("/operatori/furbo", body, 403)["dettaglio"]
        for tipo in tipi:
            if tipo != TARI:
                caller.patch("/operatori/di-a", adds("/tipiPendenza", tipo), 403)

    def test_beyond_ones_own_keep_an_utenza_from_being_changed(self, gpadmin):
        registered("di-piu", tipi_pendenza=(TARI, MULTA))
        caller = called_by(gpadmin, tipi_pendenza=(TARI,))

        caller.put("/operatori/di-piu", {"domini": [DOMINIO], "password": "Rubata-2026"}, 403)


class TestRights:
    @pytest.mark.parametrize("domini", [(DOMINIO,), ("*",)])
    @pytest.mark.parametrize(
        "more",
        [
            {"ruoli": ["Amministratore"]},
            {"ruoli": ["Operatore"]},
            {"acl": [ACL_PAGAMENTI]},
        ],
    )
    def test_beyond_ones_own_are_given_to_nobody(self, gpadmin, domini, more):
        caller = called_by(gpadmin, domini=domini, acl=DI_UTENZE)

        for path, body in (("/operatori/furbo", {}), ("/applicazioni/FURBA", {"principal": "furba"})):
            fault = caller.put(path, {"domini": [DOMINIO], **body, **more}, 403)

            assert "Pagamenti" in fault["dettaglio"]

    @pytest.mark.parametrize("api", ["apiPagamenti", "apiPendenze", "apiRagioneria"])
    def test_of_an_api_are_those_of_what_it_works_on(self, gpadmin, api):
        body = {"principal": "nuova", "domini": [DOMINIO], api: True}

        called_by(gpadmin, acl=DI_UTENZE).put("/applicazioni/NUOVA", body, 403)
        called_by(gpadmin, acl=TUTTO).put("/applicazioni/NUOVA", body, 201)

    def test_beyond_ones_own_keep_an_utenza_from_being_changed(self, gpadmin):
        registered("di-piu", acl=TUTTO)
        caller = called_by(gpadmin, acl=DI_UTENZE)

        caller.put("/operatori/di-piu", {"domini": [DOMINIO], "password": "Rubata-2026"}, 403)
        caller.patch("/operatori/di-piu", deletes("/tipiPendenza", "*"), 403)

    def test_of_a_ruolo_just_made_elsewhere_are_known(self, gpadmin):
        caller = called_by(gpadmin, acl=DI_UTENZE)
        caller.get("/operatori")
        kept = repository.write_of(RuoloUtenza(id_ruolo="Nuovo", acl=TUTTO), None)
        kept.item.save()

        caller.put("/operatori/furbo", {"domini": [DOMINIO], "ruoli": ["Nuovo"]}, 403)

    def test_of_a_ruolo_grow_by_ones_own_only(self, gpadmin):
        caller = called_by(gpadmin, domini=("*",), acl=DI_UTENZE)
        own = {"servizio": "Anagrafica Ruoli", "autorizzazioni": ["R"]}

        caller.put("/ruoli/Nuovo", {"acl": [ACL_PAGAMENTI]}, 403)
        caller.put("/ruoli/Nuovo", {"acl": [own]}, 201)
        caller.patch("/ruoli/Operatore", adds("/acl", {**ACL_PAGAMENTI, "autorizzazioni": ["R", "W"]}), 403)
        caller.patch("/ruoli/Operatore", adds("/acl", own), 200)

    def test_of_ones_own_may_be_kept_while_a_password_changes(self, gpadmin):
        caller = called_by(gpadmin, acl=DI_UTENZE)
        acl = [{"servizio": acl.servizio, "autorizzazioni": ["R", "W"]} for acl in DI_UTENZE]
        body = {"domini": [DOMINIO], "tipiPendenza": ["*"], "acl": acl, "password": "Cambiata-2026"}

        caller.put("/operatori/di-a", body, 200)

        caller.as_("di-a", "Cambiata-2026").get("/profilo")
