"""DynamoDB: `anagrafica`. Keys and index as deployed are in infra/tables.yaml.

What is read together is one partition, so that one Query loads it:
  pagopa              intermediario#<id>, stazione#<id>
  catalogo            entrata#<id>, tipo#<id>
  dominio#<id>        dominio, unita#<id>, conto#<iban>, entrata#<id>, tipo#<id>
  logo#<id dominio>   logo                        apart: an image is not read with every pendenza
  applicazioni        applicazione#<idA2A>
  operatori           operatore#<principal>       and `configurazione`, here and among the applicazioni: no call more
  ruoli               ruolo#<id>
  utenza#<principal>  utenza                      a principal is of one applicazione or of one operatore
  per-genere          genere, ordine              all domini, and each kind of thing, in the order of their lists
"""

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.aws.base_table import BaseMeta, BaseTable, table_name


class PerGenere(GlobalSecondaryIndex["AnagraficaItem"]):
    class Meta:
        index_name = "per-genere"
        projection = AllProjection()

    genere = UnicodeAttribute(hash_key=True)
    ordine = UnicodeAttribute(range_key=True)


class AnagraficaItem(BaseTable):
    """`genere` is the kind (`dominio`), or kind#idDominio for what a dominio has; `ordine` its sort key # its id."""

    class Meta(BaseMeta):
        table_name = table_name("anagrafica")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    genere = UnicodeAttribute()
    ordine = UnicodeAttribute()

    per_genere = PerGenere()
