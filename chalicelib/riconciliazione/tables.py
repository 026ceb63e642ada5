"""DynamoDB: `flussi` and `incassi`. Indexes as deployed are in infra/tables.yaml.

flussi    pk = idDominio#ID FLUSSO, in capitals: an id is found whatever its case is
            sk flusso#psp#revisione#data        a revision, whole: it is written when all its rows are
            sk avanzamento#psp#revisione#data   how far its acquisition has come; gone when it is done
          pk = idDominio#ID FLUSSO#psp#revisione#data
            sk riga#iuv#iur#indice              its rows; a row repeated in the flow has its progressivo behind
          pk = ritmo#intermediario              when the next request to FdR may be made
  per-dominio   idDominio#yyyy, dataOra         the flows of an ente
  per-anno      yyyy, dataOra                   the flows of all enti, for who may see all; and what to examine again
  per-flusso    ID FLUSSO, dataOra              the enti that have a flow of that name
  per-iuv       iuv, pk of a row                the rows that report an IUV; their pk begins with the ente
incassi   pk = idDominio#idIncasso, sk incasso; sk storno#<instant>: as it was when it was reversed
          pk = idDominio#causale#hash           which incasso has that causale
  per-dominio       idDominio#yyyy, registrato
  per-anno          yyyy, registrato
  per-applicazione  idA2A#yyyy, registrato      an applicazione sees the incassi it registered
  da-completare     sparse: claimed, or reversed, and not done yet
"""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection

from chalicelib.aws.base_table import BaseMeta, BaseTable, table_name

_FLUSSO_FIELDS = ["stato", "idFlusso", "idIncasso", "obsoleto"]
_INCASSO_FIELDS = ["stato", "sct"]


class FlussiPerDominio(GlobalSecondaryIndex["FlussoItem"]):
    class Meta:
        index_name = "per-dominio"
        projection = IncludeProjection(_FLUSSO_FIELDS)

    dominio_anno = UnicodeAttribute(hash_key=True, attr_name="dominioAnno")
    data_ora = UnicodeAttribute(range_key=True, attr_name="dataOra")


class FlussiPerAnno(GlobalSecondaryIndex["FlussoItem"]):
    class Meta:
        index_name = "per-anno"
        projection = IncludeProjection(_FLUSSO_FIELDS)

    anno = UnicodeAttribute(hash_key=True)
    data_ora = UnicodeAttribute(range_key=True, attr_name="dataOra")


class PerFlusso(GlobalSecondaryIndex["FlussoItem"]):
    class Meta:
        index_name = "per-flusso"
        projection = KeysOnlyProjection()

    flusso = UnicodeAttribute(hash_key=True)
    data_ora = UnicodeAttribute(range_key=True, attr_name="dataOra")


class RighePerIuv(GlobalSecondaryIndex["FlussoItem"]):
    class Meta:
        index_name = "per-iuv"
        projection = KeysOnlyProjection()

    iuv = UnicodeAttribute(hash_key=True)
    pk = UnicodeAttribute(range_key=True)


class FlussoItem(BaseTable):
    class Meta(BaseMeta):
        table_name = table_name("flussi")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    # Of a row.
    progressivo = NumberAttribute(null=True)
    iuv = UnicodeAttribute(null=True)
    # Of the pace.
    prossima = NumberAttribute(null=True)
    # Of a revision only: sparse indexes.
    stato = UnicodeAttribute(null=True)
    id_flusso = UnicodeAttribute(null=True, attr_name="idFlusso")
    id_incasso = UnicodeAttribute(null=True, attr_name="idIncasso")
    obsoleto = UnicodeAttribute(null=True)
    dominio_anno = UnicodeAttribute(null=True, attr_name="dominioAnno")
    anno = UnicodeAttribute(null=True)
    flusso = UnicodeAttribute(null=True)
    data_ora = UnicodeAttribute(null=True, attr_name="dataOra")

    per_dominio = FlussiPerDominio()
    per_anno = FlussiPerAnno()
    per_flusso = PerFlusso()
    per_iuv = RighePerIuv()


class IncassiPerDominio(GlobalSecondaryIndex["IncassoItem"]):
    class Meta:
        index_name = "per-dominio"
        projection = IncludeProjection(_INCASSO_FIELDS)

    dominio_anno = UnicodeAttribute(hash_key=True, attr_name="dominioAnno")
    registrato = UnicodeAttribute(range_key=True)


class IncassiPerAnno(GlobalSecondaryIndex["IncassoItem"]):
    class Meta:
        index_name = "per-anno"
        projection = IncludeProjection(_INCASSO_FIELDS)

    anno = UnicodeAttribute(hash_key=True)
    registrato = UnicodeAttribute(range_key=True)


class IncassiPerApplicazione(GlobalSecondaryIndex["IncassoItem"]):
    class Meta:
        index_name = "per-applicazione"
        projection = IncludeProjection(_INCASSO_FIELDS)

    applicazione_anno = UnicodeAttribute(hash_key=True, attr_name="applicazioneAnno")
    registrato = UnicodeAttribute(range_key=True)


class DaCompletare(GlobalSecondaryIndex["IncassoItem"]):
    class Meta:
        index_name = "da-completare"
        projection = KeysOnlyProjection()

    da_completare = UnicodeAttribute(hash_key=True, attr_name="daCompletare")
    registrato = UnicodeAttribute(range_key=True)


class IncassoItem(BaseTable):
    class Meta(BaseMeta):
        table_name = table_name("incassi")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    # Of an incasso only: sparse indexes.
    stato = UnicodeAttribute(null=True)
    dominio_anno = UnicodeAttribute(null=True, attr_name="dominioAnno")
    anno = UnicodeAttribute(null=True)
    applicazione_anno = UnicodeAttribute(null=True, attr_name="applicazioneAnno")
    registrato = UnicodeAttribute(null=True)
    sct = UnicodeAttribute(null=True)
    da_completare = UnicodeAttribute(null=True, attr_name="daCompletare")

    per_dominio = IncassiPerDominio()
    per_anno = IncassiPerAnno()
    per_applicazione = IncassiPerApplicazione()
    da_completare_index = DaCompletare()
