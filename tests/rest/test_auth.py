"""Who is behind a credential: Basic, API key, client certificate, and nobody."""

import base64
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.anagrafica import operations, passwords, queries, repository, snapshot
from chalicelib.anagrafica.model import Applicazione, Operatore
from chalicelib.anagrafica.queries import Registry
from chalicelib.aws import secrets
from chalicelib.aws.clients import client
from chalicelib.aws.transactions import commit
from chalicelib.kernel import clock
from chalicelib.kernel.refusals import NotAllowed, NotAuthenticated
from chalicelib.kernel.utenze import ANONIMO, TipoUtenza
from chalicelib.rest.auth import Credentials, authenticate, basic_credentials, certificate_subject, normalized_subject
from tests.aws_calls import aws_calls
from tests.builders_anagrafica import (
    A2A_COMUNE,
    GPADMIN,
    PASSWORD_COMUNE,
    PRINCIPAL_COMUNE,
    an_altra_applicazione,
    an_applicazione,
    password_hash,
    seed_comune,
    there,
)
from tests.clock import NOW

DN = "CN=Gestionale,O=Comune di Esempio,C=IT"


def basic(user, password):
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def certificate(subject):
    return {"identity": {"clientCert": {"subjectDN": subject}}}


@pytest.fixture
def registry(aws, now, monkeypatch):
    seed_comune(now)
    registry = Registry()
    monkeypatch.setattr(Credentials, "registry", registry)
    return registry


@pytest.fixture
def hashings(monkeypatch):
    """Count the times that a password is really hashed."""
    counted = []
    original = passwords._scrypt

    def counting(password, salt):
        counted.append(salt)
        return original(password, salt)

    monkeypatch.setattr(passwords, "_scrypt", counting)
    return counted


@pytest.mark.usefixtures("registry")
class TestAuthenticate:
    def test_knows_an_applicazione_by_its_password(self):
        utenza = authenticate("basic", basic(PRINCIPAL_COMUNE, PASSWORD_COMUNE), {})

        assert (utenza.id_a2a, utenza.tipo) == (A2A_COMUNE, TipoUtenza.APPLICAZIONE)

    def test_knows_it_by_an_api_key_too(self):
        headers = {"x-app-id": PRINCIPAL_COMUNE, "x-api-key": PASSWORD_COMUNE}

        assert authenticate("apikey", headers, {}).id_a2a == A2A_COMUNE

    def test_knows_it_by_its_certificate_in_whatever_order(self):
        operations.put_applicazione(applicazione=an_applicazione(principal=DN))

        utenza = authenticate("ssl", {}, certificate("C=IT, O=Comune di Esempio, CN=Gestionale"))

        assert utenza.id_a2a == A2A_COMUNE

    def test_asks_nothing_of_the_public(self):
        assert authenticate("public", {}, {}) is ANONIMO

    @pytest.mark.parametrize(
        ("variant", "headers"),
        [
            ("basic", {}),
            ("basic", basic(PRINCIPAL_COMUNE, "sbagliata")),
            ("basic", basic("nessuno", PASSWORD_COMUNE)),
            ("basic", basic("", "")),
            ("basic", {"authorization": "Basic ###"}),
            ("basic", {"authorization": "Basic " + base64.b64encode(b"senza due punti").decode()}),
            ("basic", {"authorization": "Bearer x"}),
            ("apikey", {"x-app-id": PRINCIPAL_COMUNE}),
            ("ssl", {}),
            ("spid", basic(PRINCIPAL_COMUNE, PASSWORD_COMUNE)),
            ("", basic(PRINCIPAL_COMUNE, PASSWORD_COMUNE)),
        ],
    )
    def test_refuses_the_rest_with_401(self, variant, headers):
        with pytest.raises(NotAuthenticated, match="401"):
            authenticate(variant, headers, {})

    def test_refuses_a_certificate_with_one_attribute_more_or_less(self):
        operations.put_applicazione(applicazione=an_applicazione(principal=DN))

        for subject in (DN + ",OU=Altro", "CN=Gestionale,C=IT", "CN=gestionale,O=Comune di Esempio,C=IT", "comune"):
            with pytest.raises(NotAuthenticated):
                authenticate("ssl", {}, certificate(subject))

    def test_refuses_a_principal_without_a_password(self):
        operations.put_applicazione(
            applicazione=an_applicazione(id_a2a="A2A-SSL", principal="CN=Solo certificato", password_hash=None)
        )

        with pytest.raises(NotAuthenticated):
            authenticate("apikey", {"x-app-id": "CN=Solo certificato", "x-api-key": "x"}, {})

    def test_refuses_everybody_where_there_is_no_registry(self, monkeypatch):
        monkeypatch.setattr(Credentials, "registry", None)

        for variant in ("basic", "apikey", "ssl"):
            headers = {**basic("a", "b"), "x-app-id": "a", "x-api-key": "b"}
            with pytest.raises(NotAuthenticated):
                authenticate(variant, headers, certificate(DN))


class TestRegistry:
    def test_refuses_a_disabled_utenza_however_it_proves_itself(self, registry):
        operations.put_applicazione(applicazione=an_applicazione(principal=DN, abilitato=False))
        operations.put_applicazione(applicazione=an_altra_applicazione(abilitato=False))

        with pytest.raises(NotAllowed, match="403000"):
            registry.by_subject(DN)
        with pytest.raises(NotAllowed, match="403000"):
            registry.by_password("altra", "Altra-2026")

    def test_does_not_tell_who_is_disabled_without_the_right_password(self, registry):
        operations.put_applicazione(applicazione=an_altra_applicazione(abilitato=False))

        assert registry.by_password("altra", "sbagliata") is None

    def test_hashes_a_right_password_once_in_a_while(self, registry, hashings):
        for _ in range(3):
            assert registry.by_password(PRINCIPAL_COMUNE, PASSWORD_COMUNE)
        assert len(hashings) == 1

        registry.forget()
        registry.by_password(PRINCIPAL_COMUNE, PASSWORD_COMUNE)
        assert len(hashings) == 2

    def test_hashes_again_when_what_it_remembers_is_old(self, registry, hashings, monkeypatch):
        registry.by_password(PRINCIPAL_COMUNE, PASSWORD_COMUNE)
        clock = time.monotonic()
        monkeypatch.setattr("time.monotonic", lambda: clock + 121)

        registry.by_password(PRINCIPAL_COMUNE, PASSWORD_COMUNE)

        assert len(hashings) == 2

    def test_costs_the_same_for_an_unknown_principal_and_a_wrong_password(self, registry, hashings, monkeypatch):
        snapshot.applicazioni(), snapshot.operatori()
        reads = []
        original = repository.owner_of

        def counting(principal):
            reads.append(principal)
            return original(principal)

        monkeypatch.setattr(repository, "owner_of", counting)

        registry.by_password("nessuno", "x")
        unknown = len(hashings), len(reads)
        registry.by_password(PRINCIPAL_COMUNE, "x")

        assert unknown == (2, 1)
        assert (len(hashings), len(reads)) == (4, 2)
        change("Nuova-2026")
        snapshot.applicazioni(), snapshot.operatori()
        hashings.clear(), reads.clear()
        registry.by_password(PRINCIPAL_COMUNE, "x")
        assert (len(hashings), len(reads)) == unknown

    def test_forgets_a_password_that_was_changed(self, registry):
        assert registry.by_password(PRINCIPAL_COMUNE, PASSWORD_COMUNE)

        operations.put_applicazione(applicazione=an_applicazione(password_hash=password_hash("Nuova-2026")))

        assert registry.by_password(PRINCIPAL_COMUNE, PASSWORD_COMUNE) is None
        assert registry.by_password(PRINCIPAL_COMUNE, "Nuova-2026")

    def test_costs_no_call_once_an_applicazione_is_known(self, registry, monkeypatch):
        registry.by_password(PRINCIPAL_COMUNE, PASSWORD_COMUNE)
        for name in ("partition", "owner_of"):
            monkeypatch.setattr(repository, name, lambda key: pytest.fail(f"read {key}"))

        assert registry.by_password(PRINCIPAL_COMUNE, PASSWORD_COMUNE).id_a2a == A2A_COMUNE

    def test_reads_of_a_new_process_only_what_an_applicazione_needs(self, registry, monkeypatch):
        snapshot.forget()
        reads = []
        partition, owner_of = repository.partition, repository.owner_of

        def read(pk):
            reads.append(pk)
            return partition(pk)

        def owner(principal):
            reads.append(principal)
            return owner_of(principal)

        monkeypatch.setattr(repository, "partition", read)
        monkeypatch.setattr(repository, "owner_of", owner)

        assert registry.by_password(PRINCIPAL_COMUNE, PASSWORD_COMUNE)
        assert reads == ["applicazioni", PRINCIPAL_COMUNE]

    def test_follows_a_principal_from_one_utenza_to_another(self, registry):
        operations.put_applicazione(applicazione=an_applicazione(principal="comune-2"))
        operations.put_applicazione(applicazione=an_altra_applicazione(principal=PRINCIPAL_COMUNE))

        assert registry.by_password(PRINCIPAL_COMUNE, PASSWORD_COMUNE) is None
        assert registry.by_password(PRINCIPAL_COMUNE, "Altra-2026").id_a2a == "A2A-ALTRA"
        assert registry.by_password("comune-2", PASSWORD_COMUNE).id_a2a == A2A_COMUNE
        assert registry.by_password("altra", "Altra-2026") is None

    def test_knows_at_once_who_was_registered_by_another_process(self, registry):
        snapshot.applicazioni(), snapshot.operatori()
        nuova = an_applicazione(id_a2a="A2A-NUOVA", principal="nuova")
        owner = repository.Owner("applicazione", "A2A-NUOVA")
        claim = repository.writes_of_principal(owner, new="nuova", old=None, name="principal")
        commit([repository.write_of(nuova, None), *claim])

        assert registry.by_password("nuova", PASSWORD_COMUNE).id_a2a == "A2A-NUOVA"


def change(password, *, now=NOW, **other):
    """Register the applicazione of the comune again, with a password or without."""
    hashed = None if password is None else passwords.hash_password(password)
    chi = an_applicazione(password_hash=hashed, **other)
    operations.put_applicazione(applicazione=chi, password=password, now=now)


class TestAPasswordThatIsChanged:
    NEW, NEWER = "Nuova-2026", "Nuovissima-2026"

    @pytest.fixture
    def registry(self, registry, monkeypatch):
        monkeypatch.setattr(passwords, "_N", 16)  # what a hash costs is proved above
        change(PASSWORD_COMUNE, now=None)
        return registry

    def enters(self, registry, *tried):
        return [registry.by_password(PRINCIPAL_COMUNE, password) is not None for password in tried]

    def test_leaves_the_one_before_right_for_a_day(self, registry, monkeypatch):
        change(self.NEW)

        assert self.enters(registry, self.NEW, PASSWORD_COMUNE, "sbagliata") == [True, True, False]
        monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=24, milliseconds=-1))
        assert self.enters(registry, self.NEW, PASSWORD_COMUNE) == [True, True]
        monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=24))
        assert self.enters(registry, self.NEW, PASSWORD_COMUNE) == [True, False]

    def test_leaves_no_more_than_the_one_before(self, registry):
        assert self.enters(registry, PASSWORD_COMUNE) == [True]
        change(self.NEW)
        change(self.NEWER, now=NOW + timedelta(minutes=1))

        assert self.enters(registry, self.NEWER, self.NEW, PASSWORD_COMUNE) == [True, True, False]

    def test_is_the_same_when_it_is_said_again(self, registry, monkeypatch):
        change(self.NEW)
        before = repository.find(Applicazione, A2A_COMUNE)
        change(self.NEW, now=NOW + timedelta(hours=3))
        change(None, now=NOW + timedelta(hours=4))

        assert repository.find(Applicazione, A2A_COMUNE).value == before.value
        assert self.enters(registry, self.NEW, PASSWORD_COMUNE) == [True, True]
        monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=24))
        assert self.enters(registry, PASSWORD_COMUNE) == [False]

    def test_is_alone_once_its_utenza_was_disabled(self, registry):
        change(self.NEW)
        change(None, abilitato=False)
        with pytest.raises(NotAllowed):
            registry.by_password(PRINCIPAL_COMUNE, self.NEW)
        assert self.enters(registry, PASSWORD_COMUNE) == [False]

        change(self.NEWER)

        assert self.enters(registry, self.NEWER, self.NEW, PASSWORD_COMUNE) == [True, False, False]

    def test_is_alone_with_another_principal(self, registry):
        change(self.NEW, principal="comune-2")

        assert registry.by_password("comune-2", self.NEW)
        assert registry.by_password("comune-2", PASSWORD_COMUNE) is None

    def test_stays_with_the_one_before_when_rights_are_changed(self, registry):
        change(self.NEW)

        operations.patch_applicazione(id_a2a=A2A_COMUNE, change=lambda before: before)

        assert self.enters(registry, self.NEW, PASSWORD_COMUNE) == [True, True]

    def test_of_an_operatore_is_alone(self, registry):
        ada = Operatore(principal="ada", ragione_sociale="Ada", password_hash=passwords.hash_password(PASSWORD_COMUNE))
        operations.put_operatore(operatore=ada)
        operations.put_operatore(operatore=replace(ada, password_hash=passwords.hash_password(self.NEW)))

        assert registry.by_password("ada", PASSWORD_COMUNE) is None

    def test_costs_no_call_while_the_one_before_is_used(self, registry, hashings):
        change(self.NEW)
        self.enters(registry, PASSWORD_COMUNE)
        hashings.clear()

        with aws_calls() as calls:
            assert self.enters(registry, PASSWORD_COMUNE) == [True]

        assert (calls, hashings) == ([], [])


class TestFirstAdministrator:
    @pytest.fixture
    def empty(self, aws):
        secrets.forget()
        queries.forget()
        ssm = client("ssm")
        ssm.put_parameter(
            Name="/govpay/test/gpadmin/password", Value="Prima-volta-2026", Type="SecureString", Overwrite=True
        )
        yield
        ssm.delete_parameter(Name="/govpay/test/gpadmin/password")
        secrets.forget()

    def test_enters_a_new_installation_with_the_password_of_its_secrets(self, empty):
        utenza = Registry().by_password(GPADMIN, "Prima-volta-2026")

        assert utenza is not None
        assert utenza.domini.tutti
        assert len(utenza.acl) == 9
        assert queries.tipo_pendenza("LIBERO") is not None

    def test_does_not_enter_with_another(self, empty):
        assert Registry().by_password(GPADMIN, "sbagliata") is None
        assert Registry().by_password("nessuno", "Prima-volta-2026") is None

    def test_is_nobody_where_there_is_no_secret(self, aws):
        queries.forget()

        assert Registry().by_password(GPADMIN, "") is None
        assert repository.find(Operatore, GPADMIN) is None

    def test_keeps_the_password_it_was_given_later(self, empty):
        Registry().by_password(GPADMIN, "Prima-volta-2026")
        admin = there(repository.find(Operatore, GPADMIN)).value
        operations.put_operatore(operatore=replace(admin, password_hash=password_hash("Cambiata-2026")))

        assert Registry().by_password(GPADMIN, "Prima-volta-2026") is None
        assert Registry().by_password(GPADMIN, "Cambiata-2026") is not None


class TestReadingCredentials:
    def test_a_password_may_have_colons(self):
        assert basic_credentials(basic("comune", "a:b:c")) == ("comune", "a:b:c")

    def test_a_context_without_certificate_has_no_subject(self):
        assert certificate_subject({}) is None
        assert certificate_subject({"identity": {"clientCert": None}}) is None


class TestSubject:
    def test_is_the_same_in_any_order_and_form(self):
        written = normalized_subject("CN=Nodo,O=PagoPA,C=IT")

        assert written == normalized_subject("C=IT, CN=Nodo, O=PagoPA") == normalized_subject("/C=IT/O=PagoPA/CN=Nodo")

    @pytest.mark.parametrize("forged", ["CN=Nodo/O=PagoPA,C=IT", r"CN=Nodo\,O=PagoPA,C=IT"])
    def test_does_not_take_a_part_of_a_value_for_an_attribute(self, forged):
        assert normalized_subject(forged) != normalized_subject("CN=Nodo,O=PagoPA,C=IT")
