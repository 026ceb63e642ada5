"""DynamoDB: `eventi`. Indexes as deployed are in infra/tables.yaml.

eventi   pk = idDominio#iuv, or `-` where there is no iuv; sk = ISO instant#id. What happened to one IUV, in order.
  per-pendenza   pendenza = idA2A#idPendenza, sk       what happened to a pendenza
  per-mese       categoriaMese = categoria#month, sk   what happened in a month (of UTC); also an evento by its id, whose
                 instant is in the id
`scade` is the TTL. What is neither a key nor `documento` is there for filters.
"""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.aws.base_table import BaseMeta, BaseTable, table_name


class PerPendenza(GlobalSecondaryIndex["EventoItem"]):
    class Meta:
        index_name = "per-pendenza"
        projection = AllProjection()

    pendenza = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class PerMese(GlobalSecondaryIndex["EventoItem"]):
    class Meta:
        index_name = "per-mese"
        projection = AllProjection()

    categoria_mese = UnicodeAttribute(hash_key=True, attr_name="categoriaMese")
    sk = UnicodeAttribute(range_key=True)


class EventoItem(BaseTable):
    class Meta(BaseMeta):
        table_name = table_name("eventi")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    pendenza = UnicodeAttribute(null=True)
    categoria_mese = UnicodeAttribute(attr_name="categoriaMese")
    scade = NumberAttribute()
    id_dominio = UnicodeAttribute(null=True, attr_name="idDominio")
    iuv = UnicodeAttribute(null=True)
    ccp = UnicodeAttribute(null=True)
    id_a2a = UnicodeAttribute(null=True, attr_name="idA2A")
    id_pendenza = UnicodeAttribute(null=True, attr_name="idPendenza")
    id_pagamento = UnicodeAttribute(null=True, attr_name="idPagamento")
    componente = UnicodeAttribute()
    categoria = UnicodeAttribute()
    ruolo = UnicodeAttribute()
    esito = UnicodeAttribute()
    tipo_evento = UnicodeAttribute(attr_name="tipoEvento")
    sottotipo_evento = UnicodeAttribute(null=True, attr_name="sottotipoEvento")

    per_pendenza = PerPendenza()
    per_mese = PerMese()
