"""The captcha of who comes without credentials (GovPay 3.9 API, hardening): its service says whether it was passed.

Services are those of reCAPTCHA's siteverify (secret and response in a form; success and, of some, score in the answer).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self
from urllib.parse import urlencode

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica.configurazione import HARDENING, SEGRETO_CAPTCHA
from chalicelib.aws.secrets import get_secret
from chalicelib.kernel.refusals import NotAllowed, Sintassi
from chalicelib.kernel.utenze import TipoUtenza
from chalicelib.rest import json_text, log
from chalicelib.rest.operation import Call

# However long the configurazione lets the service take: a citizen waits, and a Lambda is paid for.
MAX_SECONDS = 5.0
_MAX_RISPOSTA = 8_192  # characters; those of reCAPTCHA have some two thousand
_OK = 200
# Codes that blame our key, not who was asked.
_COLPA_NOSTRA = frozenset({"missing-input-secret", "invalid-input-secret"})


class CaptchaNonSuperato(NotAllowed):
    codice = "403000"


class _NonVerificato(Exception):
    """The service did not say whether the captcha was passed. `motivo` is Italian."""

    def __init__(self, motivo: str) -> None:
        self.motivo = motivo
        super().__init__(motivo)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Captcha:
    server_url: str
    parametro: str
    soglia: Decimal
    deny_on_fail: bool
    seconds: float

    @classmethod
    def of(cls, section: Mapping[str, Any]) -> Self:
        return cls(
            server_url=section["serverURL"],
            parametro=section["parametro"],
            soglia=Decimal(str(section["soglia"])),
            deny_on_fail=section["denyOnFail"],
            seconds=min((section["connectionTimeout"] + section["readTimeout"]) / 1000, MAX_SECONDS),
        )


def check_captcha(call: Call) -> None:
    """Let an anonymous caller by only if their captcha was passed, where the installation asks for one.

    If its service does not say, denyOnFail decides. One of which it gives no score is passed if it says so.

    :raises CaptchaNonSuperato: 403000
    """
    if call.utenza.tipo is not TipoUtenza.ANONIMO:
        return
    hardening = anagrafica.configurazione().sezione(HARDENING)
    if not hardening.get("abilitato"):
        return
    captcha = _Captcha.of(hardening["captcha"])
    risposta = call.text(captcha.parametro) or call.headers.get(captcha.parametro.lower())
    if not risposta or len(risposta) > _MAX_RISPOSTA:
        raise CaptchaNonSuperato(f"Manca la risposta del captcha: indicarla nel parametro {captcha.parametro}.")
    try:
        passed = _is_passed(captcha, risposta)
    except _NonVerificato as error:
        log.warning(
            "captcha non verificato", risorsa=call.path, id_transazione=call.id_transazione, errore=error.motivo
        )
        if captcha.deny_on_fail:
            raise CaptchaNonSuperato("Il captcha non può essere verificato in questo momento: riprovare.") from error
        return
    if not passed:
        raise CaptchaNonSuperato("Il captcha non è stato superato, o è scaduto: ripeterlo e inviare la nuova risposta.")


def _is_passed(captcha: _Captcha, risposta: str) -> bool:
    said = _ask(captcha, risposta)
    if said["success"] is not True:
        codes = said.get("error-codes")
        if isinstance(codes, list) and any(code in _COLPA_NOSTRA for code in codes if isinstance(code, str)):
            raise _NonVerificato("il servizio non riconosce la chiave segreta")
        return False
    score = said.get("score")
    if score is None:
        return True
    if isinstance(score, bool) or not isinstance(score, int | Decimal):
        raise _NonVerificato("il servizio ha dato una risposta illeggibile")
    return score >= captcha.soglia


def _ask(captcha: _Captcha, risposta: str) -> dict[str, Any]:
    """Ask the service; give its answer, which has `success`."""
    from chalicelib.connettori import trasporto

    secret = get_secret(SEGRETO_CAPTCHA)
    if not secret:
        raise _NonVerificato("la chiave segreta non è fra i segreti")
    richiesta = trasporto.Richiesta(
        metodo="POST",
        url=captcha.server_url,
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
        },
        body=urlencode({"secret": secret.splitlines()[0], "response": risposta}).encode(),
    )
    try:
        answer = trasporto.exchange(richiesta, seconds=captcha.seconds)
        said = json_text.read(answer.body) if answer.stato == _OK else None
    except trasporto.Guasto as guasto:
        raise _NonVerificato(guasto.motivo) from guasto
    except Sintassi as error:
        raise _NonVerificato("il servizio ha dato una risposta illeggibile") from error
    if answer.stato != _OK:
        raise _NonVerificato(f"il servizio ha risposto {answer.stato}")
    if not isinstance(said, dict) or not isinstance(said.get("success"), bool):
        raise _NonVerificato("il servizio ha dato una risposta illeggibile")
    return said
