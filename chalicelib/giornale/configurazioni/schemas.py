"""JSON of the API: configurazione (GovPay 3.1 API 3.5). What is set of what this installation does not serve is refused."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from chalicelib.anagrafica.configurazione import Configurazione, Interfaccia, Regime, Registrazione
from chalicelib.giornale.configurazioni.operations import Change
from chalicelib.kernel.exchange import Componente
from chalicelib.kernel.refusals import FieldError, Semantica, Sintassi
from chalicelib.rest.schema import Body, parse_body
from chalicelib.settings import settings

GIORNALE, TRACCIATO_CSV = "giornaleEventi", "tracciatoCsv"
_INTERFACCE = {
    "apiEnte": Componente.API_ENTE,
    "apiPagamento": Componente.API_PAGAMENTO,
    "apiRagioneria": Componente.API_RAGIONERIA,
    "apiBackoffice": Componente.API_BACKOFFICE,
    "apiPagoPA": Componente.API_PAGOPA,
    "apiPendenze": Componente.API_PENDENZE,
    "apiBackendIO": Componente.API_BACKEND_IO,
}
_COLONNE = (
    "idA2A,idPendenza,idDominio,tipoPendenza,numeroAvviso,pdfAvviso,tipoSoggettoPagatore,identificativoPagatore,"
    "anagraficaPagatore,indirizzoPagatore,civicoPagatore,capPagatore,localitaPagatore,provinciaPagatore,"
    "nazionePagatore,emailPagatore,cellularePagatore,errore"
)
_NON_SERVITE = {
    TRACCIATO_CSV: "i template Freemarker non sono eseguiti: la forma del tracciato si indica nel tipo pendenza",
    "hardening": "il captcha non è servito: lasciare abilitato false",
    "mailBatch": "la posta elettronica si configura con l'installazione: lasciare abilitato false",
    "avvisaturaMail": "i testi dei promemoria si indicano nel tipo pendenza",
    "avvisaturaAppIO": "i testi dei messaggi si indicano nel tipo pendenza",
    "appIOBatch": "App IO si configura con l'installazione: lasciare abilitato false",
    "servizioGDE": "il giornale è di questa installazione: lasciare abilitato false",
}
_PATHS = (GIORNALE, *_NON_SERVITE)


class NonServita(Semantica):
    codice = "SEMANTICA"


def _regime(value: Any) -> Any:
    """Read also the names of GovPay's own defaults (SOLO_ERRORE)."""
    return value.lower().replace("_", " ") if isinstance(value, str) else value


_Regime = Annotated[Literal["sempre", "mai", "solo errore"], BeforeValidator(_regime)]


class _EventoBody(Body):
    log: _Regime
    dump: _Regime


class _InterfacciaBody(Body):
    letture: _EventoBody | None = None
    scritture: _EventoBody | None = None


class _InterfacceBody(Body):
    apiEnte: _InterfacciaBody  # noqa: N815 - of the wire
    apiPagamento: _InterfacciaBody  # noqa: N815
    apiRagioneria: _InterfacciaBody  # noqa: N815
    apiBackoffice: _InterfacciaBody  # noqa: N815
    apiPagoPA: _InterfacciaBody  # noqa: N815
    apiPendenze: _InterfacciaBody  # noqa: N815
    # GovPay 3.9: whoever speaks 3.1 does not name it.
    apiBackendIO: _InterfacciaBody = Field(default_factory=_InterfacciaBody)  # noqa: N815


class _GiornaleBody(Body):
    interfacce: _InterfacceBody


class _ConfigurazioneBody(Body):
    giornaleEventi: _GiornaleBody  # noqa: N815
    tracciatoCsv: dict[str, Any]  # noqa: N815


class _Op(Body):
    op: Literal["ADD", "REPLACE", "DELETE"]
    path: str
    value: Any = None


class _Patch(Body):
    ops: Annotated[list[_Op], Field(min_length=1, max_length=50)]


def configurazione_json(configurazione: Configurazione) -> dict[str, Any]:
    return {
        GIORNALE: {"interfacce": {name: _interfaccia_json(configurazione, of) for name, of in _INTERFACCE.items()}},
        TRACCIATO_CSV: _tracciato_json(),
    }


def as_text(configurazione: Configurazione) -> str:
    """Say what is set, as an evento tells it."""
    interfacce = configurazione_json(configurazione)[GIORNALE]["interfacce"]
    return "; ".join(
        f"{name} {what} log {regola['log']} dump {regola['dump']}"
        for name, interfaccia in interfacce.items()
        for what, regola in interfaccia.items()
    )


def read_whole(body: Any) -> Change:
    """Read a POST: all that is set.

    :raises Sintassi: SINTASSI
    :raises NonServita: SEMANTICA
    """
    parsed = parse_body(_ConfigurazioneBody, body)
    _check_served({name: value for name, value in body.items() if name in _NON_SERVITE})
    new = _giornale_of(parsed.giornaleEventi)
    return lambda _: new


def read_patch(body: Any) -> Change:
    """Read a PATCH: `[{op, path, value}]`, a section each; DELETE puts one back to its default.

    :raises Sintassi: SINTASSI, naming every path or value that does not fit
    :raises NonServita: SEMANTICA
    """
    ops = parse_body(_Patch, {"ops": body}).ops
    errors = [
        FieldError(f"ops[{number}].path", f"deve essere uno fra {', '.join('/' + path for path in _PATHS)}")
        for number, op in enumerate(ops)
        if op.path.removeprefix("/") not in _PATHS
    ]
    if errors:
        raise Sintassi(errors)
    new: Configurazione | None = None
    for op in ops:
        name = op.path.removeprefix("/")
        if name == GIORNALE:
            new = Configurazione() if op.op == "DELETE" else _giornale_of(parse_body(_GiornaleBody, op.value))
        elif op.op != "DELETE":
            _check_served({name: op.value})
    return lambda before: before if new is None else new


def _check_served(sections: Mapping[str, Any]) -> None:
    """Refuse what would have no effect: what is switched off, or is as it is shown, may come back."""
    wrong = [f"{name}: {why}" for name, why in _NON_SERVITE.items() if not _is_without_effect(name, sections.get(name))]
    if wrong:
        raise NonServita("; ".join(wrong) + ".")


def _is_without_effect(name: str, value: Any) -> bool:
    if not value or (name == TRACCIATO_CSV and value == _tracciato_json()):
        return True
    return isinstance(value, dict) and value.get("abilitato") is False


def _giornale_of(body: _GiornaleBody) -> Configurazione:
    default = Configurazione()
    interfacce = {}
    for name, componente in _INTERFACCE.items():
        given: _InterfacciaBody = getattr(body.interfacce, name)
        usual = default.interfaccia(componente, log_letture=settings().log_letture)
        interfacce[componente] = Interfaccia(
            letture=_registrazione(given.letture, usual.letture),
            scritture=_registrazione(given.scritture, usual.scritture),
        )
    return Configurazione(interfacce=interfacce)


def _registrazione(given: _EventoBody | None, usual: Registrazione) -> Registrazione:
    return usual if given is None else Registrazione(log=Regime(given.log), dump=Regime(given.dump))


def _interfaccia_json(configurazione: Configurazione, componente: Componente) -> dict[str, Any]:
    interfaccia = configurazione.interfaccia(componente, log_letture=settings().log_letture)
    pairs = (("letture", interfaccia.letture), ("scritture", interfaccia.scritture))
    return {what: {"log": regola.log.value, "dump": regola.dump.value} for what, regola in pairs}


def _tracciato_json() -> dict[str, Any]:
    return {"responseHeader": _COLONNE, "freemarkerRequest": {}, "freemarkerResponse": {}}
