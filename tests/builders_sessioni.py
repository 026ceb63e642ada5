"""Payments that a portal starts: the application that serves them, pagoPA that answers as told, carts to send."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from chalice.test import Client

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.aws.clients import client as aws_client
from chalicelib.kernel import clock
from chalicelib.kernel.exchange import Exchange
from chalicelib.nodo.endpoint import routes as nodo_routes
from chalicelib.pagamenti import repository as pagamenti
from chalicelib.pagamenti.ports import EsitoInvio, Ports, RispostaCarrello
from chalicelib.pagamenti.routes import routes as pagamenti_routes
from chalicelib.pagamenti.sessioni import queries, repository, schemas, sequel
from chalicelib.pagamenti.sessioni.connector import routes as connector_routes
from chalicelib.pagamenti.sessioni.model import Carrello, EsitoRitorno, Sessione
from chalicelib.pagamenti.sessioni.routes import routes as sessioni_routes
from chalicelib.pendenze import iuv as numbers
from chalicelib.pendenze import repository as pendenze
from chalicelib.pendenze.model import Pendenza
from chalicelib.pendenze.ports import Ports as PendenzePorts
from chalicelib.pendenze.routes import routes as pendenze_routes
from chalicelib.rest.application import GovPayApp
from chalicelib.rest.auth import Credentials
from chalicelib.rest.operation import Edge
from chalicelib.settings import settings
from tests import builders_anagrafica as sample
from tests.builders_pagamenti import DOMINIO, IUV, NAV, a_pendenza
from tests.clock import NOW
from tests.doubles_pagamenti import EnteFinto, ports
from tests.nodo.calls import PASSWORD_PAGOPA
from tests.rest.pendenze_app import REGISTRY, Chiamante

TODAY = NOW
PAGAMENTO = "/govpay/frontend/api/pagamento/rs/basic/v1"
PUBLIC = "/govpay/frontend/api/pagamento/rs/public/v1"
BACKOFFICE = "/govpay/backend/api/backoffice/rs/basic/v1"
CONNECTOR = "/govpay/frontend/web/connector"
RITORNO = "https://portale.comune.example/esito?pratica=7"
COMUNE = (sample.PRINCIPAL_COMUNE, sample.PASSWORD_COMUNE)
ALTRA = (sample.PRINCIPAL_ALTRA, sample.PASSWORD_ALTRA)
GPADMIN = (sample.GPADMIN, sample.PASSWORD_GPADMIN)
REDIRECT_CHECKOUT = "https://checkout.pagopa.example/c/1234"
REDIRECT_WISP = "https://wisp.pagopa.example/redirect?idSession=sessione-del-nodo-1"
VERSANTE = {"tipo": "F", "identificativo": "VRDLGI80A01H501Z", "anagrafica": "Luigi Verdi", "email": "luigi@esempio.it"}


@dataclass
class PagoPaFinto:
    """Takes carts, by either way, and answers as told; `meanwhile` happens before its answer arrives."""

    risposta: RispostaCarrello
    carts: list[Carrello] = field(default_factory=list)
    ripetuti: list[bool] = field(default_factory=list)
    meanwhile: Callable[[Carrello], None] = lambda _carrello: None

    def invia(self, carrello: Carrello, *, ripetuto: bool, now: datetime) -> RispostaCarrello:
        self.carts.append(carrello)
        self.ripetuti.append(ripetuto)
        self.meanwhile(carrello)
        return self.risposta


def accolto(redirect: str = REDIRECT_CHECKOUT, id_session: str | None = None) -> RispostaCarrello:
    return RispostaCarrello(esito=EsitoInvio.ACCETTATA, redirect=redirect, id_session=id_session)


def rifiutato(fault_code: str | None = "PPT_SEMANTICA") -> RispostaCarrello:
    return RispostaCarrello(esito=EsitoInvio.RIFIUTATA, fault_code=fault_code, descrizione="Errore semantico")


def incerto(fault_code: str | None = None) -> RispostaCarrello:
    return RispostaCarrello(esito=EsitoInvio.SCONOSCIUTO, fault_code=fault_code, descrizione="nessuna risposta")


@cache
def portal_app() -> GovPayApp:
    app = GovPayApp(app_name="govpay-portale")
    app.api.binary_types = ["application/pdf", "application/octet-stream"]
    for blueprint in (sessioni_routes, connector_routes, pagamenti_routes, pendenze_routes, nodo_routes):
        app.register_blueprint(blueprint)
    return app


@dataclass
class Portale:
    """The application with the comune in it, and all that is outside of it."""

    client: Client
    checkout: PagoPaFinto
    wisp: PagoPaFinto
    ente: EnteFinto
    recorded: list[Exchange] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)

    def as_(self, credentials: tuple[str, str] | None) -> Chiamante:
        return Chiamante(self.client, credentials)

    @property
    def comune(self) -> Chiamante:
        return self.as_(COMUNE)

    @property
    def gpadmin(self) -> Chiamante:
        return self.as_(GPADMIN)

    @property
    def anonimo(self) -> Chiamante:
        return self.as_(None)

    def pay(self, body: Any = None, *, base: str = PAGAMENTO, as_: Any = COMUNE, **query: Any) -> Any:
        return self.as_(as_).call("POST", f"{base}/pagamenti", body or a_cart(), **query)

    def come_back(self, sessione: Sessione, esito: str | None = "OK", *, way: str = "checkout") -> Any:
        query = {"idSession": sessione.id_session or ""} | ({} if esito is None else {"esito": esito})
        if sessione.segreto is not None and esito in EsitoRitorno.__members__:
            query["firma"] = sequel.firma_of(sessione, EsitoRitorno(esito))
        return self.as_(None).call("GET", f"{CONNECTOR}/{way}", **query)


@contextmanager
def portale() -> Iterator[Portale]:
    """Join the application to doubles of what is outside of AWS, register the sample, and give both back."""
    sample.seed_comune(TODAY)
    numbers.forget()
    path = f"{settings().secrets_prefix}nodo/{sample.PRINCIPAL_PAGOPA}"
    aws_client("ssm").put_parameter(Name=path, Value=PASSWORD_PAGOPA, Type="SecureString", Overwrite=True)
    app, ente = portal_app(), EnteFinto()
    with Client(app) as client, ports(ente=ente):
        joined = Portale(
            client,
            checkout=PagoPaFinto(accolto()),
            wisp=PagoPaFinto(accolto(REDIRECT_WISP, "sessione-del-nodo-1")),
            ente=ente,
        )
        with (
            patch.object(Ports, "checkout", joined.checkout, create=True),
            patch.object(Ports, "wisp", joined.wisp, create=True),
            patch.object(clock, "pause", joined.waited.append),
            patch.object(Credentials, "registry", REGISTRY),
            patch.object(Edge, "recorder", joined.recorded.append),
            patch.object(Edge, "current_request", staticmethod(lambda: app.current_request), create=True),
            patch.object(PendenzePorts, "pagamenti_of", staticmethod(schemas.pagamenti_of)),
            patch.object(PendenzePorts, "pendenze_of_pagamento", staticmethod(queries.pendenze_of)),
        ):
            yield joined
    numbers.forget()


def stored(pendenza: Pendenza | None = None, **other: Any) -> Pendenza:
    """Store a position, unpaid and due in a month unless said otherwise."""
    due = {"data_scadenza": (TODAY + timedelta(days=30)).date(), **other}
    return pendenze.save(None, replace(pendenza or a_pendenza(), versione=0, **due))


def another(number: int, **other: Any) -> Pendenza:
    """Give another position of the comune."""
    return a_pendenza(
        **{
            "id_pendenza": f"TARI-2026-{number:04d}",
            "iuv": f"0100000000000{number:04d}",
            "numero_avviso": f"30100000000000{number:04d}",
            **other,
        }
    )


def classic(**other: Any) -> Pendenza:
    """Give a position of the dominio whose stazione is V1."""
    return a_pendenza(
        **{
            "id_dominio": sample.ALTRO_DOMINIO,
            "id_pendenza": "UNIONE-0001",
            "iuv": "100000000000126",
            "numero_avviso": "001100000000000126",
            **other,
        }
    )


def riferimento(pendenza: Pendenza | None = None) -> dict[str, Any]:
    pendenza = pendenza or a_pendenza()
    return {"idA2A": pendenza.id_a2a, "idPendenza": pendenza.id_pendenza}


def avviso(**other: Any) -> dict[str, Any]:
    return {"idDominio": DOMINIO, "numeroAvviso": NAV, **other}


def completa(**other: Any) -> dict[str, Any]:
    """Give a pendenza whole, as this contract has it."""
    return {
        "idA2A": sample.A2A_COMUNE,
        "idPendenza": "PORTALE-0001",
        "idDominio": DOMINIO,
        "causale": "Diritti di segreteria",
        "soggettoPagatore": {"tipo": "F", "identificativo": "RSSMRA80A01H501U", "anagrafica": "Mario Rossi"},
        "importo": 12.5,
        "voci": [{"idVocePendenza": "v1", "importo": 12.5, "descrizione": "Diritti", "codEntrata": sample.TARI}],
        **other,
    }


def a_cart(*pendenze_: dict[str, Any], **other: Any) -> dict[str, Any]:
    """Give the body of POST /pagamenti: the one stored position, by its id, unless said otherwise."""
    return {"pendenze": list(pendenze_) or [riferimento()], "urlRitorno": RITORNO, **other}


def session_of(answer: Any) -> Sessione:
    """Give the session that an answer tells of."""
    found = repository.get(answer.json["id"])
    assert found is not None
    return found


def attempt_of(sessione: Sessione, number: int = 0) -> Any:
    """Give the attempt of a session as stored."""
    tentativo = sessione.tentativi[number]
    return pagamenti.load(tentativo.id_dominio, tentativo.iuv).rpp_of(tentativo.ccp)


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def put_dominio(**other: Any) -> None:
    anagrafica.put_dominio(dominio=sample.a_dominio(**other))


__all__ = ["DOMINIO", "IUV", "NAV"]
