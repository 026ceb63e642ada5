"""Voci of the bodies of pendenze: their three kinds, contabilità, metadata."""

from typing import Any, Literal

from pydantic import Field, model_validator

from chalicelib.anagrafica.model import TipoContabilita
from chalicelib.pendenze import model
from chalicelib.pendenze.schemas.fields import (
    CodiceContabilitaField,
    HashDocumentoField,
    JsonField,
    ProvinciaField,
    Testo64,
    Testo140,
    Testo255,
)
from chalicelib.pendenze.states import StatoVoce
from chalicelib.rest.schema import Body, IbanField, IdDominioField, IdField, IdPuntatoField, ImportoField

BOLLO_01 = "01"


class QuotaBody(Body):
    capitolo: Testo64
    anno_esercizio: int = Field(alias="annoEsercizio", ge=1000, le=9999)
    importo: ImportoField
    accertamento: Testo64 | None = None
    titolo: Testo64 | None = None
    tipologia: Testo64 | None = None
    categoria: Testo64 | None = None
    articolo: Testo64 | None = None
    proprieta_custom: JsonField = Field(default=None, alias="proprietaCustom")

    def to_model(self) -> model.QuotaContabilita:
        return model.QuotaContabilita(**dict(self))


class ContabilitaBody(Body):
    quote: list[QuotaBody] = Field(default_factory=list, max_length=50)
    proprieta_custom: JsonField = Field(default=None, alias="proprietaCustom")

    def to_model(self) -> model.Contabilita:
        quote = tuple(quota.to_model() for quota in self.quote)
        return model.Contabilita(quote=quote, proprieta_custom=self.proprieta_custom)


class MapEntryBody(Body):
    key: Testo140
    value: Testo140


class MetadataBody(Body):
    map_entries: list[MapEntryBody] = Field(alias="mapEntries", min_length=1, max_length=5)


class VoceBody(Body):
    """One of three kinds: by codEntrata, by ibanAccredito with its contabilità, or a marca da bollo."""

    id_voce: IdField = Field(alias="idVocePendenza")
    importo: ImportoField
    descrizione: Testo255
    id_dominio: IdDominioField | None = Field(default=None, alias="idDominio")
    cod_entrata: IdPuntatoField | None = Field(default=None, alias="codEntrata")
    iban_accredito: IbanField | None = Field(default=None, alias="ibanAccredito")
    iban_appoggio: IbanField | None = Field(default=None, alias="ibanAppoggio")
    tipo_contabilita: Literal["CAPITOLO", "ENTRATA", "SPECIALE", "SIOPE", "ALTRO"] | None = Field(
        default=None, alias="tipoContabilita"
    )
    codice_contabilita: CodiceContabilitaField | None = Field(default=None, alias="codiceContabilita")
    tipo_bollo: Literal["01", "Imposta di bollo"] | None = Field(default=None, alias="tipoBollo")
    hash_documento: HashDocumentoField | None = Field(default=None, alias="hashDocumento")
    provincia_residenza: ProvinciaField | None = Field(default=None, alias="provinciaResidenza")
    dati_allegati: JsonField = Field(default=None, alias="datiAllegati")
    descrizione_causale_rpt: Testo140 | None = Field(default=None, alias="descrizioneCausaleRPT")
    contabilita: ContabilitaBody | None = None
    metadata: MetadataBody | None = None

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> "VoceBody":
        kinds = {
            "codEntrata": self.cod_entrata,
            "ibanAccredito": self.iban_accredito,
            "tipoBollo": self.tipo_bollo,
        }
        given = [name for name, value in kinds.items() if value is not None]
        if len(given) != 1:
            raise ValueError("deve avere uno solo fra codEntrata, ibanAccredito e tipoBollo")
        of_iban = {
            "tipoContabilita": self.tipo_contabilita,
            "codiceContabilita": self.codice_contabilita,
        }
        of_bollo = {"hashDocumento": self.hash_documento, "provinciaResidenza": self.provincia_residenza}
        _require(of_iban, needed=given == ["ibanAccredito"], kind="ibanAccredito")
        _require(of_bollo, needed=given == ["tipoBollo"], kind="tipoBollo")
        if self.iban_appoggio is not None and given != ["ibanAccredito"]:
            raise ValueError("ibanAppoggio è ammesso solo con ibanAccredito")
        return self

    def to_model(self, indice: int) -> model.VocePendenza:
        return model.VocePendenza(
            id_voce=self.id_voce,
            indice=indice,
            importo=self.importo,
            descrizione=self.descrizione,
            stato=StatoVoce.NON_ESEGUITO,
            id_dominio=self.id_dominio,
            cod_entrata=self.cod_entrata,
            iban_accredito=self.iban_accredito,
            iban_appoggio=self.iban_appoggio,
            tipo_contabilita=self._tipo_contabilita(),
            codice_contabilita=self.codice_contabilita,
            bollo=self._bollo(),
            descrizione_causale_rpt=self.descrizione_causale_rpt,
            dati_allegati=self.dati_allegati,
            contabilita=self.contabilita.to_model() if self.contabilita else None,
            metadata=tuple((entry.key, entry.value) for entry in self.metadata.map_entries) if self.metadata else (),
        )

    def _tipo_contabilita(self) -> TipoContabilita | None:
        """Read the tipo: ENTRATA is v1's name of CAPITOLO."""
        if self.tipo_contabilita is None:
            return None
        return TipoContabilita("CAPITOLO" if self.tipo_contabilita == "ENTRATA" else self.tipo_contabilita)

    def _bollo(self) -> model.Bollo | None:
        if self.tipo_bollo is None or self.hash_documento is None or self.provincia_residenza is None:
            return None
        return model.Bollo(
            tipo=BOLLO_01, hash_documento=self.hash_documento, provincia_residenza=self.provincia_residenza
        )


def _require(fields: dict[str, Any], *, needed: bool, kind: str) -> None:
    if needed and (missing := [name for name, value in fields.items() if value is None]):
        raise ValueError(f"{' e '.join(missing)}: obbligatorio con {kind}")
    if not needed and (extra := [name for name, value in fields.items() if value is not None]):
        raise ValueError(f"{' e '.join(extra)}: ammesso solo con {kind}")
