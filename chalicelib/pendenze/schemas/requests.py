"""Bodies of pendenze: v1 of the contracts, with the fields that 3.9 added; limits of GovPay 3.1 API 4.5."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from chalicelib.anagrafica.model import UO_ENTE, TipoContabilita
from chalicelib.kernel.refusals import FieldError, Sintassi
from chalicelib.pendenze import model
from chalicelib.pendenze.rules.patch import PatchOp
from chalicelib.pendenze.states import StatoVoce
from chalicelib.rest import json_text
from chalicelib.rest.schema import (
    Body,
    DateField,
    EmailField,
    IbanField,
    IdDominioField,
    IdField,
    IdPuntatoField,
    ImportoField,
    NazioneField,
    NumeroAvvisoField,
    parse_body,
)

MAX_VOCI = 5
MAX_PATCH = 20
# The ente's own JSON is stored in an item with all the rest, which has a limit of 400 kB.
_MAX_ALLEGATI = 32_000
BOLLO_01 = "01"

TASSONOMIE_AVVISO = (
    "Cartelle esattoriali",
    "Diritti e concessioni",
    "Imposte e tasse",
    "IMU, TASI e altre tasse comunali",
    "Ingressi a mostre e musei",
    "Multe e sanzioni amministrative",
    "Previdenza e infortuni",
    "Servizi erogati dal comune",
    "Servizi erogati da altri enti",
    "Servizi scolastici",
    "Tassa automobilistica",
    "Ticket e prestazioni sanitarie",
    "Trasporti, mobilità e parcheggi",
)


def _json_text(value: Any) -> str | None:
    """Keep the ente's own JSON as text, digit by digit."""
    if value is None:
        return None
    text = json_text.write(value)
    if len(text.encode()) > _MAX_ALLEGATI:
        raise ValueError(f"deve essere al più {_MAX_ALLEGATI} byte")
    return text


def _tassonomia_avviso(value: Any) -> Any:
    if isinstance(value, str) and value not in TASSONOMIE_AVVISO:
        raise ValueError(f"deve essere uno fra {', '.join(TASSONOMIE_AVVISO)}")
    return value


JsonField = Annotated[str | None, BeforeValidator(_json_text)]
TassonomiaAvvisoField = Annotated[str, BeforeValidator(_tassonomia_avviso)]
Testo16 = Annotated[str, StringConstraints(min_length=1, max_length=16)]
Testo35 = Annotated[str, StringConstraints(min_length=1, max_length=35)]
Testo64 = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Testo70 = Annotated[str, StringConstraints(min_length=1, max_length=70)]
Testo80 = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Testo140 = Annotated[str, StringConstraints(min_length=1, max_length=140)]
Testo255 = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Informativa = Annotated[str, StringConstraints(max_length=255)]
CellulareField = Annotated[str, StringConstraints(pattern=r"^\+[0-9]{2} [0-9]{3}-[0-9]{7}$")]
CodiceContabilitaField = Annotated[str, StringConstraints(pattern=r"^\S{3,138}$")]
ProvinciaField = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class SoggettoBody(Body):
    tipo: Literal["G", "F"]
    identificativo: Testo35
    anagrafica: Testo70
    indirizzo: Testo70 | None = None
    civico: Testo16 | None = None
    cap: Testo16 | None = None
    localita: Testo35 | None = None
    provincia: Testo35 | None = None
    nazione: NazioneField | None = None
    email: EmailField | None = None
    cellulare: CellulareField | None = None

    def to_model(self) -> model.Soggetto:
        return model.Soggetto(**self.model_dump())


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
    hash_documento: Testo70 | None = Field(default=None, alias="hashDocumento")
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


class SogliaBody(Body):
    tipo: Literal["ENTRO", "OLTRE", "RIDOTTO", "SCONTATO"]
    giorni: int | None = Field(default=None, ge=1, le=9999)

    @model_validator(mode="after")
    def _has_giorni(self) -> "SogliaBody":
        if self.tipo in {"ENTRO", "OLTRE"} and self.giorni is None:
            raise ValueError(f"giorni: obbligatorio con {self.tipo}")
        return self

    def to_model(self) -> model.Vincolo:
        return model.Vincolo(tipo=model.TipoVincolo(self.tipo), giorni=self.giorni)


class DocumentoBody(Body):
    identificativo: Testo35
    descrizione: Testo80
    rata: int | None = Field(default=None, ge=1, le=9999)
    soglia: SogliaBody | None = None

    @model_validator(mode="after")
    def _is_one_part(self) -> "DocumentoBody":
        if self.rata is not None and self.soglia is not None:
            raise ValueError("indicare rata o soglia, non entrambe")
        return self

    def to_model(self) -> model.RiferimentoDocumento:
        return model.RiferimentoDocumento(
            identificativo=self.identificativo,
            descrizione=self.descrizione,
            rata=self.rata,
            vincolo=self.soglia.to_model() if self.soglia else None,
        )


class VoceDescrizioneImportoBody(Body):
    voce: Testo255
    importo: ImportoField


class ProprietaBody(Body):
    lingua_secondaria: Literal["false", "de", "en", "fr", "sl"] | None = Field(default=None, alias="linguaSecondaria")
    lingua_secondaria_causale: Testo140 | None = Field(default=None, alias="linguaSecondariaCausale")
    descrizione_importo: list[VoceDescrizioneImportoBody] = Field(
        default_factory=list, alias="descrizioneImporto", max_length=20
    )
    linea_testo_ricevuta1: Testo255 | None = Field(default=None, alias="lineaTestoRicevuta1")
    linea_testo_ricevuta2: Testo255 | None = Field(default=None, alias="lineaTestoRicevuta2")
    informativa_importo_avviso: Informativa | None = Field(default=None, alias="informativaImportoAvviso")
    lingua_secondaria_informativa_importo_avviso: Informativa | None = Field(
        default=None, alias="linguaSecondariaInformativaImportoAvviso"
    )
    # The published name has the slip of the pen.
    data_scadenza_avviso: DateField | None = Field(default=None, alias="dataScandenzaAvviso")

    def to_model(self) -> model.ProprietaPendenza:
        fields = dict(self)
        fields["descrizione_importo"] = tuple((riga.voce, riga.importo) for riga in self.descrizione_importo)
        return model.ProprietaPendenza(**fields)


class PendenzaBody(Body):
    """pendenzaPut of the contracts pendenze and backoffice; `idTipoPendenza` may be left out."""

    id_dominio: IdDominioField = Field(alias="idDominio")
    id_unita_operativa: IdField | None = Field(default=None, alias="idUnitaOperativa")
    id_tipo_pendenza: IdPuntatoField | None = Field(default=None, alias="idTipoPendenza")
    nome: Testo35 | None = None
    causale: Testo140
    soggetto_pagatore: SoggettoBody = Field(alias="soggettoPagatore")
    importo: ImportoField
    numero_avviso: NumeroAvvisoField | None = Field(default=None, alias="numeroAvviso")
    data_caricamento: DateField | None = Field(default=None, alias="dataCaricamento")
    data_validita: DateField | None = Field(default=None, alias="dataValidita")
    data_scadenza: DateField | None = Field(default=None, alias="dataScadenza")
    anno_riferimento: int | None = Field(default=None, alias="annoRiferimento", ge=1000, le=9999)
    cartella_pagamento: Testo35 | None = Field(default=None, alias="cartellaPagamento")
    dati_allegati: JsonField = Field(default=None, alias="datiAllegati")
    tassonomia: Testo35 | None = None
    tassonomia_avviso: TassonomiaAvvisoField | None = Field(default=None, alias="tassonomiaAvviso")
    direzione: Testo35 | None = None
    divisione: Testo35 | None = None
    documento: DocumentoBody | None = None
    proprieta: ProprietaBody | None = None
    voci: list[VoceBody] = Field(min_length=1, max_length=MAX_VOCI)

    def to_model(self) -> model.NuovaPendenza:
        own = {name: value for name, value in self if name in model.NuovaPendenza.__dataclass_fields__}
        own |= {
            "id_unita_operativa": self.id_unita_operativa or UO_ENTE,
            "soggetto_pagatore": self.soggetto_pagatore.to_model(),
            "documento": self.documento.to_model() if self.documento else None,
            "proprieta": self.proprieta.to_model() if self.proprieta else None,
            "voci": tuple(voce.to_model(indice) for indice, voce in enumerate(self.voci, 1)),
        }
        return model.NuovaPendenza(**own)


class PendenzaPostBody(PendenzaBody):
    id_a2a: IdField = Field(alias="idA2A")
    id_pendenza: IdField = Field(alias="idPendenza")


def nuova_from_json(value: Any) -> model.NuovaPendenza:
    """Read the body of a PUT.

    :raises Sintassi: with all that is wrong, field by field
    """
    return parse_body(PendenzaBody, value).to_model()


def nuova_from_verificata(value: Any) -> model.NuovaPendenza:
    """Read what the ente answers when it is asked for a pendenza (pendenzaVerificata NON_ESEGUITA, API Ente v1).

    Its `stato`, `idA2A` and `idPendenza` are the asker's to look at.

    :raises Sintassi: with all that is wrong, field by field
    """
    return parse_body(PendenzaBody, value).to_model()


def post_from_json(value: Any) -> tuple[str, str, model.NuovaPendenza]:
    """Read a pendenza that carries its own ids: idA2A, idPendenza, the rest.

    :raises Sintassi: with all that is wrong, field by field
    """
    body = parse_body(PendenzaPostBody, value)
    return body.id_a2a, body.id_pendenza, body.to_model()


def put_from_json(value: Any, *, id_a2a: str, id_pendenza: str) -> model.NuovaPendenza:
    """Read the body of a PUT, and the ids of its path with it.

    :raises Sintassi: with all that is wrong, field by field
    """
    with_ids = {**value, "idA2A": id_a2a, "idPendenza": id_pendenza} if isinstance(value, dict) else value
    return parse_body(PendenzaPostBody, with_ids).to_model()


class _PatchOpBody(Body):
    op: Testo16
    path: Testo255
    value: Any = None


class _PatchBody(Body):
    ops: list[_PatchOpBody] = Field(min_length=1, max_length=MAX_PATCH)


def patch_from_json(value: Any) -> list[PatchOp]:
    """Read the body of a PATCH: a list of operations, `op` in upper or lower case.

    :raises Sintassi: with all that is wrong, as `[0].path`
    """
    try:
        body = parse_body(_PatchBody, {"ops": value})
    except Sintassi as refused:
        errors = [FieldError(e.campo.removeprefix("ops") or "corpo", e.motivo) for e in refused.errors]
        raise Sintassi(errors) from None
    return [PatchOp(op.op.upper(), op.path, op.value) for op in body.ops]
