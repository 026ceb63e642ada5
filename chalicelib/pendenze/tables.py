"""DynamoDB: `pendenze` and `transazioni`. Indexes as deployed are in infra/tables.yaml.

pendenze      pk = idA2A#idPendenza. The pendenza as its owner knows it: GET, PUT, PATCH are one read.
  per-debitore      debitore, caricata            position of a citizen
  per-dominio       idDominio#yyyy, caricata   operators' lists, sharded by year
  per-applicazione  idA2A#yyyy, caricata       an applicazione's own list
  per-documento     idDominio#identificativo      the parts of a documento; sparse
transazioni   pk = idDominio#iuv, sk = kind. All that concerns one IUV in one partition, so that the Nodo is answered
              after one consistent read: the posizione (a copy of the pendenza, written in the same transaction; its
              absence-condition makes an IUV unique in its dominio), every rpp, ricevuta and riscossione.
  rpp-per-dominio       idDominio#yyyy, creata
  rpp-per-applicazione  idA2A#yyyy, creata
  rpp-per-pendenza      idA2A#idPendenza, creata
  riscossione-per-dominio   idDominio#yyyy, data
  da-verificare         one of two constants, prossima   attempts that the Nodo must be asked about; those given up
"""

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection

from chalicelib.aws.base_table import BaseMeta, BaseTable, table_name

_PENDENZA_FIELDS = [
    "stato", "idDominio", "idA2A", "idPendenza", "idTipoPendenza", "debitore", "dataScadenza", "iuv", "direzione",
    "divisione",
]  # fmt: skip
_RISCOSSIONE_FIELDS = ["stato", "tipo", "idA2A", "idPendenza", "idTipoPendenza"]
_RPP_FIELDS = ["stato", "esito", "ccp", "idA2A", "idPendenza", "idTipoPendenza"]


class PerDebitore(GlobalSecondaryIndex["PendenzaItem"]):
    class Meta:
        index_name = "per-debitore"
        projection = IncludeProjection(_PENDENZA_FIELDS)

    debitore = UnicodeAttribute(hash_key=True)
    caricata = UnicodeAttribute(range_key=True)


class PerDominio(GlobalSecondaryIndex["PendenzaItem"]):
    class Meta:
        index_name = "per-dominio"
        projection = IncludeProjection(_PENDENZA_FIELDS)

    dominio_anno = UnicodeAttribute(hash_key=True, attr_name="dominioAnno")
    caricata = UnicodeAttribute(range_key=True)


class PerApplicazione(GlobalSecondaryIndex["PendenzaItem"]):
    class Meta:
        index_name = "per-applicazione"
        projection = IncludeProjection(_PENDENZA_FIELDS)

    applicazione_anno = UnicodeAttribute(hash_key=True, attr_name="applicazioneAnno")
    caricata = UnicodeAttribute(range_key=True)


class PerDocumento(GlobalSecondaryIndex["PendenzaItem"]):
    class Meta:
        index_name = "per-documento"
        projection = KeysOnlyProjection()

    riferimento_documento = UnicodeAttribute(hash_key=True, attr_name="riferimentoDocumento")
    caricata = UnicodeAttribute(range_key=True)


class PendenzaItem(BaseTable):
    class Meta(BaseMeta):
        table_name = table_name("pendenze")

    pk = UnicodeAttribute(hash_key=True)
    # StatoPendenza, with `+ANOMALO` behind it where the pendenza is anomala: what lists filter by.
    stato = UnicodeAttribute()
    id_dominio = UnicodeAttribute(attr_name="idDominio")
    id_a2a = UnicodeAttribute(attr_name="idA2A")
    id_tipo_pendenza = UnicodeAttribute(attr_name="idTipoPendenza")
    id_pendenza = UnicodeAttribute(attr_name="idPendenza")
    direzione = UnicodeAttribute(null=True)
    divisione = UnicodeAttribute(null=True)
    debitore = UnicodeAttribute()
    data_scadenza = UnicodeAttribute(null=True, attr_name="dataScadenza")
    iuv = UnicodeAttribute(null=True)
    # ISO instant # key: unique, and sorts by time within a partition.
    caricata = UnicodeAttribute()
    dominio_anno = UnicodeAttribute(attr_name="dominioAnno")
    applicazione_anno = UnicodeAttribute(attr_name="applicazioneAnno")
    riferimento_documento = UnicodeAttribute(null=True, attr_name="riferimentoDocumento")

    per_debitore = PerDebitore()
    per_dominio = PerDominio()
    per_applicazione = PerApplicazione()
    per_documento = PerDocumento()


class RppPerDominio(GlobalSecondaryIndex["TransazioneItem"]):
    class Meta:
        index_name = "rpp-per-dominio"
        projection = IncludeProjection(_RPP_FIELDS)

    rpp_dominio_anno = UnicodeAttribute(hash_key=True, attr_name="rppDominioAnno")
    rpp_data = UnicodeAttribute(range_key=True, attr_name="rppData")


class RppPerApplicazione(GlobalSecondaryIndex["TransazioneItem"]):
    class Meta:
        index_name = "rpp-per-applicazione"
        projection = IncludeProjection(_RPP_FIELDS)

    rpp_applicazione_anno = UnicodeAttribute(hash_key=True, attr_name="rppApplicazioneAnno")
    rpp_data = UnicodeAttribute(range_key=True, attr_name="rppData")


class RppPerPendenza(GlobalSecondaryIndex["TransazioneItem"]):
    class Meta:
        index_name = "rpp-per-pendenza"
        projection = IncludeProjection(_RPP_FIELDS)

    rpp_pendenza = UnicodeAttribute(hash_key=True, attr_name="rppPendenza")
    rpp_data = UnicodeAttribute(range_key=True, attr_name="rppData")


class RiscossionePerDominio(GlobalSecondaryIndex["TransazioneItem"]):
    class Meta:
        index_name = "riscossione-per-dominio"
        projection = IncludeProjection(_RISCOSSIONE_FIELDS)

    riscossione_dominio_anno = UnicodeAttribute(hash_key=True, attr_name="riscossioneDominioAnno")
    riscossione_data = UnicodeAttribute(range_key=True, attr_name="riscossioneData")


class RppDaVerificare(GlobalSecondaryIndex["TransazioneItem"]):
    class Meta:
        index_name = "da-verificare"
        projection = KeysOnlyProjection()

    da_verificare = UnicodeAttribute(hash_key=True, attr_name="daVerificare")
    prossima = UnicodeAttribute(range_key=True)


class TransazioneItem(BaseTable):
    """sk: `posizione`, `rpp#<ccp>`, `ricevuta#<idRicevuta>`, `riscossione#<iur>#<indice>`, `rinvio#<iur>#<indice>`.

    `portale#<ccp>` is what the lists of a portal tell of the attempt that it started on what another has loaded.
    A rinvio lies under the dominio of a secondary beneficiary, and names the one under which the riscossione lies.
    `senza-posizione` is there while ricevute wait for their pendenza (senza_posizione.py).
    """

    class Meta(BaseMeta):
        table_name = table_name("transazioni")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    # Of an rpp or of a riscossione only: sparse indexes.
    stato = UnicodeAttribute(null=True)
    esito = UnicodeAttribute(null=True)
    ccp = UnicodeAttribute(null=True)
    id_a2a = UnicodeAttribute(null=True, attr_name="idA2A")
    id_pendenza = UnicodeAttribute(null=True, attr_name="idPendenza")
    id_tipo_pendenza = UnicodeAttribute(null=True, attr_name="idTipoPendenza")
    rpp_dominio_anno = UnicodeAttribute(null=True, attr_name="rppDominioAnno")
    rpp_applicazione_anno = UnicodeAttribute(null=True, attr_name="rppApplicazioneAnno")
    rpp_pendenza = UnicodeAttribute(null=True, attr_name="rppPendenza")
    rpp_data = UnicodeAttribute(null=True, attr_name="rppData")
    da_verificare = UnicodeAttribute(null=True, attr_name="daVerificare")
    prossima = UnicodeAttribute(null=True)
    tipo = UnicodeAttribute(null=True)
    riscossione_dominio_anno = UnicodeAttribute(null=True, attr_name="riscossioneDominioAnno")
    riscossione_data = UnicodeAttribute(null=True, attr_name="riscossioneData")

    rpp_per_dominio = RppPerDominio()
    rpp_per_applicazione = RppPerApplicazione()
    rpp_per_pendenza = RppPerPendenza()
    riscossione_per_dominio = RiscossionePerDominio()
    da_verificare_index = RppDaVerificare()


class ContatoreItem(BaseTable):
    """The progressive numbers of IUVs: pk = idDominio#prefix. `valore` is the last number leased to a process."""

    class Meta(BaseMeta):
        table_name = table_name("contatori")

    pk = UnicodeAttribute(hash_key=True)
