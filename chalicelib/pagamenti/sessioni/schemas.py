"""pagamentoPost, pagamento and pagamentoIndex of the contracts (GovPay 3.1 API 3.2)."""

from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica.schemas.common import present
from chalicelib.kernel.refusals import FieldError, Sintassi
from chalicelib.kernel.rome_time import rome_day
from chalicelib.pagamenti.schemas import hide_debitore, rpp_index_json, rpp_json
from chalicelib.pagamenti.sessioni import queries
from chalicelib.pagamenti.sessioni.model import (
    Completa,
    ContoAddebito,
    PerAvviso,
    PerRiferimento,
    RichiestaPagamento,
    Sessione,
    Spontanea,
    VoceCarrello,
)
from chalicelib.pagamenti.sessioni.queries import Dettaglio
from chalicelib.pagamenti.sessioni.states import shown
from chalicelib.pendenze.model import Nota, Pendenza, Soggetto
from chalicelib.pendenze.schemas import answers
from chalicelib.pendenze.schemas.fields import CellulareField, Testo16, Testo35, Testo70
from chalicelib.pendenze.schemas.requests import post_from_json
from chalicelib.rest.operation import Api
from chalicelib.rest.schema import (
    BicField,
    Body,
    DateField,
    EmailField,
    IbanField,
    IdDominioField,
    IdField,
    IdPuntatoField,
    NazioneField,
    NumeroAvvisoField,
    parse_body,
)

MAX_PENDENZE = 5
_MODELLO = "Pagamento ad iniziativa Ente"
_MAX_URL = 1024
# What only the portal that started a payment needs: others see the payment on the pendenza.
_OF_ITS_PORTAL = frozenset({"pspRedirectUrl", "urlRitorno", "credenzialiPagatore", "idSessionePsp"})


def _web_address(value: str) -> str:
    """Admit where a browser may be sent: a whole http(s) address, without credentials in it."""
    try:
        parts = urlsplit(value)
        is_good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good or "@" in parts.netloc or "\\" in value or any(ch.isspace() or not ch.isprintable() for ch in value):
        raise ValueError("deve essere un indirizzo http o https")
    return value


UrlRitornoField = Annotated[str, StringConstraints(min_length=1, max_length=_MAX_URL), AfterValidator(_web_address)]


class VersanteBody(Body):
    tipo: Literal["G", "F"]
    identificativo: Testo35
    anagrafica: Testo70 | None = None
    indirizzo: Testo70 | None = None
    civico: Testo16 | None = None
    cap: Testo16 | None = None
    localita: Testo35 | None = None
    provincia: Testo35 | None = None
    nazione: NazioneField | None = None
    email: EmailField | None = None
    cellulare: CellulareField | None = None

    def to_model(self) -> Soggetto:
        return Soggetto(**self.model_dump())


class ContoBody(Body):
    iban: IbanField
    bic: BicField | None = None

    def to_model(self) -> ContoAddebito:
        return ContoAddebito(iban=self.iban, bic=self.bic)


class RiferimentoBody(Body):
    id_a2a: IdField = Field(alias="idA2A")
    id_pendenza: IdField = Field(alias="idPendenza")


class AvvisoBody(Body):
    id_dominio: IdDominioField = Field(alias="idDominio")
    numero_avviso: NumeroAvvisoField = Field(alias="numeroAvviso")
    id_debitore: Testo35 | None = Field(default=None, alias="idDebitore")


class SpontaneaBody(Body):
    id_dominio: IdDominioField = Field(alias="idDominio")
    id_tipo_pendenza: IdPuntatoField = Field(alias="idTipoPendenza")
    dati: dict[str, Any] = Field(default_factory=dict)


class PagamentoBody(Body):
    """pagamentoPost, but for its pendenze, which come in four forms."""

    pendenze: list[dict[str, Any]] = Field(min_length=1, max_length=MAX_PENDENZE)
    url_ritorno: UrlRitornoField | None = Field(default=None, alias="urlRitorno")
    conto_addebito: ContoBody | None = Field(default=None, alias="contoAddebito")
    data_esecuzione: DateField | None = Field(default=None, alias="dataEsecuzionePagamento")
    credenziali_pagatore: Testo35 | None = Field(default=None, alias="credenzialiPagatore")
    versante: VersanteBody | None = Field(default=None, alias="soggettoVersante")
    autenticazione: Literal["CNS", "USR", "OTH", "N/A"] | None = Field(default=None, alias="autenticazioneSoggetto")
    lingua: Literal["IT", "EN", "FR", "DE", "SL"] | None = None


def richiesta_from_json(value: Any) -> RichiestaPagamento:
    """Read the body of POST /pagamenti.

    :raises Sintassi: with all that is wrong, field by field
    """
    body = parse_body(PagamentoBody, value)
    errors: list[FieldError] = []
    voci: list[VoceCarrello] = []
    for number, item in enumerate(body.pendenze):
        try:
            voci.append(_voce(item))
        except Sintassi as refused:
            errors += [FieldError(f"pendenze[{number}].{e.campo}", e.motivo) for e in refused.errors]
    if errors:
        raise Sintassi(errors)
    return RichiestaPagamento(
        pendenze=tuple(voci),
        url_ritorno=body.url_ritorno,
        conto_addebito=body.conto_addebito.to_model() if body.conto_addebito else None,
        data_esecuzione=body.data_esecuzione,
        credenziali_pagatore=body.credenziali_pagatore,
        versante=body.versante.to_model() if body.versante else None,
        autenticazione=body.autenticazione,
        lingua=body.lingua,
    )


def _voce(item: dict[str, Any]) -> VoceCarrello:
    """Read one pendenza by the ids it bears (GovPay 3.1 API 4.7).

    :raises Sintassi:
    """
    has = {name for name in ("idA2A", "idPendenza", "idDominio", "numeroAvviso") if item.get(name) is not None}
    if {"idA2A", "idPendenza", "idDominio"} <= has:
        id_a2a, id_pendenza, nuova = post_from_json(_with_anagrafica(item))
        return Completa(id_a2a=id_a2a, id_pendenza=id_pendenza, nuova=nuova)
    if item.get("idTipoPendenza") is not None and has == {"idDominio"} and "voci" not in item:
        form = parse_body(SpontaneaBody, item)
        return Spontanea(id_dominio=form.id_dominio, id_tipo_pendenza=form.id_tipo_pendenza, dati=form.dati)
    if {"idA2A", "idPendenza"} <= has:
        riferimento = parse_body(RiferimentoBody, item)
        return PerRiferimento(id_a2a=riferimento.id_a2a, id_pendenza=riferimento.id_pendenza)
    if {"idDominio", "numeroAvviso"} <= has:
        avviso = parse_body(AvvisoBody, item)
        return PerAvviso(
            id_dominio=avviso.id_dominio, numero_avviso=avviso.numero_avviso, id_debitore=avviso.id_debitore
        )
    raise Sintassi(
        [
            FieldError(
                "tipo",
                "non è riconoscibile: indicare idA2A e idPendenza, idDominio e numeroAvviso, "
                "idDominio, idTipoPendenza e dati, o tutti i dati",
            )
        ]
    )


def _with_anagrafica(item: dict[str, Any]) -> dict[str, Any]:
    """Give the debtor a name: this contract may leave it out, the notice and the RPT may not."""
    soggetto = item.get("soggettoPagatore")
    if not isinstance(soggetto, dict) or soggetto.get("anagrafica") is not None:
        return item
    return {**item, "soggettoPagatore": {**soggetto, "anagrafica": soggetto.get("identificativo")}}


# -- out


def creato_json(sessione: Sessione) -> dict[str, Any]:
    return present(
        id=sessione.id, location=sessione.location, redirect=sessione.redirect, idSession=sessione.id_session
    )


def pagamento_json(found: Dettaglio, api: Api, *, hide_debitore: bool, now: datetime) -> dict[str, Any]:
    """Give a payment with its pendenze (API Pagamento) and attempts."""
    body = _base(found.sessione, api)
    if api is Api.BACKOFFICE:
        by_key = {(p.id_a2a, p.id_pendenza): p for p in found.pendenze}
        body["rpp"] = [
            rpp_json(
                rpp, ricevuta, api=api, pendenza=pendenza_index(by_key.get((rpp.id_a2a, rpp.id_pendenza)), api, now)
            )
            for rpp, ricevuta in found.rpp
        ]
        return body
    body["pendenze"] = [pendenza_index(pendenza, api, now) for pendenza in found.pendenze]
    body["rpp"] = [rpp_index_json(rpp, ricevuta, api=api) for rpp, ricevuta in found.rpp]
    return _without_debitore(body) if hide_debitore else body


def pendenza_index(pendenza: Pendenza | None, api: Api, now: datetime) -> dict[str, Any] | None:
    ente = None if pendenza is None else anagrafica.dominio(pendenza.id_dominio)
    return None if pendenza is None or ente is None else answers.pendenza_index_json(pendenza, api, ente, now=now)


def _without_debitore(body: dict[str, Any]) -> dict[str, Any]:
    """Hide who the debtor is from somebody nobody knows: also inside RPT and RT."""
    body["pendenze"] = [{k: v for k, v in one.items() if k != "soggettoPagatore"} for one in body["pendenze"]]
    for rpp in body["rpp"]:
        hide_debitore(rpp)
    return body


def pagamento_index_json(sessione: Sessione, api: Api) -> dict[str, Any]:
    """Give a payment as lists show it: what hangs on it is a link."""
    body = _base(sessione, api)
    if api is not Api.BACKOFFICE:
        body["pendenze"] = f"/pendenze?idPagamento={sessione.id}"
    body["rpp"] = f"/rpp?idPagamento={sessione.id}"
    return body


def pagamenti_of(pendenza: Pendenza, api: str, now: datetime) -> list[dict[str, Any]]:
    """Give the payments that tried to pay a pendenza, as its resource shows them."""
    found = queries.pagamenti_of(pendenza)
    shown = (pagamento_json(dettaglio, Api(api), hide_debitore=False, now=now) for dettaglio in found)
    return [{name: value for name, value in one.items() if name not in _OF_ITS_PORTAL} for one in shown]


def _base(sessione: Sessione, api: Api) -> dict[str, Any]:
    s = sessione
    conto = s.conto_addebito
    return present(
        id=s.id,
        nome=s.nome,
        dataRichiestaPagamento=s.creata,
        idSessionePortale=s.id_sessione_portale,
        idSessionePsp=s.id_session,
        importo=s.importo,
        stato=shown(s.stato).value,
        pspRedirectUrl=s.redirect,
        urlRitorno=s.url_ritorno,
        contoAddebito=None if conto is None else present(iban=conto.iban, bic=conto.bic),
        dataEsecuzionePagamento=s.data_esecuzione,
        credenzialiPagatore=s.credenziali_pagatore,
        soggettoVersante=None if s.versante is None else answers.soggetto_json(s.versante),
        autenticazioneSoggetto=s.autenticazione,
        lingua=s.lingua,
        **(_of_backoffice(s) if api is Api.BACKOFFICE else {}),
    )


def _of_backoffice(sessione: Sessione) -> dict[str, Any]:
    return {
        "modello": _MODELLO,
        "descrizioneStato": sessione.descrizione_stato,
        "verificato": sessione.verificato,
        "note": [_nota_json(nota) for nota in sessione.note] or None,
    }


def _nota_json(nota: Nota) -> dict[str, Any]:
    return present(
        principal=nota.principal,
        autore=nota.autore,
        tipo=nota.tipo,
        data=rome_day(nota.data),
        oggetto=nota.oggetto,
        testo=nota.testo,
    )
