"""The client of the ente's API against a real server on loopback."""

import datetime as dt
import ipaddress
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.anagrafica.model import Applicazione, AuthConnettore, Connettore, TipoAuth
from chalicelib.connettori import credenziali, indirizzi, trasporto
from chalicelib.kernel.exchange import Componente, Esito, Exchange, Ruolo
from chalicelib.notifiche.ente import EnteClient
from chalicelib.notifiche.model import Notifica
from chalicelib.pagamenti.model import TipoNotifica
from chalicelib.pagamenti.ports import EnteIrraggiungibile, Verifica
from tests.clock import NOW
from tests.ente_finto import EnteFinto, running

DOMINIO, IUV = "80012000826", "01000000000000112"


@pytest.fixture
def ente() -> Iterator[EnteFinto]:
    with running(EnteFinto(body=b'{"idPendenza": "1", "importo": 10.01}')) as server:
        yield server


@pytest.fixture
def seen() -> list[Exchange]:
    return []


@pytest.fixture
def client(seen: list[Exchange]) -> EnteClient:
    return EnteClient(recorder=seen.append, verifica_seconds=4, notifica_seconds=4)


def an_applicazione(url: str, **auth: Any) -> Applicazione:
    connettore = Connettore(url=url, auth=AuthConnettore(**auth))
    return Applicazione(id_a2a="A2A-COMUNE", principal="comune", servizio_integrazione=connettore)


def a_notifica(**other: Any) -> Notifica:
    values: dict[str, Any] = {
        "tipo": TipoNotifica.RICEVUTA,
        "id_a2a": "A2A-COMUNE",
        "id_pendenza": "P-1",
        "id_dominio": DOMINIO,
        "iuv": IUV,
        "ccp": "ccp/1",
        "causa": "R-1",
        "creata": NOW,
        "aggiornata": NOW,
        "inizio": NOW,
        "prossima": NOW,
    }
    return Notifica(**{**values, **other})


def ask(client: EnteClient, applicazione: Applicazione) -> dict[str, Any] | None:
    return client.by_avviso(applicazione, id_dominio=DOMINIO, iuv=IUV, now=NOW)


class TestVerifica:
    def test_is_the_port_that_pagamenti_asks(self, client):
        port: Verifica = client

        assert port is client

    def test_gives_the_pendenza_with_its_amount_exact(self, client, ente):
        found = ask(client, an_applicazione(ente.url))

        assert found is not None
        assert str(found["importo"]) == "10.01"
        assert (ente.asked[0].metodo, ente.asked[0].path) == ("GET", f"/api/avvisi/{DOMINIO}/{IUV}")

    def test_asks_by_id_with_each_segment_encoded(self, client, ente):
        applicazione = replace(an_applicazione(ente.url + "/"), id_a2a="A2A ò")

        client.by_pendenza(applicazione, id_pendenza="a/b?c#d", now=NOW)

        assert ente.asked[0].path == "/api/pendenze/A2A%20%C3%B2/a%2Fb%3Fc%23d"

    def test_never_leaves_the_path_of_the_connector(self, client, ente):
        with pytest.raises(EnteIrraggiungibile, match="identificativo"):
            client.by_pendenza(an_applicazione(ente.url), id_pendenza="..", now=NOW)

        assert ente.asked == []

    def test_takes_404_as_a_pendenza_nobody_knows(self, client, ente):
        ente.stato = 404

        assert ask(client, an_applicazione(ente.url)) is None

    @pytest.mark.parametrize("stato", [400, 401, 403, 500, 503])
    def test_names_the_status_and_never_the_body(self, client, ente, stato):
        ente.stato, ente.body = stato, b'{"descrizione": "RSSMRA80A01H501U non trovato"}'

        with pytest.raises(EnteIrraggiungibile) as refused:
            ask(client, an_applicazione(ente.url))

        assert str(stato) in refused.value.motivo
        assert "RSSMRA" not in refused.value.motivo

    def test_follows_no_redirect(self, client, ente):
        ente.stato, ente.headers = 302, {"Location": f"{ente.url}/altrove"}

        with pytest.raises(EnteIrraggiungibile, match=r"reindirizzamento \(302\)"):
            ask(client, an_applicazione(ente.url))

        assert len(ente.asked) == 1

    @pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"<html>", b'{"importo": NaN}', b""])
    def test_refuses_what_is_not_json(self, client, ente, body):
        ente.body = body

        with pytest.raises(EnteIrraggiungibile, match="JSON non leggibile"):
            ask(client, an_applicazione(ente.url))

    def test_refuses_json_that_is_no_object(self, client, ente):
        ente.body = b"[]"

        with pytest.raises(EnteIrraggiungibile, match="non è un oggetto"):
            ask(client, an_applicazione(ente.url))

    def test_refuses_a_body_beyond_the_limit(self, client, ente):
        ente.body = b'{"x": "' + b"x" * trasporto.MAX_BODY + b'"}'

        with pytest.raises(EnteIrraggiungibile, match="supera"):
            ask(client, an_applicazione(ente.url))

    def test_does_not_wait_beyond_its_budget(self, ente, seen):
        ente.mute = True

        with pytest.raises(EnteIrraggiungibile, match="entro 400 ms"):
            # Enough to connect on a busy machine: it is the answer that must not be waited for.
            ask(EnteClient(recorder=seen.append, verifica_seconds=0.4), an_applicazione(ente.url))

        assert seen[0].esito is Esito.FAIL
        assert seen[0].durata_ms < 1000

    @pytest.mark.parametrize("connection", ["keep-alive", "close"])
    def test_cuts_off_who_sends_a_byte_now_and_then(self, ente, seen, connection):
        ente.dribble, ente.body = True, b'{"x": "' + b"x" * 10_000 + b'"}'
        ente.headers = {"Connection": connection}

        with pytest.raises(EnteIrraggiungibile, match="entro 100 ms"):
            ask(EnteClient(recorder=seen.append, verifica_seconds=0.1), an_applicazione(ente.url))

        assert seen[0].durata_ms < 2000

    def test_says_so_when_nobody_listens(self, client):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{free.getsockname()[1]}"

        with pytest.raises(EnteIrraggiungibile, match="non accetta connessioni"):
            ask(client, an_applicazione(url))

    def test_needs_a_connector(self, client):
        with pytest.raises(EnteIrraggiungibile, match="servizio di integrazione"):
            ask(client, Applicazione(id_a2a="A", principal="a"))

    @pytest.mark.parametrize("url", ["ftp://ente.example", "http://", "non-una-url"])
    def test_refuses_an_address_that_is_none(self, client, url):
        with pytest.raises(EnteIrraggiungibile):
            ask(client, an_applicazione(url))

    def test_keeps_the_connection_alive(self, client, ente):
        ask(client, an_applicazione(ente.url))
        ask(client, an_applicazione(ente.url))

        assert ente.asked[0].client_address == ente.asked[1].client_address

    def test_keeps_no_cookie(self, client, ente):
        ente.headers = {"Set-Cookie": "sessione=1"}
        ask(client, an_applicazione(ente.url))
        ask(client, an_applicazione(ente.url))

        assert "Cookie" not in ente.asked[1].headers


class TestRecording:
    def test_tells_of_the_exchange_without_the_credentials(self, client, ente, seen):
        ask(client, an_applicazione(ente.url, tipo=TipoAuth.BASIC, username="govpay", password="segreta"))

        exchange = seen[0]
        assert (exchange.componente, exchange.ruolo, exchange.tipo_evento, exchange.esito) == (
            Componente.API_ENTE,
            Ruolo.CLIENT,
            "getAvviso",
            Esito.OK,
        )
        assert (exchange.about.id_dominio, exchange.about.iuv) == (DOMINIO, IUV)
        assert exchange.risposta.payload == ente.body
        assert "Authorization" not in exchange.richiesta.headers

    def test_names_the_operations_of_the_contract(self, client, ente, seen):
        client.by_pendenza(an_applicazione(ente.url), id_pendenza="1", now=NOW, id_dominio="80012000826", iuv="01")
        for tipo in TipoNotifica:
            client.notify(Connettore(url=ente.url), a_notifica(tipo=tipo), b"{}", now=NOW)

        assert (seen[0].about.id_dominio, seen[0].about.iuv) == ("80012000826", "01")
        names = [exchange.tipo_evento for exchange in seen]
        assert names == [
            "verifyPendenza",
            "notifyPagamento",
            "notifyPagamento",
            "deletePagamento",
            "deletePagamento",
        ]

    @pytest.mark.parametrize(("stato", "esito"), [(201, Esito.OK), (404, Esito.KO), (500, Esito.FAIL)])
    def test_tells_a_refusal_from_a_failure(self, client, ente, seen, stato, esito):
        ente.stato = stato

        client.notify(Connettore(url=ente.url), a_notifica(), b"{}", now=NOW)

        assert seen[0].esito is esito


class TestNotify:
    def test_posts_the_body_where_the_contract_says(self, client, ente):
        told = a_notifica(id_session="S 1", id_sessione_portale="portale/7", id_carrello="c1")

        esito = client.notify(Connettore(url=ente.url), told, b'{"idA2A":"A"}', now=NOW)

        asked = ente.asked[0]
        assert esito.accolta
        query = "idSession=S+1&idSessionePortale=portale%2F7&idCarrello=c1"
        assert (asked.metodo, asked.path) == ("POST", f"/api/pagamenti/{DOMINIO}/{IUV}?{query}")
        assert asked.body == b'{"idA2A":"A"}'
        assert asked.headers["Content-Type"] == "application/json"

    def test_tells_of_an_annulment_with_the_ccp_in_the_path(self, client, ente):
        client.notify(Connettore(url=ente.url), a_notifica(tipo=TipoNotifica.ANNULLAMENTO), b"{}", now=NOW)

        assert ente.asked[0].path == f"/api/pagamenti/{DOMINIO}/{IUV}/ccp%2F1/annulla"

    @pytest.mark.parametrize("stato", [200, 201, 202, 204])
    def test_is_done_with_2xx(self, client, ente, stato):
        ente.stato, ente.body = stato, b""

        assert client.notify(Connettore(url=ente.url), a_notifica(), b"{}", now=NOW).accolta

    @pytest.mark.parametrize("stato", [301, 400, 401, 404, 409, 500])
    def test_is_not_done_with_anything_else(self, client, ente, stato):
        ente.stato = stato

        esito = client.notify(Connettore(url=ente.url), a_notifica(), b"{}", now=NOW)

        assert (esito.accolta, esito.incerta) == (False, False)
        assert str(stato) in esito.motivo

    def test_does_not_know_what_became_of_a_request_without_answer(self, ente):
        ente.mute = True

        esito = EnteClient(notifica_seconds=0.05).notify(Connettore(url=ente.url), a_notifica(), b"{}", now=NOW)

        assert (esito.accolta, esito.incerta) == (False, True)
        assert len(ente.asked) == 1


class TestCredentials:
    def test_are_a_user_and_a_password(self, client, ente):
        ente.refuse_unless = {"Authorization": "Basic Z292cGF5OnDDoHNz"}

        found = ask(client, an_applicazione(ente.url, tipo=TipoAuth.BASIC, username="govpay", password="pàss"))

        assert found is not None

    def test_are_a_header(self, client, ente):
        ente.refuse_unless = {"X-Ente-Chiave": "K"}

        applicazione = an_applicazione(ente.url, tipo=TipoAuth.HEADER, header_name="X-Ente-Chiave", header_value="K")

        assert ask(client, applicazione) is not None

    def test_are_an_api_key(self, client, ente):
        ente.refuse_unless = {"X-App-Id": "govpay", "X-Api-Key": "K"}

        assert ask(client, an_applicazione(ente.url, tipo=TipoAuth.API_KEY, api_id="govpay", api_key="K")) is not None

    def test_that_are_wrong_are_told_by_the_status(self, client, ente):
        ente.refuse_unless = {"X-Api-Key": "K"}

        with pytest.raises(EnteIrraggiungibile, match="401"):
            ask(client, an_applicazione(ente.url))

    def test_that_are_missing_are_named(self, client, ente):
        with pytest.raises(EnteIrraggiungibile, match="manca apiKey"):
            ask(client, an_applicazione(ente.url, tipo=TipoAuth.API_KEY, api_id="govpay"))

        assert ente.asked == []


class TestOAuth2:
    @pytest.fixture
    def tokens(self) -> Iterator[EnteFinto]:
        credenziali._tokens.clear()
        with running(EnteFinto(stato=200, body=b'{"access_token": "T1", "expires_in": 300}')) as server:
            yield server

    def an_applicazione(self, ente: EnteFinto, tokens: EnteFinto) -> Applicazione:
        return an_applicazione(
            ente.url,
            tipo=TipoAuth.OAUTH2,
            client_id="govpay",
            client_secret="segreto",
            url_token=f"{tokens.url}/token",
            scope="pendenze",
        )

    def test_asks_for_a_token_once_until_it_expires(self, client, ente, tokens):
        ente.refuse_unless = {"Authorization": "Bearer T1"}

        for _ in range(2):
            assert ask(client, self.an_applicazione(ente, tokens)) is not None

        assert [asked.body for asked in tokens.asked] == [b"grant_type=client_credentials&scope=pendenze"]
        assert tokens.asked[0].headers["Authorization"].startswith("Basic ")

    def test_asks_again_when_the_ente_does_not_accept_it(self, client, ente, tokens):
        ente.refuse_unless = {"Authorization": "Bearer T2"}
        with pytest.raises(EnteIrraggiungibile, match="401"):
            ask(client, self.an_applicazione(ente, tokens))
        tokens.body = b'{"access_token": "T2"}'

        assert ask(client, self.an_applicazione(ente, tokens)) is not None

    @pytest.mark.parametrize(("stato", "body"), [(400, b"{}"), (200, b"{}"), (200, b"x"), (200, b"[]")])
    def test_does_not_call_the_ente_without_a_token(self, client, ente, tokens, stato, body):
        tokens.stato, tokens.body = stato, body

        with pytest.raises(EnteIrraggiungibile, match="servizio dei token"):
            ask(client, self.an_applicazione(ente, tokens))

        assert ente.asked == []


@dataclass(frozen=True)
class Pki:
    """A CA of our own, with a server and a client that it vouches for. PEM."""

    ca: str
    server: tuple[str, str]
    client: tuple[str, str]


@pytest.fixture(scope="module")
def pki() -> Pki:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CA di prova")])

    def make(name: x509.Name, key: Any, *, is_ca: bool) -> tuple[str, str]:
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(ca_name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
            .not_valid_after(dt.datetime(2049, 1, 1, tzinfo=dt.UTC))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
            )
            .sign(ca_key, hashes.SHA256())
        )
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return certificate.public_bytes(serialization.Encoding.PEM).decode(), pem.decode()

    def of(common_name: str) -> tuple[str, str]:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        return make(name, ec.generate_private_key(ec.SECP256R1()), is_ca=False)

    return Pki(ca=make(ca_name, ca_key, is_ca=True)[0], server=of("ente"), client=of("govpay"))


class TestTls:
    @pytest.fixture
    def ente(self, pki: Pki, tmp_path: Path) -> Iterator[EnteFinto]:
        files = {"ca": pki.ca, "cert": pki.server[0], "key": pki.server[1]}
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "cert", tmp_path / "key")
        context.load_verify_locations(tmp_path / "ca")
        context.verify_mode = ssl.CERT_OPTIONAL
        with running(EnteFinto(), tls=context) as server:
            yield server

    @pytest.fixture
    def secrets(self, aws, pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
        from chalicelib.aws.clients import client as aws_client
        from chalicelib.settings import settings

        for name, value in (("ente/cert", pki.client[0]), ("ente/key", pki.client[1]), ("ente/ca", pki.ca)):
            aws_client("ssm").put_parameter(
                Name=settings().secrets_prefix + name, Value=value, Type="SecureString", Overwrite=True
            )

    def test_refuses_a_certificate_of_an_unknown_ca(self, client, ente):
        with pytest.raises(EnteIrraggiungibile, match="TLS"):
            ask(client, an_applicazione(ente.url))

        assert ente.asked == []

    def test_trusts_the_ca_of_the_connector(self, client, ente, pki):
        assert ask(client, an_applicazione(ente.url, ca=pki.ca)) == {}

    def test_does_not_wait_for_a_handshake_that_does_not_come(self, seen):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            url = f"https://127.0.0.1:{silent.getsockname()[1]}"

            with pytest.raises(EnteIrraggiungibile, match="entro 50 ms"):
                ask(EnteClient(recorder=seen.append, verifica_seconds=0.05), an_applicazione(url))

        assert seen[0].durata_ms < 1000

    def test_refuses_another_name_than_the_one_asked_for(self, client, ente, pki):
        url = ente.url.replace("127.0.0.1", "localhost")

        with pytest.raises(EnteIrraggiungibile, match="TLS"):
            ask(client, an_applicazione(url, ca=pki.ca))

    def test_shows_our_certificate(self, client, ente, secrets):
        applicazione = an_applicazione(
            ente.url, tipo=TipoAuth.SSL, certificate="ente/cert", private_key="ente/key", ca="ente/ca"
        )

        assert ask(client, applicazione) == {}

        assert ente.client_certificates[0]["subject"] == ((("commonName", "govpay"),),)

    def test_keeps_our_key_to_itself(self, secrets):
        auth = AuthConnettore(tipo=TipoAuth.SSL, certificate="ente/cert", private_key="ente/key")

        first, again = credenziali.certificate_of(auth), credenziali.certificate_of(auth)

        assert first is not None
        assert first == again
        assert {Path(name).stat().st_mode & 0o777 for name in first} == {0o600}
        assert Path(first[0]).parent.stat().st_mode & 0o777 == 0o700

    def test_names_the_secret_that_is_missing(self, client, ente, secrets):
        with pytest.raises(EnteIrraggiungibile, match="non esiste il segreto ente/assente"):
            ask(client, an_applicazione(ente.url, tipo=TipoAuth.SSL, certificate="ente/assente"))


class TestAddresses:
    """Deployed, a tenant's URL reaches nothing that is inside (GOVPAY_ALLOW_PRIVATE_URLS is not set)."""

    @pytest.fixture(autouse=True)
    def _production(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from chalicelib.settings import Settings

        monkeypatch.setattr(indirizzi, "settings", lambda: Settings(allow_private_urls=False))
        trasporto._session.cache_clear()

    @pytest.mark.parametrize(
        "address",
        [
            "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104
            "224.0.0.1", "::1", "fe80::1", "fd00:ec2::254", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "ff02::1",
        ],
    )  # fmt: skip
    def test_inside_are_not_public(self, address):
        assert not indirizzi.is_public(ipaddress.ip_address(address))

    @pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "64:ff9b::101:101"])
    def test_of_the_internet_are(self, address):
        assert indirizzi.is_public(ipaddress.ip_address(address))

    def test_inside_are_never_connected_to(self, client, ente):
        with pytest.raises(EnteIrraggiungibile, match="non è pubblico"):
            ask(client, an_applicazione(ente.url))

        assert ente.asked == []

    @pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]"])
    def test_inside_are_known_however_they_are_written(self, client, ente, host):
        url = ente.url.replace("127.0.0.1", host)

        with pytest.raises(EnteIrraggiungibile):
            ask(client, an_applicazione(url))

        assert ente.asked == []

    def test_that_change_between_look_and_use_gain_nothing(self, client, ente, monkeypatch):
        """DNS rebinding: whatever the name says the second time, the address that was checked is the one used."""
        answers = iter(["1.1.1.1", "127.0.0.1"])
        connected: list[Any] = []

        def resolve(_host: str, port: int, **_: Any) -> list[Any]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

        def connect(_sock: socket.socket, address: Any) -> None:
            connected.append(address[0])
            raise ConnectionRefusedError

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        monkeypatch.setattr(socket.socket, "connect", connect)

        with pytest.raises(EnteIrraggiungibile):
            ask(client, an_applicazione(ente.url.replace("127.0.0.1", "rebinding.example")))

        assert connected == ["1.1.1.1"]

    def test_of_one_name_share_the_time_of_one(self, client, ente, monkeypatch):
        timeouts: list[float] = []

        def connect(sock: socket.socket, _address: Any) -> None:
            timeouts.append(sock.gettimeout() or 0)
            raise TimeoutError

        answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"1.1.1.{last}", 80)) for last in range(3)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers)
        monkeypatch.setattr(socket.socket, "connect", connect)

        with pytest.raises(EnteIrraggiungibile, match="non accetta connessioni"):
            ask(client, an_applicazione("http://molti.example"))

        assert timeouts == sorted(timeouts, reverse=True)
        assert max(timeouts) <= indirizzi.CONNECT_SECONDS


class TestImporting:
    def test_costs_no_http_client_where_none_is_used(self):
        code = (
            "import sys, chalicelib.notifiche.operations, chalicelib.notifiche.ente; print('requests' in sys.modules)"
        )

        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)  # noqa: S603

        assert done.stdout.strip() == "False"
