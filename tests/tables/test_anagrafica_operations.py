"""Registering: what is refused, what is kept, and what happens when two do it at once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from chalicelib.anagrafica import operations, queries, repository
from chalicelib.anagrafica.model import (
    Abilitazioni,
    AuthConnettore,
    Connettore,
    ConnettoreFtp,
    Dominio,
    Intermediario,
    Operatore,
    RuoloUtenza,
    ServizioFtp,
    ServizioPagoPa,
    TipoAuth,
    TipoEntrata,
)
from chalicelib.anagrafica.operations import MASK, PrincipalInUso
from chalicelib.anagrafica.operations.registration import SemanticaAnagrafica
from chalicelib.anagrafica.tables import AnagraficaItem
from chalicelib.aws.transactions import WriteConflict
from chalicelib.kernel.refusals import Semantica
from tests.builders_anagrafica import (
    A2A_COMUNE,
    DOMINIO,
    GPADMIN,
    IBAN_BANCA,
    INTERMEDIARIO,
    STAZIONE_V2,
    a_conto,
    a_dominio,
    a_stazione,
    a_tipo_entrata,
    a_tipo_pendenza,
    a_tipo_pendenza_dominio,
    an_applicazione,
    an_entrata,
    an_intermediario,
    an_operatore,
    an_unita,
    password_hash,
    seed_comune,
    there,
)

pytestmark = pytest.mark.usefixtures("comune")


@pytest.fixture
def comune(aws, now):
    seed_comune(now)


def basic_to(url="https://ente.example/a", password="segreta"):  # noqa: S107 - a sample
    return Connettore(url=url, auth=AuthConnettore(tipo=TipoAuth.BASIC, username="u", password=password))


class TestSeed:
    def test_registers_what_every_installation_has(self):
        assert there(repository.find(RuoloUtenza, "Amministratore")).value.acl[0].autorizzazioni == ("R", "W")
        assert len(there(repository.find(RuoloUtenza, "Amministratore")).value.acl) == 9
        assert [a.servizio for a in there(repository.find(RuoloUtenza, "Operatore")).value.acl] == [
            "Rendicontazioni e Incassi",
            "Pagamenti",
            "Pendenze",
            "Giornale degli Eventi",
        ]
        bollo = there(repository.find(TipoEntrata, "BOLLOT")).value
        assert (bollo.tipo_contabilita.codice, bollo.codice_contabilita) == ("9", "MBT")
        assert there(queries.tipo_pendenza("LIBERO")).abilitato
        assert there(queries.tipo_pendenza("BOLLOT")).abilitato
        assert there(repository.find(Operatore, GPADMIN)).value.abilitazioni == Abilitazioni(
            domini=("*",), tipi_pendenza=("*",), ruoli=("Amministratore",)
        )

    def test_changes_nothing_when_done_again(self):
        operations.put_tipo_entrata(tipo_entrata=a_tipo_entrata(id_entrata="BOLLOT", codice_contabilita="ALTRO"))
        operations.put_operatore(operatore=replace(there(repository.find(Operatore, GPADMIN)).value, abilitato=False))
        before = sorted((i.pk, i.sk, i.versione, i.documento) for i in AnagraficaItem.scan())

        operations.seed(password_hash=password_hash("Un-Altra-2026"))

        assert sorted((i.pk, i.sk, i.versione, i.documento) for i in AnagraficaItem.scan()) == before

    def test_may_be_done_by_two_at_once(self, aws, now):
        for item in AnagraficaItem.scan():
            item.delete()

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: operations.seed(password_hash=password_hash("Gpadmin-2026")), range(2)))

        assert repository.find(Operatore, GPADMIN) is not None
        assert there(repository.find(TipoEntrata, "BOLLOT")).versione == 1


class TestPut:
    def test_tells_a_creation_from_a_replacement(self):
        assert operations.put_dominio(dominio=a_dominio(id_dominio="00000000001")) is True
        assert operations.put_dominio(dominio=a_dominio(id_dominio="00000000001", ragione_sociale="Altro")) is False
        assert there(repository.find(Dominio, "00000000001")).versione == 2

    def test_creates_once_when_many_do_it_at_once(self):
        enti = [a_dominio(id_dominio="00000000001", ragione_sociale=f"Ente {n}") for n in range(2)]

        with ThreadPoolExecutor(2) as pool:
            created = list(pool.map(lambda ente: operations.put_dominio(dominio=ente), enti))

        assert sorted(created) == [False, True]
        assert there(repository.find(Dominio, "00000000001")).versione == 2

    def test_gives_up_with_409_when_others_are_always_faster(self, monkeypatch):
        def always_late(_):
            raise WriteConflict(["dominio"])

        monkeypatch.setattr("chalicelib.anagrafica.operations.registration.commit", always_late)

        with pytest.raises(WriteConflict, match="409"):
            operations.put_dominio(dominio=a_dominio())


class TestPutIntermediario:
    def test_refuses_addresses_that_are_not_public_all_at_once(self, monkeypatch, public_only):
        ftp = ConnettoreFtp(host="10.0.0.1", porta="22", username="u", password="p")
        intermediario = an_intermediario(
            servizio_pagopa=Connettore(url="http://nodo.pagopa.example"),
            url_avvisatura="https://localhost/x",
            servizi={ServizioPagoPa.FR: Connettore(url="https://169.254.169.254/")},
            servizio_ftp=ServizioFtp(lettura=ftp, scrittura=replace(ftp, host="ftp.pagopa.it")),
        )

        with pytest.raises(SemanticaAnagrafica) as refused:
            operations.put_intermediario(intermediario=intermediario)

        assert [error.campo for error in refused.value.errors] == [
            "servizioPagoPa.urlRPT",
            "servizioPagoPa.urlAvvisatura",
            "servizioPagoPaFR.url",
            "servizioFtp.ftp_lettura.host",
        ]


class TestPutStazione:
    def test_refuses_an_intermediario_that_is_not_registered(self):
        with pytest.raises(Semantica, match="SEMANTICA: idIntermediario: l'intermediario 99999999999 non è censito"):
            operations.put_stazione(stazione=a_stazione(id_stazione="99999999999_01", id_intermediario="99999999999"))

    def test_refuses_an_id_of_another_intermediario(self):
        with pytest.raises(Semantica, match="idStazione: deve cominciare con 12345678901_"):
            operations.put_stazione(stazione=a_stazione(id_stazione="99999999999_01"))


class TestPutDominio:
    def test_refuses_all_that_does_not_add_up_at_once(self):
        with pytest.raises(SemanticaAnagrafica) as refused:
            operations.put_dominio(dominio=a_dominio(id_stazione="12345678901_99", segregation_code=None))

        assert [str(error) for error in refused.value.errors] == [
            "stazione: la stazione 12345678901_99 non è censita",
            "segregationCode: è obbligatorio quando auxDigit è 3",
        ]

    def test_wants_a_stazione_unless_the_ente_is_not_intermediato(self):
        with pytest.raises(Semantica, match="stazione: è obbligatoria"):
            operations.put_dominio(dominio=a_dominio(id_stazione=None))

        assert operations.put_dominio(dominio=a_dominio(id_stazione=None, intermediato=False)) is False

    def test_may_change_numbering_and_stazione(self):
        operations.put_dominio(dominio=a_dominio(aux_digit="0", segregation_code=None, id_stazione="12345678901_01"))

        assert there(queries.dominio(DOMINIO)).dominio.aux_digit == "0"

    def test_keeps_the_logo_apart(self):
        png = "iVBORw0KGgo="
        operations.put_dominio(dominio=a_dominio(logo=png))

        assert there(queries.dominio(DOMINIO)).dominio.logo is None
        assert there(queries.dominio(DOMINIO)).dominio.con_logo
        assert there(queries.logo(DOMINIO)).content_type == "image/png"

        operations.put_dominio(dominio=a_dominio(), keep_logo=True)
        assert queries.logo(DOMINIO) is not None
        assert there(queries.dominio(DOMINIO)).dominio.con_logo

        operations.put_dominio(dominio=a_dominio())
        assert queries.logo(DOMINIO) is None
        assert not there(queries.dominio(DOMINIO)).dominio.con_logo


class TestPutOfADominio:
    def test_refuses_a_dominio_that_is_not_registered(self):
        nowhere = {"id_dominio": "99999999999"}
        for refused in (
            lambda: operations.put_unita(unita=an_unita(**nowhere)),
            lambda: operations.put_conto(conto=a_conto(**nowhere)),
            lambda: operations.put_entrata(entrata=an_entrata(**nowhere)),
            lambda: operations.put_tipo_pendenza_dominio(tipo=a_tipo_pendenza_dominio(**nowhere)),
        ):
            with pytest.raises(Semantica, match="SEMANTICA: idDominio: il dominio 99999999999 non è censito"):
                refused()

    def test_refuses_an_unita_by_the_name_of_the_ente(self):
        with pytest.raises(Semantica, match="idUnita: EC è l'ente stesso"):
            operations.put_unita(unita=an_unita(id_unita="EC"))

    def test_refuses_an_iban_with_wrong_check_digits(self):
        with pytest.raises(Semantica, match=r"ibanAccredito: IT61X.* non è un IBAN valido"):
            operations.put_conto(conto=a_conto(iban="IT61X0542811101000000123456"))

    def test_refuses_a_bank_account_said_to_be_postal(self):
        with pytest.raises(Semantica, match=r"postale: IT60X.* non è un conto di Poste Italiane"):
            operations.put_conto(conto=a_conto(postale=True))

    def test_refuses_an_entrata_to_accounts_and_of_a_tipo_nobody_knows(self):
        with pytest.raises(SemanticaAnagrafica) as refused:
            operations.put_entrata(entrata=an_entrata(id_entrata="IMU", iban_accredito="IT00A", iban_appoggio="IT00B"))

        assert [error.campo for error in refused.value.errors] == ["idEntrata", "ibanAccredito", "ibanAppoggio"]

    def test_wants_an_account_but_for_the_marca_da_bollo(self):
        with pytest.raises(Semantica, match="ibanAccredito: è obbligatorio"):
            operations.put_entrata(entrata=an_entrata(iban_accredito=None))

        assert operations.put_entrata(entrata=an_entrata(id_entrata="BOLLOT", iban_accredito=None)) is False

    def test_refuses_a_tipo_pendenza_nobody_knows(self):
        with pytest.raises(Semantica, match="idTipoPendenza: il tipo pendenza IMU non è censito"):
            operations.put_tipo_pendenza_dominio(tipo=a_tipo_pendenza_dominio(id_tipo_pendenza="IMU"))

    def test_refuses_to_forward_to_an_applicazione_nobody_knows(self):
        with pytest.raises(Semantica, match="inoltro: l'applicazione A2A-X non è censita"):
            operations.put_tipo_pendenza(tipo_pendenza=a_tipo_pendenza(dettagli={"inoltro": "A2A-X"}))
        with pytest.raises(Semantica, match=r"portalePagamento\.inoltro: l'applicazione A2A-X non è censita"):
            operations.put_tipo_pendenza_dominio(
                tipo=a_tipo_pendenza_dominio(dettagli={"portalePagamento": {"inoltro": "A2A-X"}})
            )


class TestPutApplicazione:
    def test_refuses_all_that_is_wrong_at_once(self, public_only):
        with pytest.raises(SemanticaAnagrafica) as refused:
            operations.put_applicazione(
                applicazione=an_applicazione(
                    abilitazioni=Abilitazioni(
                        domini=("99999999999", DOMINIO), tipi_pendenza=("IMU", "*"), ruoli=("Capo",)
                    ),
                    servizio_integrazione=Connettore(url="https://127.0.0.1/"),
                    codifica_avvisi=replace(an_applicazione().codifica_avvisi, reg_exp_iuv="(a+)+"),
                )
            )

        assert [str(error) for error in refused.value.errors] == [
            "domini: il dominio 99999999999 non è censito",
            "tipiPendenza: il tipo pendenza IMU non è censito",
            "ruoli: il ruolo Capo non è censito",
            "servizioIntegrazione.url: non può indicare un host interno o privato",
            "codificaAvvisi.regExpIuv: non può ripetere un gruppo fra parentesi",
        ]

    def test_keeps_the_password_that_is_not_said_again(self):
        operations.put_applicazione(applicazione=an_applicazione(password_hash=None))

        assert there(queries.applicazione(A2A_COMUNE)).password_hash == an_applicazione().password_hash


class TestSecrets:
    def test_are_kept_where_the_mask_comes_back(self):
        operations.put_applicazione(applicazione=an_applicazione(servizio_integrazione=basic_to()))

        operations.put_applicazione(
            applicazione=an_applicazione(servizio_integrazione=basic_to(url="https://ente.example/b", password=MASK))
        )

        kept = there(queries.applicazione(A2A_COMUNE)).servizio_integrazione
        assert kept is not None
        assert (kept.url, kept.auth.password) == ("https://ente.example/b", "segreta")

    def test_are_asked_again_for_another_address(self):
        operations.put_applicazione(applicazione=an_applicazione(servizio_integrazione=basic_to()))

        with pytest.raises(Semantica, match=r"servizioIntegrazione\.auth\.password: non c'è un valore da conservare"):
            operations.put_applicazione(
                applicazione=an_applicazione(
                    servizio_integrazione=basic_to(url="https://altrove.example/a", password=MASK)
                )
            )

    def test_are_not_made_of_a_mask(self):
        ftp = ConnettoreFtp(host="ftp.pagopa.it", porta="22", username="u", password=MASK)

        with pytest.raises(SemanticaAnagrafica) as refused:
            operations.put_intermediario(
                intermediario=an_intermediario(
                    id_intermediario="99999999999",
                    servizio_pagopa=Connettore(url="https://nodo.example", subscription_key=MASK),
                    servizi={ServizioPagoPa.FR: basic_to(password=MASK)},
                    servizio_ftp=ServizioFtp(lettura=ftp, scrittura=replace(ftp, password="nuova")),
                )
            )

        assert [error.campo for error in refused.value.errors] == [
            "servizioPagoPa.subscriptionKey",
            "servizi.servizioPagoPaFR.auth.password",
            "servizioFtp.ftp_lettura.password",
        ]
        assert repository.find(Intermediario, "99999999999") is None

    def test_of_a_stazione_and_of_the_services_of_pagopa_are_kept_too(self):
        servizi = {ServizioPagoPa.FR: Connettore(url="https://fr.example", subscription_key="k")}
        operations.put_intermediario(intermediario=an_intermediario(servizi=servizi))

        operations.put_stazione(stazione=a_stazione(password=MASK))
        operations.put_intermediario(
            intermediario=an_intermediario(
                servizi={ServizioPagoPa.FR: replace(servizi[ServizioPagoPa.FR], subscription_key=MASK)}
            )
        )

        assert there(queries.stazione(STAZIONE_V2)).password == "stazione-02"
        assert there(queries.intermediario(INTERMEDIARIO)).servizi[ServizioPagoPa.FR].subscription_key == "k"


class TestPrincipal:
    def test_is_of_one_applicazione_only(self):
        with pytest.raises(PrincipalInUso, match="SEMANTICA: principal: comune è già"):
            operations.put_applicazione(applicazione=an_applicazione(id_a2a="A2A-NUOVA"))

        assert queries.applicazione("A2A-NUOVA") is None

    def test_is_of_an_applicazione_or_of_an_operatore(self):
        with pytest.raises(PrincipalInUso):
            operations.put_operatore(operatore=an_operatore(principal="comune"))
        with pytest.raises(PrincipalInUso):
            operations.put_applicazione(applicazione=an_applicazione(principal=GPADMIN))

    def test_is_free_once_its_owner_has_another(self):
        operations.put_applicazione(applicazione=an_applicazione(principal="comune-2"))

        assert operations.put_operatore(operatore=an_operatore(principal="comune")) is True
        with pytest.raises(PrincipalInUso):
            operations.put_applicazione(applicazione=an_applicazione(principal="comune"))

    def test_is_the_same_subject_in_whatever_order(self):
        operations.put_applicazione(applicazione=an_applicazione(principal="CN=Gestionale,O=Comune"))

        with pytest.raises(PrincipalInUso):
            operations.put_operatore(operatore=an_operatore(principal="O=Comune, CN=Gestionale"))
        assert operations.put_applicazione(applicazione=an_applicazione(principal="O=Comune,CN=Gestionale")) is False

    def test_goes_to_one_of_two_who_claim_it_at_once(self):
        def claim(n):
            try:
                operations.put_applicazione(applicazione=an_applicazione(id_a2a=f"A2A-{n}", principal="conteso"))
            except PrincipalInUso:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(claim, range(2))) == [False, True]

    def test_needs_one_write_when_it_stays(self, monkeypatch):
        commits = []
        monkeypatch.setattr(
            "chalicelib.anagrafica.operations.registration.commit", lambda writes: commits.append(len(writes))
        )

        operations.put_applicazione(applicazione=an_applicazione(api_pagamenti=False))

        assert commits == [1]


class TestDefaults:
    def test_an_account_may_be_of_two_enti(self):
        assert IBAN_BANCA in there(queries.dominio(DOMINIO)).conti
        assert IBAN_BANCA in there(queries.dominio("80012000827")).conti


@pytest.fixture
def public_only(monkeypatch):
    from chalicelib.settings import settings

    monkeypatch.setattr(
        "chalicelib.anagrafica.operations.pagopa.settings", lambda: replace(settings(), allow_private_urls=False)
    )
