"""JSON of the API: hardening, the captcha that an anonymous caller must pass (GovPay 3.9 API, configurazioneReCaptcha).

The secret key lies among the secrets of the stage, and nowhere else: a body that names it is held to that.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints

from chalicelib.anagrafica.configurazione import HARDENING, SEGRETO_CAPTCHA, Configurazione
from chalicelib.anagrafica.operations import MASK
from chalicelib.anagrafica.operations.pagopa import url_errors
from chalicelib.anagrafica.schemas.common import Text255, Url, storable
from chalicelib.aws.secrets import is_secret
from chalicelib.giornale.configurazioni.operations import Change
from chalicelib.kernel.refusals import FieldError, Semantica, Sintassi
from chalicelib.rest.schema import Body, parse_body
from chalicelib.settings import settings

_CHIAVE = "hardening.captcha.secretKey"
_MAX_MS = 600_000


class ChiaveNonCustodita(Semantica):
    codice = "SEMANTICA"


def _numero(value: Any) -> Any:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


_Millisecondi = Annotated[int, Field(ge=1, le=_MAX_MS)]


class _CaptchaBody(Body):
    serverURL: Url  # noqa: N815 - of the wire
    siteKey: Text255  # noqa: N815
    secretKey: Text255  # noqa: N815
    soglia: Annotated[Decimal, BeforeValidator(_numero), Field(ge=Decimal("0.1"), le=Decimal(1))]
    parametro: Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]
    denyOnFail: bool  # noqa: N815
    connectionTimeout: _Millisecondi  # noqa: N815
    readTimeout: _Millisecondi  # noqa: N815


class _HardeningBody(Body):
    abilitato: bool
    captcha: _CaptchaBody


def change_of_hardening(value: Any) -> Change:
    """Give the change: None, {} and what is only switched off put it back to none.

    The secret key is given whole the first time, and whenever the address it goes to is another.

    :raises Sintassi: SINTASSI, naming what is wrong in it
    :raises ChiaveNonCustodita: SEMANTICA, if the secret key is not the one that is kept; also when the change is made
    """
    if value in (None, {}) or _is_only_off(value):
        return lambda before: _with(before, None)
    try:
        body = parse_body(_HardeningBody, value)
    except Sintassi as error:
        raise Sintassi([FieldError(f"{HARDENING}.{one.campo}", one.motivo) for one in error.errors]) from None
    errors = list(url_errors("hardening.captcha.serverURL", body.captcha.serverURL))
    if errors:
        raise Sintassi(errors)
    if body.captcha.secretKey != MASK and not is_secret(SEGRETO_CAPTCHA, body.captcha.secretKey):
        name = settings().secrets_prefix + SEGRETO_CAPTCHA
        raise ChiaveNonCustodita(
            f"{_CHIAVE}: non è quella custodita fra i segreti; metterla in SSM Parameter Store, {name}, e riprovare."
        )
    new = storable(body.model_dump(exclude={"captcha": {"secretKey"}}))

    def change(before: Configurazione) -> Configurazione:
        # Whoever has only seen the mask sends the secret nowhere else.
        if body.captcha.secretKey == MASK and _address(before.sezione(HARDENING)) != body.captcha.serverURL:
            raise ChiaveNonCustodita(f"{_CHIAVE}: con un altro serverURL va indicata per intero.")
        return _with(before, new)

    return change


def _is_only_off(value: Any) -> bool:
    return isinstance(value, dict) and value.get("abilitato") is False and not value.get("captcha")


def hardening_json(section: Mapping[str, Any]) -> dict[str, Any]:
    """Show what is set; of the secret key only that there is one."""
    return {**section, "captcha": {**section["captcha"], "secretKey": MASK}}


def _address(section: Mapping[str, Any]) -> str | None:
    address: str | None = (section.get("captcha") or {}).get("serverURL")
    return address


def _with(before: Configurazione, new: Any) -> Configurazione:
    others = {key: one for key, one in before.sezioni.items() if key != HARDENING}
    return replace(before, sezioni=others if new is None else {**others, HARDENING: new})
