"""The variants `header`, `sslheader` and `spid`: who the reverse proxy of the ente says is calling, and who may say so."""

import base64
from dataclasses import replace

import pytest

from chalicelib.anagrafica.queries import Registry
from chalicelib.kernel.refusals import NotAuthenticated
from chalicelib.kernel.utenze import NESSUNO, TipoUtenza
from chalicelib.rest import proxy
from chalicelib.rest.auth import Credentials, authenticate
from chalicelib.settings import Settings, SettingsError, settings
from tests.builders_anagrafica import A2A_COMUNE, PRINCIPAL_COMUNE, seed_comune

DN = "CN=proxy.comune.example,O=Comune di Esempio,C=IT"
PASSWORD = "Proxy-2026"
CODICE = "RSSMRA80A01H501U"
SPID = {"x-spid-fiscalnumber": f"TINIT-{CODICE}", "x-spid-name": "Mario", "x-spid-familyname": "Rossi"}
NAMED = {"x-govpay-principal": PRINCIPAL_COMUNE}
VARIANTS = [("spid", SPID), ("header", NAMED), ("sslheader", {"x-ssl-client-subject": "CN=Gestionale,C=IT"})]


def basic(user="proxy", password=PASSWORD):
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def certificate(subject=DN):
    return {"identity": {"clientCert": {"subjectDN": subject}}}


@pytest.fixture
def trusted(aws, now, monkeypatch):
    """Name two proxies: one with a certificate, one with a password."""
    seed_comune(now)
    configured = replace(settings(), proxy_principals=(DN, "proxy", "senza-segreto"))
    monkeypatch.setattr(proxy, "settings", lambda: configured)
    monkeypatch.setattr(Credentials, "registry", Registry())
    monkeypatch.setattr(
        Credentials, "secret", lambda *known: known in {("proxy/proxy", PASSWORD), ("proxy/altro", PASSWORD)}
    )


@pytest.mark.usefixtures("trusted")
class TestATrustedProxy:
    @pytest.mark.parametrize(("headers", "context"), [(basic(), {}), ({}, certificate())], ids=["basic", "ssl"])
    def test_names_a_citizen(self, headers, context):
        utenza = authenticate("spid", {**SPID, **headers}, context)

        assert (utenza.tipo, utenza.codice_fiscale, utenza.nome) == (TipoUtenza.CITTADINO, CODICE, "Mario Rossi")

    def test_names_an_applicazione(self):
        assert authenticate("header", {**NAMED, **basic()}, {}).id_a2a == A2A_COMUNE

    def test_names_nobody_that_is_not_registered(self):
        with pytest.raises(NotAuthenticated):
            authenticate("header", {"x-govpay-principal": "nessuno", **basic()}, {})

    @pytest.mark.parametrize("codice", ["", "RSSMRA80A01H501X", "TINIT-80012000826", f"{CODICE},{CODICE}", "*"])
    def test_names_no_citizen_without_a_codice_fiscale(self, codice):
        with pytest.raises(NotAuthenticated):
            authenticate("spid", {**SPID, "x-spid-fiscalnumber": codice, **basic()}, {})

    def test_is_no_caller_itself(self):
        with pytest.raises(NotAuthenticated):
            authenticate("basic", basic(), {})


@pytest.mark.usefixtures("trusted")
class TestWhoeverIsNoTrustedProxy:
    @pytest.mark.parametrize(("variant", "named"), VARIANTS)
    @pytest.mark.parametrize(
        ("headers", "context"),
        [
            ({}, {}),
            (basic(password="sbagliata"), {}),
            (basic(password=""), {}),
            (basic(user="altro"), {}),
            (basic(user="senza-segreto"), {}),
            (basic(user=DN), {}),
            ({}, certificate("CN=altro")),
            ({}, certificate(DN + ",OU=altro")),
            (basic(), certificate("CN=altro")),
            ({"x-api-key": PASSWORD, "x-app-id": "proxy"}, {}),
        ],
    )
    def test_names_nobody(self, variant, named, headers, context):
        with pytest.raises(NotAuthenticated):
            authenticate(variant, {**named, **headers}, context)


class TestNoProxy:
    @pytest.mark.parametrize(("variant", "named"), VARIANTS)
    @pytest.mark.parametrize(("headers", "context"), [(basic(), {}), ({}, certificate())], ids=["basic", "ssl"])
    def test_is_trusted_until_it_is_named(self, monkeypatch, variant, named, headers, context):
        monkeypatch.setattr(Credentials, "secret", lambda *known: known == ("proxy/proxy", PASSWORD))

        with pytest.raises(NotAuthenticated):
            authenticate(variant, {**named, **headers}, context)


class TestACitizen:
    def test_is_nobody_to_who_reads_the_log_and_has_no_ente(self):
        utenza = proxy.cittadino({**SPID, "x-spid-email": "mario@esempio.it"})

        assert utenza is not None
        assert (utenza.principal, utenza.domini, utenza.acl) == ("spid", NESSUNO, {})
        assert utenza.email == "mario@esempio.it"

    def test_may_have_no_name(self):
        utenza = proxy.cittadino({"x-spid-fiscalnumber": CODICE.lower()})

        assert utenza is not None
        assert utenza.nome == CODICE


class TestTheSettings:
    def test_name_the_proxies_and_their_headers(self):
        env = {"GOVPAY_PROXY": f"{DN}; proxy ;", "GOVPAY_HEADER_CODICE_FISCALE": "X-CF"}

        read = Settings.from_env(env)

        assert read.proxy_principals == (DN, "proxy")
        assert (read.proxy_headers.codice_fiscale, read.proxy_headers.nome) == ("X-CF", "X-SPID-NAME")

    def test_refuse_what_is_no_header(self):
        with pytest.raises(SettingsError, match="GOVPAY_HEADER_NOME"):
            Settings.from_env({"GOVPAY_HEADER_NOME": "X SPID"})
