"""What `govpay doctor` finds, part by part: a TLS server that cannot be trusted, tables that have changed, quotas."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chalicelib.anagrafica.coerenza import Gravita
from govpay import visita
from infra import templates

NOW = datetime.now(UTC)  # the clock of TLS is that of this machine
RESOURCES = templates.whole()["Resources"]


class Ca:
    """An authority that vouches for servers on this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.key, self.name = folder, ec.generate_private_key(ec.SECP256R1()), named("CA di prova")
        self.path = folder / "ca.pem"
        is_ca = x509.BasicConstraints(ca=True, path_length=None)
        made = certificate(self.name, self.name, self.key, self.key, ends=NOW + timedelta(days=90), extension=is_ca)
        self.path.write_bytes(made.public_bytes(serialization.Encoding.PEM))

    def server(self, *, ends: datetime, host: str = "127.0.0.1") -> Path:
        """Give a PEM with the certificate and the key of a server."""
        key = ec.generate_private_key(ec.SECP256R1())
        host_name: x509.GeneralName = x509.DNSName(host)
        if host[0].isdigit():
            host_name = x509.IPAddress(ip_address(host))
        names = x509.SubjectAlternativeName([host_name])
        made = certificate(named(host), self.name, key, self.key, ends=ends, extension=names)
        path = self.folder / f"{made.serial_number}.pem"
        unlocked = serialization.NoEncryption()
        own = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, unlocked)
        path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + own)
        return path


def named(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])


def certificate(
    subject: x509.Name, issuer: x509.Name, key: Any, signer: Any, *, ends: datetime, extension: x509.ExtensionType
) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=30))
        .not_valid_after(ends)
        .add_extension(extension, critical=False)
        .sign(signer, hashes.SHA256())
    )


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Ca:
    return Ca(tmp_path_factory.mktemp("ca"))


@contextmanager
def tls(pem: Path | None) -> Iterator[str]:
    """Serve handshakes with a certificate; None answers nothing that is TLS. Gives the URL."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                raw, _ = listening.accept()
            except OSError:
                return
            try:
                if pem is None:
                    raw.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                else:
                    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                    context.load_cert_chain(pem)
                    context.wrap_socket(raw, server_side=True).close()
            except OSError:
                continue
            finally:
                raw.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{listening.getsockname()[1]}/nodo"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)


@pytest.fixture
def trusted(ca: Ca, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine trusts the authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(ca.path))


class TestNodo:
    @pytest.mark.usefixtures("trusted")
    def test_is_well_where_the_handshake_succeeds_and_says_how_long_it_will(self, ca):
        with tls(ca.server(ends=NOW + timedelta(days=60, hours=1))) as url:
            found = visita._raggiunto("nodo", url, now=NOW)

        assert found.gravita is Gravita.INFO
        assert "scade fra 60 giorni" in found.problema

    @pytest.mark.usefixtures("trusted")
    def test_is_told_before_its_certificate_ends(self, ca):
        with tls(ca.server(ends=NOW + timedelta(days=9, hours=1))) as url:
            found = visita._raggiunto("nodo", url, now=NOW)

        assert found.gravita is Gravita.AVVISO
        assert "fra 9 giorni" in found.problema

    @pytest.mark.usefixtures("trusted")
    @pytest.mark.parametrize(
        ("changes", "words"),
        [({"ends": NOW - timedelta(days=1)}, "scaduto"), ({"host": "altro.example"}, "di un altro nome")],
    )
    def test_is_not_trusted_with_a_certificate_that_is_no_longer_or_not_its_own(self, ca, changes, words):
        with tls(ca.server(**({"ends": NOW + timedelta(days=60)} | changes))) as url:
            found = visita._raggiunto("nodo", url, now=NOW)

        assert found.gravita is Gravita.ERRORE
        assert words in found.problema

    def test_is_not_trusted_with_a_certificate_of_an_unknown_authority(self, ca):
        with tls(ca.server(ends=NOW + timedelta(days=60))) as url:
            found = visita._raggiunto("nodo", url, now=NOW)

        assert found.gravita is Gravita.ERRORE
        assert "autorità" in found.problema

    def test_is_not_reached_where_nobody_speaks_tls(self):
        with tls(None) as url:
            assert visita._raggiunto("nodo", url, now=NOW).gravita is Gravita.ERRORE


def properties_of(kind: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = RESOURCES[name]["Properties"]
    assert RESOURCES[name]["Type"] == kind
    return found


@pytest.mark.usefixtures("aws")
class TestRisorse:
    def test_are_as_declared(self):
        declared = properties_of("AWS::DynamoDB::Table", "EventiTable")

        assert visita._tabella(declared).gravita is Gravita.INFO

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"GlobalSecondaryIndexes": [{"IndexName": "nuovo", "KeySchema": []}]}, "manca l'indice nuovo"),
            ({"KeySchema": [{"AttributeName": "altra", "KeyType": "HASH"}]}, "chiavi"),
            ({"TimeToLiveSpecification": {"AttributeName": "altro", "Enabled": True}}, "TTL non attivo"),
            ({"TableName": "govpay-${Stage}-assente"}, "ResourceNotFoundException"),
        ],
    )
    def test_that_have_drifted_are_told(self, changes, words):
        found = visita._tabella(properties_of("AWS::DynamoDB::Table", "EventiTable") | changes)

        assert found.gravita is Gravita.ERRORE
        assert words in found.problema

    @pytest.mark.parametrize(
        ("changes", "words"),
        [({"VisibilityTimeout": 7}, "VisibilityTimeout"), ({"QueueName": "govpay-${Stage}-assente"}, "NonExistent")],
    )
    def test_that_are_queues_too(self, changes, words):
        declared = properties_of("AWS::SQS::Queue", "NotificheQueue")

        assert visita._coda(declared).gravita is Gravita.INFO
        found = visita._coda(declared | changes)
        assert found.gravita is Gravita.ERRORE
        assert words in found.problema


class Account:
    """The two calls that tell of an account's quotas, which the embedded AWS does not know."""

    def __init__(self, lambda_limit: int, resources: float, *, refused: bool = False) -> None:
        self.lambda_limit, self.resources, self.refused = lambda_limit, resources, refused

    def get_account_settings(self) -> dict[str, Any]:
        if self.refused:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetAccountSettings")
        return {"AccountLimit": {"ConcurrentExecutions": self.lambda_limit}}

    def get_paginator(self, _name: str) -> "Account":
        return self

    def paginate(self, **_given: str) -> list[dict[str, Any]]:
        return [{"Quotas": [{"QuotaName": "Resources per API", "Value": self.resources}]}]


class TestQuote:
    @pytest.mark.parametrize(
        ("account", "told"),
        [
            (Account(1000, 300.0), [Gravita.INFO, Gravita.INFO]),
            (Account(10, 300.0), [Gravita.AVVISO, Gravita.INFO]),
            (Account(1000, 200.0), [Gravita.INFO, Gravita.ERRORE]),
            (Account(0, 0.0, refused=True), [Gravita.AVVISO]),
        ],
    )
    def test_are_compared_with_what_we_need(self, monkeypatch, account, told):
        monkeypatch.setattr("boto3.client", lambda _service: account)

        assert [one.gravita for one in visita.quote(NOW)] == told
