"""DynamoDB: `tracciati`. Indexes as deployed are in infra/tables.yaml.

pk = <id>
  sk tracciato              the tracciato, and how far its work has come
  sk riga#<numero>          what became of a row; the key is written once, with the pendenza of the row
  sk blocco#<fase>#<n>      a block of rows that is done in a phase; written once, with the count in the tracciato
per-dominio     idDominio#yyyy, caricato#id    the tracciati of an ente; sparse: a JSON need not name one
per-anno        yyyy, caricato#id              all of them
"""

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from chalicelib.aws.base_table import BaseMeta, BaseTable, table_name

_OF_LISTS = ["stato", "principal", "idTipoPendenza"]


class TracciatiPerDominio(GlobalSecondaryIndex["TracciatoItem"]):
    class Meta:
        index_name = "per-dominio"
        projection = IncludeProjection(_OF_LISTS)

    dominio_anno = UnicodeAttribute(hash_key=True, attr_name="dominioAnno")
    caricato = UnicodeAttribute(range_key=True)


class TracciatiPerAnno(GlobalSecondaryIndex["TracciatoItem"]):
    class Meta:
        index_name = "per-anno"
        projection = IncludeProjection(_OF_LISTS)

    anno = UnicodeAttribute(hash_key=True)
    caricato = UnicodeAttribute(range_key=True)


class TracciatoItem(BaseTable):
    class Meta(BaseMeta):
        table_name = table_name("tracciati")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    # Of a tracciato only.
    anno = UnicodeAttribute(null=True)
    dominio_anno = UnicodeAttribute(null=True, attr_name="dominioAnno")
    caricato = UnicodeAttribute(null=True)
    stato = UnicodeAttribute(null=True)
    principal = UnicodeAttribute(null=True)
    id_tipo_pendenza = UnicodeAttribute(null=True, attr_name="idTipoPendenza")

    per_dominio = TracciatiPerDominio()
    per_anno = TracciatiPerAnno()
