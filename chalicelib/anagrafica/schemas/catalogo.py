"""The catalogue, and what a dominio sets of a tipo pendenza: JSON ↔ model."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from chalicelib.anagrafica.model import TipoContabilita, TipoEntrata, TipoPendenza, TipoPendenzaDominio
from chalicelib.anagrafica.operations import MASK
from chalicelib.anagrafica.rules import STELLA
from chalicelib.anagrafica.schemas.common import Blank, Camel, Text255, present, storable, wire
from chalicelib.kernel.freemarker import ModelloNonValido, definizione_of
from chalicelib.rest.schema import IdField, formato

CodiceContabilita = Annotated[str, formato(r"^\S{3,138}$", "deve avere da 3 a 138 caratteri, senza spazi")]
CodificaIuv = Annotated[str, formato(r"^[0-9]{1,4}$", "deve avere da 1 a 4 cifre")]
Oggetto = dict[str, Any]
# All that is kept for others of a tipo pendenza, in one item of the table.
MAX_DETTAGLI = 150_000


class TipoEntrataBody(Camel):
    descrizione: Text255
    tipo_contabilita: Annotated[TipoContabilita, Field(strict=False)]
    codice_contabilita: CodiceContabilita

    def to_model(self, id_entrata: str) -> TipoEntrata:
        return TipoEntrata(
            id_entrata=id_entrata,
            descrizione=self.descrizione,
            tipo_contabilita=self.tipo_contabilita,
            codice_contabilita=self.codice_contabilita,
        )


def tipo_entrata_json(tipo: TipoEntrata) -> dict[str, Any]:
    return {
        "idEntrata": tipo.id_entrata,
        "descrizione": tipo.descrizione,
        "tipoContabilita": tipo.tipo_contabilita,
        "codiceContabilita": tipo.codice_contabilita,
    }


def _check_template(value: Any, name: str) -> None:
    """Check that what is filled in later can be read now.

    :raises ValueError: saying where it cannot
    """
    if value in (None, "", {}):
        return
    try:
        definizione_of(value)
    except ModelloNonValido as error:
        raise ValueError(f"{name}: {error.motivo}") from error


def check_avvisatura(value: Any) -> Any:
    """Check the templates of the promemoria of a channel (3.9)."""
    for name, promemoria in value.items() if isinstance(value, Mapping) else ():
        if isinstance(promemoria, Mapping):
            for parte in ("oggetto", "messaggio"):
                _check_template(promemoria.get(parte), f"{name}.{parte}")
    return value


class FormBody(Camel):
    """A form, of the backoffice or of a portal. The definition is what the console understands."""

    tipo: Text255
    definizione: Any

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.definizione is None:
            raise ValueError("definizione è obbligatoria")
        return self


class TrasformazioneBody(FormBody):
    tipo: Literal["freemarker"]

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        _check_template(self.definizione, "definizione")
        return self


class PromemoriaBody(Camel):
    tipo: Literal["freemarker"]
    oggetto: Any
    messaggio: Any
    allega_pdf: bool | None = None

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        _check_template(self.oggetto, "oggetto")
        _check_template(self.messaggio, "messaggio")
        return self


class TracciatoCsvBody(Camel):
    """The form of 3.1 or that of 3.9."""

    response_header: str | None = None
    freemarker_request: Any = None
    freemarker_response: Any = None
    tipo: Literal["freemarker"] | None = None
    intestazione: str | None = None
    richiesta: Any = None
    risposta: Any = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        of_31 = (self.response_header, self.freemarker_request, self.freemarker_response)
        of_39 = (self.tipo, self.intestazione, self.richiesta, self.risposta)
        if None in of_31 and None in of_39:
            raise ValueError("indicare responseHeader, freemarkerRequest e freemarkerResponse")
        return self


class PortaleBody(Camel):
    abilitato: bool
    form: FormBody | None = None
    validazione: Any = None
    trasformazione: TrasformazioneBody | None = None
    inoltro: IdField | None = None


class DettagliBody(Camel):
    """What other contexts read of a tipo pendenza; it is checked here and kept as it came."""

    form: FormBody | None = None
    validazione: Any = None
    trasformazione: TrasformazioneBody | None = None
    inoltro: Annotated[IdField | None, Blank] = None
    promemoria_avviso: PromemoriaBody | None = None
    promemoria_ricevuta: PromemoriaBody | None = None
    visualizzazione: Any = None
    tracciato_csv: TracciatoCsvBody | None = None
    portale_backoffice: PortaleBody | None = None
    portale_pagamento: PortaleBody | None = None
    avvisatura_mail: Annotated[Oggetto | None, AfterValidator(check_avvisatura)] = None
    avvisatura_app_io: Annotated[Oggetto | None, AfterValidator(check_avvisatura)] = Field(
        default=None, alias="avvisaturaAppIO"
    )
    dettagli: Oggetto = Field(default_factory=dict, exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _keep(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        names = {DettagliBody.model_fields[name].alias or name for name in DettagliBody.model_fields}
        kept = {key: storable(value[key]) for key in names - {"dettagli"} if value.get(key) not in (None, "")}
        if len(json.dumps(kept)) > MAX_DETTAGLI:
            raise ValueError(f"form, trasformazioni e modelli superano insieme {MAX_DETTAGLI} caratteri")
        return {**value, "dettagli": kept}


class TipoPendenzaBody(DettagliBody):
    descrizione: Text255
    tipo: Literal["spontaneo", "dovuto"] | None = None
    codifica_iuv: Annotated[CodificaIuv | None, Blank] = Field(default=None, alias="codificaIUV")
    paga_terzi: bool | None = None
    abilitato: bool | None = None

    def to_model(self, id_tipo_pendenza: str) -> TipoPendenza:
        # 3.9 has no tipo: what a citizen may fill in at the portal is spontaneo.
        spontaneo = self.portale_pagamento is not None and self.portale_pagamento.abilitato
        return TipoPendenza(
            id_tipo_pendenza=id_tipo_pendenza,
            descrizione=self.descrizione,
            tipo=self.tipo or ("spontaneo" if spontaneo else "dovuto"),
            codifica_iuv=self.codifica_iuv,
            paga_terzi=self.paga_terzi is True,
            abilitato=self.abilitato is not False,
            dettagli=self.dettagli or None,
        )


class TipoPendenzaDominioBody(DettagliBody):
    codifica_iuv: Annotated[CodificaIuv | None, Blank] = Field(default=None, alias="codificaIUV")
    paga_terzi: bool | None = None
    abilitato: bool | None = None

    def to_model(self, id_dominio: str, id_tipo_pendenza: str) -> TipoPendenzaDominio:
        return TipoPendenzaDominio(
            id_dominio=id_dominio,
            id_tipo_pendenza=id_tipo_pendenza,
            codifica_iuv=self.codifica_iuv,
            paga_terzi=self.paga_terzi,
            abilitato=self.abilitato,
            dettagli=self.dettagli or None,
        )


def tipo_pendenza_json(tipo: TipoPendenza) -> dict[str, Any]:
    return present(
        idTipoPendenza=tipo.id_tipo_pendenza,
        descrizione=tipo.descrizione,
        tipo=tipo.tipo,
        codificaIUV=tipo.codifica_iuv,
        pagaTerzi=tipo.paga_terzi,
        abilitato=tipo.abilitato,
        **_dettagli_json(tipo.dettagli),
    )


def tipo_pendenza_dominio_json(valori: TipoPendenzaDominio, tipo: TipoPendenza) -> dict[str, Any]:
    return {
        **tipo_pendenza_json(tipo),
        "valori": present(
            codificaIUV=valori.codifica_iuv,
            pagaTerzi=valori.paga_terzi,
            abilitato=valori.abilitato,
            **_dettagli_json(valori.dettagli),
        ),
    }


def _dettagli_json(dettagli: Mapping[str, Any] | None) -> dict[str, Any]:
    shown: dict[str, Any] = wire(dettagli or {})
    app_io = shown.get("avvisaturaAppIO")
    if app_io and app_io.get("apiKey"):
        shown["avvisaturaAppIO"] = {**app_io, "apiKey": MASK}
    return shown


ALL_TIPI = tipo_pendenza_json(TipoPendenza(id_tipo_pendenza=STELLA, descrizione="Tutti"))
