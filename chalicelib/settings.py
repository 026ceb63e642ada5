"""Settings: the environment, read and checked once. The only reader of os.environ."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

_STAGE = re.compile(r"[a-z][a-z0-9-]{0,15}")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
_MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,255}", re.ASCII)
VERSIONE = "0.1.0"
_CHECKOUT_URL = "https://api.platform.pagopa.it/checkout/ec/v1"
_APP_IO_URL = "https://api.io.pagopa.it/api/v1"
_BIZ_EVENTS_URL = "https://api.platform.pagopa.it/bizevents/service/v1"


# By categoria of the eventi (kernel.exchange.Categoria).
_RETENTION = {
    "INTERFACCIA": "GOVPAY_EVENTI_RETENTION_INTERFACCIA_DAYS",
    "INTERNO": "GOVPAY_EVENTI_RETENTION_INTERNO_DAYS",
    "UTENTE": "GOVPAY_EVENTI_RETENTION_UTENTE_DAYS",
}


class SettingsError(ValueError):
    """The environment does not make sense; the function must not start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyHeaders:
    """The headers in which a reverse proxy says who the caller is: each may have another name."""

    principal: str = "X-GovPay-Principal"
    subject: str = "X-SSL-Client-Subject"
    codice_fiscale: str = "X-SPID-FISCALNUMBER"
    nome: str = "X-SPID-NAME"
    cognome: str = "X-SPID-FAMILYNAME"
    email: str = "X-SPID-EMAIL"

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read the names.

        :raises SettingsError: naming the variable that is wrong
        """
        variables = {
            "principal": "GOVPAY_HEADER_PRINCIPAL",
            "subject": "GOVPAY_HEADER_SUBJECT",
            "codice_fiscale": "GOVPAY_HEADER_CODICE_FISCALE",
            "nome": "GOVPAY_HEADER_NOME",
            "cognome": "GOVPAY_HEADER_COGNOME",
            "email": "GOVPAY_HEADER_EMAIL",
        }
        named = {name: env[variable] for name, variable in variables.items() if env.get(variable)}
        for name, header in named.items():
            if not _HEADER.fullmatch(header):
                raise SettingsError(f"{variables[name]}: il nome di un'intestazione HTTP")
        return cls(**named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment says.

    `bucket_suffix` makes bucket names unique in AWS (the account id); `secrets_prefix` is the path in SSM Parameter
    Store under which the secrets lie, see README. Times are seconds.

    `proxy_principals` are the reverse proxies that may say who the caller is (a certificate subject, or a name with a
    password), in `proxy_headers`; without one the variants of authentication that need it are closed.

    `base_url` is where browsers reach us: a cart of Checkout cannot be made without it. `timeout_pagamento_minuti` is
    how long a payment under way keeps another of the same pendenza away (0: not at all).

    `mail_from` is who promemoria by mail come from, an identity of SES; without it none is planned.
    """

    stage: str = "local"
    ambiente: str = "sviluppo"
    bucket_suffix: str = "000000000000"
    base_url: str = ""
    admin_principal: str = "gpadmin"
    proxy_principals: tuple[str, ...] = ()
    proxy_headers: ProxyHeaders = ProxyHeaders()
    nav_sonda: str = "0" * 18
    anagrafica_cache_seconds: int = 60
    credentials_cache_seconds: int = 120
    verifica_budget_ms: int = 1500
    timeout_pagamento_minuti: int = 30
    checkout_url: str = _CHECKOUT_URL
    biz_events_url: str = _BIZ_EVENTS_URL
    mail_from: str = ""
    app_io_url: str = _APP_IO_URL
    eventi_retention_days: int = 365
    eventi_retention_of: Mapping[str, int] = field(default_factory=dict)
    log_letture: bool = False
    allow_private_urls: bool = False

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read the environment.

        :raises SettingsError: naming the variable that is wrong
        """
        stage = env.get("GOVPAY_STAGE", "local")
        if not _STAGE.fullmatch(stage):
            raise SettingsError("GOVPAY_STAGE: minuscole, cifre e trattini, al più 16 caratteri")
        return cls(
            stage=stage,
            ambiente=env.get("GOVPAY_AMBIENTE", "sviluppo" if stage == "local" else "produzione"),
            bucket_suffix=env.get("GOVPAY_BUCKET_SUFFIX", "000000000000"),
            base_url=env.get("GOVPAY_BASE_URL", "").rstrip("/"),
            admin_principal=env.get("GOVPAY_ADMIN_PRINCIPAL", "gpadmin"),
            proxy_principals=tuple(p.strip() for p in env.get("GOVPAY_PROXY", "").split(";") if p.strip()),
            proxy_headers=ProxyHeaders.from_env(env),
            anagrafica_cache_seconds=_whole(env, "GOVPAY_ANAGRAFICA_CACHE_SECONDS", 60, 0, 60),
            credentials_cache_seconds=_whole(env, "GOVPAY_CREDENTIALS_CACHE_SECONDS", 120, 0, 300),
            verifica_budget_ms=_whole(env, "GOVPAY_VERIFICA_BUDGET_MS", 1500, 100, 4000),
            timeout_pagamento_minuti=_whole(env, "GOVPAY_TIMEOUT_PAGAMENTO_MINUTI", 30, 0, 1440),
            biz_events_url=(env.get("GOVPAY_BIZ_EVENTS_URL") or _BIZ_EVENTS_URL).rstrip("/"),
            checkout_url=(env.get("GOVPAY_CHECKOUT_URL") or _CHECKOUT_URL).rstrip("/"),
            mail_from=_address(env, "GOVPAY_MAIL_FROM"),
            app_io_url=(env.get("GOVPAY_APP_IO_URL") or _APP_IO_URL).rstrip("/"),
            eventi_retention_days=_whole(env, "GOVPAY_EVENTI_RETENTION_DAYS", 365, 1, 3650),
            eventi_retention_of={
                categoria: _whole(env, name, 365, 1, 3650) for categoria, name in _RETENTION.items() if env.get(name)
            },
            log_letture=_flag(env, "GOVPAY_LOG_LETTURE"),
            allow_private_urls=_flag(env, "GOVPAY_ALLOW_PRIVATE_URLS"),
        )

    def retention_of(self, categoria: str) -> int:
        """Give for how many days eventi of a categoria are kept: its own, or those of all."""
        return self.eventi_retention_of.get(categoria, self.eventi_retention_days)

    @property
    def prefix(self) -> str:
        """Begin the name of every table, queue and bucket."""
        return f"govpay-{self.stage}-"

    @property
    def secrets_prefix(self) -> str:
        return f"/govpay/{self.stage}/"

    def bucket(self, name: str) -> str:
        return f"{self.prefix}{name}-{self.bucket_suffix}"


def _whole(env: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = env.get(name)
    if text is None or text == "":
        return default
    if not text.isdecimal() or not least <= int(text) <= most:
        raise SettingsError(f"{name}: un numero intero fra {least} e {most}")
    return int(text)


def _address(env: Mapping[str, str], name: str) -> str:
    text = env.get(name, "")
    if text and not _MAIL.fullmatch(text):
        raise SettingsError(f"{name}: un indirizzo di posta elettronica")
    return text


def _flag(env: Mapping[str, str], name: str) -> bool:
    text = env.get(name, "").lower()
    if text not in {"", "0", "1", "true", "false"}:
        raise SettingsError(f"{name}: true o false")
    return text in {"1", "true"}


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Give the settings of this process; they do not change while it lives."""
    return Settings.from_env(os.environ)
