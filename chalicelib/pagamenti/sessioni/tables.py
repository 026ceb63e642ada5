"""DynamoDB: `pagamenti`. Indexes as deployed are in infra/tables.yaml.

pk = id of the session: GET by id is one read.
  per-sessione      idSession                     the payer's return, GET byIdSession
  per-applicazione  idA2A#yyyy, creata            what a portal started
  per-dominio       idDominio#yyyy, creata        operators' lists, by each dominio of the cart
  per-versante      versante, creata              what a person paid for
  da-verificare     a constant, prossima          open sessions, by when to ask pagoPA what became of them
pk = dominio#<id>#<idDominio>: of a cart for several enti, what per-dominio tells of it under its second and further ones.
pk = idempotenza#<key>: which session a repeated request belongs to; it goes by itself (`scade`).
"""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection

from chalicelib.aws.base_table import BaseMeta, BaseTable, table_name

_FIELDS = ["stato", "idA2A", "idSessionePortale", "verificato", "debitori", "domini", "riferimenti"]


class PerSessione(GlobalSecondaryIndex["PagamentoItem"]):
    class Meta:
        index_name = "per-sessione"
        projection = KeysOnlyProjection()

    id_session = UnicodeAttribute(hash_key=True, attr_name="idSession")


class PerApplicazione(GlobalSecondaryIndex["PagamentoItem"]):
    class Meta:
        index_name = "per-applicazione"
        projection = IncludeProjection([*_FIELDS, "versante"])

    applicazione_anno = UnicodeAttribute(hash_key=True, attr_name="applicazioneAnno")
    creata = UnicodeAttribute(range_key=True)


class PerDominio(GlobalSecondaryIndex["PagamentoItem"]):
    class Meta:
        index_name = "per-dominio"
        projection = IncludeProjection([*_FIELDS, "versante", "precedenti"])

    dominio_anno = UnicodeAttribute(hash_key=True, attr_name="dominioAnno")
    creata = UnicodeAttribute(range_key=True)


class PerVersante(GlobalSecondaryIndex["PagamentoItem"]):
    class Meta:
        index_name = "per-versante"
        projection = IncludeProjection(_FIELDS)

    versante = UnicodeAttribute(hash_key=True)
    creata = UnicodeAttribute(range_key=True)


class DaVerificare(GlobalSecondaryIndex["PagamentoItem"]):
    class Meta:
        index_name = "da-verificare"
        projection = KeysOnlyProjection()

    da_verificare = UnicodeAttribute(hash_key=True, attr_name="daVerificare")
    prossima = UnicodeAttribute(range_key=True)


class PagamentoItem(BaseTable):
    class Meta(BaseMeta):
        table_name = table_name("pagamenti")

    pk = UnicodeAttribute(hash_key=True)
    # Of a session only: sparse indexes.
    stato = UnicodeAttribute(null=True)
    id_a2a = UnicodeAttribute(null=True, attr_name="idA2A")
    id_sessione_portale = UnicodeAttribute(null=True, attr_name="idSessionePortale")
    verificato = UnicodeAttribute(null=True)
    # Codici of debtors and domini between bars: `|RSSMRA80A01H501U|`, so that a filter may look for one.
    debitori = UnicodeAttribute(null=True)
    domini = UnicodeAttribute(null=True)
    # The domini under which the cart is listed already, between bars: only under its second and further ones.
    precedenti = UnicodeAttribute(null=True)
    # By what else a list may be asked for, each with what it is: `|idA2A:GESTIONALE|iuv:01260000000000173|`.
    riferimenti = UnicodeAttribute(null=True)
    versante = UnicodeAttribute(null=True)
    id_session = UnicodeAttribute(null=True, attr_name="idSession")
    applicazione_anno = UnicodeAttribute(null=True, attr_name="applicazioneAnno")
    dominio_anno = UnicodeAttribute(null=True, attr_name="dominioAnno")
    creata = UnicodeAttribute(null=True)
    da_verificare = UnicodeAttribute(null=True, attr_name="daVerificare")
    prossima = UnicodeAttribute(null=True)
    # Seconds of the epoch, as DynamoDB wants a time to live.
    scade = NumberAttribute(null=True)

    per_sessione = PerSessione()
    per_applicazione = PerApplicazione()
    per_dominio = PerDominio()
    per_versante = PerVersante()
    da_verificare_index = DaVerificare()
