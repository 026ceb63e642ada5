"""Services we call: where they are and how we prove who we are. Secrets come in; out goes only that there is one."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from chalicelib.anagrafica.model import AuthConnettore, Connettore, ConnettoreFtp, ServizioFtp, TipoAuth
from chalicelib.anagrafica.schemas.common import Camel, Text255, Url, masked, present
from chalicelib.rest.schema import formato

Porta = Annotated[str, formato(r"^[0-9]{1,5}$", "deve avere da 1 a 5 cifre")]
# What each way of proving who we are must say (GovPay 3.1 and 3.9 API 3.4), and by which field it is recognised.
_REQUIRED = {
    TipoAuth.HEADER: ("headerName", "headerValue"),
    TipoAuth.API_KEY: ("apiId", "apiKey"),
    TipoAuth.OAUTH2: ("clientId", "clientSecret", "urlTokenEndpoint"),
    TipoAuth.SSL: ("tipo", "tsLocation", "tsPassword"),
    TipoAuth.BASIC: ("username", "password"),
}
_SSL = ("tipo", "ksType", "tsType", "sslType")


class AuthBody(Camel):
    """One of five ways, told apart by the fields that are there."""

    username: Text255 | None = None
    password: Text255 | None = None
    header_name: Text255 | None = None
    header_value: Text255 | None = None
    api_id: Text255 | None = None
    api_key: Text255 | None = None
    client_id: Text255 | None = None
    client_secret: Text255 | None = None
    url_token_endpoint: Url | None = None
    scope: Text255 | None = None
    tipo: Literal["Client", "Server"] | None = None
    ks_location: Text255 | None = None
    ks_password: Text255 | None = None
    ks_type: Literal["JKS"] | None = None
    ks_pkey_passwd: Text255 | None = Field(default=None, alias="ksPKeyPasswd")
    ts_location: Text255 | None = None
    ts_password: Text255 | None = None
    ts_type: Literal["JKS"] | None = None
    ssl_type: Literal["SSL", "SSLv3", "TLS", "TLSv1", "TLSv1.1", "TLSv1.2"] | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        given = self.given()
        missing = [name for name in _REQUIRED[self.kind()] if name not in given]
        if given.get("tipo") == "Client" and "ksLocation" not in given:
            missing.append("ksLocation")
        if missing:
            raise ValueError(f"mancano {', '.join(missing)}")
        return self

    def given(self) -> dict[str, str]:
        return self.model_dump(by_alias=True, exclude_none=True)

    def kind(self) -> TipoAuth:
        given = self.given()
        return next((tipo for tipo, names in _REQUIRED.items() if set(names) & given.keys()), TipoAuth.BASIC)

    def to_model(self) -> AuthConnettore:
        given = self.given()
        return AuthConnettore(
            tipo=self.kind(),
            username=self.username,
            password=self.password,
            header_name=self.header_name,
            header_value=self.header_value,
            api_id=self.api_id,
            api_key=self.api_key,
            client_id=self.client_id,
            client_secret=self.client_secret,
            url_token=self.url_token_endpoint,
            scope=self.scope,
            certificate=self.ks_location,
            private_key=self.ks_location,
            ca=self.ts_location,
            key_store_password=self.ks_password,
            key_password=self.ks_pkey_passwd,
            trust_store_password=self.ts_password,
            ssl={name: given[name] for name in _SSL if name in given},
        )


def auth_json(auth: AuthConnettore) -> dict[str, Any] | None:
    if auth.tipo is TipoAuth.NONE:
        return None
    return present(
        username=auth.username,
        password=masked(auth.password),
        headerName=auth.header_name,
        headerValue=masked(auth.header_value),
        apiId=auth.api_id,
        apiKey=masked(auth.api_key),
        clientId=auth.client_id,
        clientSecret=masked(auth.client_secret),
        urlTokenEndpoint=auth.url_token,
        scope=auth.scope,
        ksLocation=auth.certificate,
        ksPassword=masked(auth.key_store_password),
        ksPKeyPasswd=masked(auth.key_password),
        tsLocation=auth.ca,
        tsPassword=masked(auth.trust_store_password),
        **auth.ssl,
    )


class ConnettoreBody(Camel):
    """The API of an ente that we call. REST v1 is the only one we speak."""

    url: Url
    versione_api: Literal["REST v1"] | None = None
    auth: AuthBody | None = None

    def to_model(self) -> Connettore:
        return Connettore(url=self.url, versione_api=self.versione_api or "REST v1", auth=auth_of(self.auth))


class ServizioPagoPaBody(Camel):
    """A service of pagoPA beside the Nodo (3.9)."""

    url: Url
    auth: AuthBody | None = None
    subscription_key: Text255 | None = None
    abilita_gde: bool | None = Field(default=None, alias="abilitaGDE")

    def to_model(self) -> Connettore:
        return Connettore(
            url=self.url,
            auth=auth_of(self.auth),
            subscription_key=self.subscription_key,
            abilita_gde=self.abilita_gde,
        )


class ServizioNodoBody(Camel):
    url_rpt: Url = Field(alias="urlRPT")
    url_avvisatura: Url | None = None
    auth: AuthBody | None = None
    subscription_key: Text255 | None = None

    def to_model(self) -> Connettore:
        return Connettore(url=self.url_rpt, auth=auth_of(self.auth), subscription_key=self.subscription_key)


class ConnettoreFtpBody(Camel):
    host: Text255
    porta: Porta
    username: Text255
    password: Text255

    def to_model(self) -> ConnettoreFtp:
        return ConnettoreFtp(host=self.host, porta=self.porta, username=self.username, password=self.password)


class ServizioFtpBody(Camel):
    lettura: ConnettoreFtpBody = Field(alias="ftp_lettura")
    scrittura: ConnettoreFtpBody = Field(alias="ftp_scrittura")

    def to_model(self) -> ServizioFtp:
        return ServizioFtp(lettura=self.lettura.to_model(), scrittura=self.scrittura.to_model())


def auth_of(body: AuthBody | None) -> AuthConnettore:
    return body.to_model() if body else AuthConnettore()


def connettore_json(connettore: Connettore) -> dict[str, Any]:
    return present(url=connettore.url, versioneApi=connettore.versione_api, auth=auth_json(connettore.auth))


def servizio_pagopa_json(connettore: Connettore) -> dict[str, Any]:
    return present(
        url=connettore.url,
        auth=auth_json(connettore.auth),
        subscriptionKey=masked(connettore.subscription_key),
        abilitaGDE=connettore.abilita_gde,
    )


def servizio_nodo_json(connettore: Connettore, url_avvisatura: str | None) -> dict[str, Any]:
    return present(
        urlRPT=connettore.url,
        urlAvvisatura=url_avvisatura,
        auth=auth_json(connettore.auth),
        subscriptionKey=masked(connettore.subscription_key),
    )


def servizio_ftp_json(ftp: ServizioFtp) -> Mapping[str, Any]:
    return {"ftp_lettura": _ftp_json(ftp.lettura), "ftp_scrittura": _ftp_json(ftp.scrittura)}


def _ftp_json(ftp: ConnettoreFtp) -> dict[str, Any]:
    return present(host=ftp.host, porta=ftp.porta, username=ftp.username, password=masked(ftp.password))
