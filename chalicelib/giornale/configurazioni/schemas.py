"""JSON of the API: configurazione (GovPay 3.1 API 3.5). What is set of what this installation does not serve is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from chalicelib.anagrafica.configurazione import HARDENING, Configurazione, Interfaccia, Regime, Registrazione
from chalicelib.anagrafica.ports import Ports
from chalicelib.anagrafica.schemas.catalogo import TracciatoCsvBody, check_avvisatura
from chalicelib.anagrafica.schemas.common import storable, wire
from chalicelib.giornale.configurazioni.hardening import change_of_hardening, hardening_json
from chalicelib.giornale.configurazioni.operations import Change
from chalicelib.kernel.exchange import Componente
from chalicelib.kernel.refusals import FieldError, Semantica, Sintassi
from chalicelib.rest import json_text
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
    "servizioGDE": "il giornale è di questa installazione: lasciare abilitato false",
}
AVVISATURE = ("avvisaturaMail", "avvisaturaAppIO")
SEZIONI = (TRACCIATO_CSV, *AVVISATURE, "mailBatch", "appIOBatch", HARDENING)
_PATHS = (GIORNALE, *SEZIONI, *_NON_SERVITE)


_MAX_SEZIONE = 500  # characters of a section that an evento shows


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


class _TemplateBody(Body):
    """Texts of a promemoria; what is not said is ours."""

    tipo: Literal["freemarker"] | None = None
    oggetto: Any = None
    messaggio: Any = None
    allegaPdf: bool | None = None  # noqa: N815
    soloEseguiti: bool | None = None  # noqa: N815
    preavviso: Annotated[int, Field(ge=0, le=365)] | None = None


class _AvvisaturaBody(Body):
    promemoriaAvviso: _TemplateBody | None = None  # noqa: N815
    promemoriaRicevuta: _TemplateBody | None = None  # noqa: N815
    promemoriaScadenza: _TemplateBody | None = None  # noqa: N815


class _InvioBody(Body):
    """Whether a channel is written on; where it goes out by is of the installation."""

    abilitato: bool
    timeToLive: Annotated[int, Field(ge=3600, le=604_800)] | None = None  # noqa: N815


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
        **_sezioni_json(configurazione),
    }


def _sezioni_json(configurazione: Configurazione) -> dict[str, Any]:
    sezioni: dict[str, Any] = wire(configurazione.sezioni)
    if HARDENING in sezioni:
        sezioni[HARDENING] = hardening_json(sezioni[HARDENING])
    return sezioni


def as_text(configurazione: Configurazione) -> str:
    """Say what is set, as an evento tells it."""
    interfacce = configurazione_json(configurazione)[GIORNALE]["interfacce"]
    regole = [
        f"{name} {what} log {regola['log']} dump {regola['dump']}"
        for name, interfaccia in interfacce.items()
        for what, regola in interfaccia.items()
    ]
    sezioni = [
        f"{name} {json_text.write(wire(value))[:_MAX_SEZIONE]}" for name, value in configurazione.sezioni.items()
    ]
    return "; ".join([*regole, *sezioni])


def read_whole(body: Any) -> Change:
    """Read a POST: all that is set; sections of 3.9 that it does not name stay.

    :raises Sintassi: SINTASSI
    :raises NonServita: SEMANTICA
    """
    parsed = parse_body(_ConfigurazioneBody, body)
    _check_served({name: value for name, value in body.items() if name in _NON_SERVITE})
    changes = [_giornale(_giornale_of(parsed.giornaleEventi))]
    changes += [_sezione(name, body[name]) for name in SEZIONI if name in body]
    return _all(changes)


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
    changes: list[Change] = []
    for op in ops:
        name = op.path.removeprefix("/")
        if name == GIORNALE:
            new = {} if op.op == "DELETE" else _giornale_of(parse_body(_GiornaleBody, op.value))
            changes.append(_giornale(new))
        elif name in SEZIONI:
            changes.append(_sezione(name, None if op.op == "DELETE" else op.value))
        elif op.op != "DELETE":
            _check_served({name: op.value})
    return _all(changes)


def _all(changes: Sequence[Change]) -> Change:
    return lambda before: reduce(lambda configurazione, change: change(configurazione), changes, before)


def _giornale(interfacce: Mapping[Componente, Interfaccia]) -> Change:
    return lambda before: replace(before, interfacce=interfacce)


def _sezione(name: str, value: Any) -> Change:
    """Give the change of a section: None, and what is as it is by default, put it back.

    :raises Sintassi: SINTASSI, naming the section and what is wrong in it
    :raises NonServita: SEMANTICA, for what has no effect here
    """
    if name == HARDENING:
        return change_of_hardening(value)
    is_default = value in (None, {}) or (name == TRACCIATO_CSV and value == _tracciato_json())
    if not is_default:
        _check_sezione(name, value)
    new = None if is_default else storable(value)

    def change(before: Configurazione) -> Configurazione:
        others = {key: one for key, one in before.sezioni.items() if key != name}
        return replace(before, sezioni=others if new is None else {**others, name: new})

    return change


def _check_sezione(name: str, value: Any) -> None:
    shape: type[Body] = TracciatoCsvBody
    if name != TRACCIATO_CSV:
        shape = _AvvisaturaBody if name in AVVISATURE else _InvioBody
    extra = sorted({"mailserver", "auth", "url"} & set(value)) if isinstance(value, dict) else []
    if shape is _InvioBody and extra:
        raise NonServita(f"{name}: {', '.join(extra)} sono dell'installazione, e si omettono: si indica abilitato.")
    try:
        parse_body(shape, value)
        check_avvisatura(value if name in AVVISATURE else None)
    except Sintassi as error:
        raise Sintassi([FieldError(f"{name}.{one.campo}", one.motivo) for one in error.errors]) from None
    except ValueError as error:
        raise Sintassi([FieldError(name, str(error))]) from error
    errors = list(Ports.wrong_dettagli("dell'installazione", {name: value})) if name == TRACCIATO_CSV else []
    if errors:
        raise Sintassi(errors)


def _check_served(sections: Mapping[str, Any]) -> None:
    """Refuse what would have no effect: what is switched off may come back."""
    wrong = [f"{name}: {why}" for name, why in _NON_SERVITE.items() if not _is_without_effect(sections.get(name))]
    if wrong:
        raise NonServita("; ".join(wrong) + ".")


def _is_without_effect(value: Any) -> bool:
    return not value or (isinstance(value, dict) and value.get("abilitato") is False)


def _giornale_of(body: _GiornaleBody) -> dict[Componente, Interfaccia]:
    default = Configurazione()
    interfacce = {}
    for name, componente in _INTERFACCE.items():
        given: _InterfacciaBody = getattr(body.interfacce, name)
        usual = default.interfaccia(componente, log_letture=settings().log_letture)
        interfacce[componente] = Interfaccia(
            letture=_registrazione(given.letture, usual.letture),
            scritture=_registrazione(given.scritture, usual.scritture),
        )
    return interfacce


def _registrazione(given: _EventoBody | None, usual: Registrazione) -> Registrazione:
    return usual if given is None else Registrazione(log=Regime(given.log), dump=Regime(given.dump))


def _interfaccia_json(configurazione: Configurazione, componente: Componente) -> dict[str, Any]:
    interfaccia = configurazione.interfaccia(componente, log_letture=settings().log_letture)
    pairs = (("letture", interfaccia.letture), ("scritture", interfaccia.scritture))
    return {what: {"log": regola.log.value, "dump": regola.dump.value} for what, regola in pairs}


def _tracciato_json() -> dict[str, Any]:
    return {"responseHeader": _COLONNE, "freemarkerRequest": {}, "freemarkerResponse": {}}
