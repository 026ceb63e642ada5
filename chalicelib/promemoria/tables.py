"""DynamoDB: `promemoria`, an outbox. Indexes as deployed are in infra/tables.yaml.

promemoria   pk = idDominio#idA2A#idPendenza#tipo#canale#causa: one cause makes one promemoria.
  da-spedire   daSpedire = da-spedire#0..3, prossima   what is due or will be: the due dates lie here until their morning
  per-giorno   giorno (Italian day of creation), creata   what was sent on a day
da-spedire is sparse: the attribute goes when it is sent, cancelled or given up, and the item leaves the index.
"""

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection

from chalicelib.aws.base_table import BaseMeta, BaseTable, table_name


class DaSpedire(GlobalSecondaryIndex["PromemoriaItem"]):
    class Meta:
        index_name = "da-spedire"
        projection = KeysOnlyProjection()

    da_spedire = UnicodeAttribute(hash_key=True, attr_name="daSpedire")
    prossima = UnicodeAttribute(range_key=True)


class PerGiorno(GlobalSecondaryIndex["PromemoriaItem"]):
    class Meta:
        index_name = "per-giorno"
        projection = IncludeProjection(["stato", "tipo"])

    giorno = UnicodeAttribute(hash_key=True)
    creata = UnicodeAttribute(range_key=True)


class PromemoriaItem(BaseTable):
    class Meta(BaseMeta):
        table_name = table_name("promemoria")

    pk = UnicodeAttribute(hash_key=True)
    stato = UnicodeAttribute()
    tipo = UnicodeAttribute()
    da_spedire = UnicodeAttribute(null=True, attr_name="daSpedire")
    prossima = UnicodeAttribute(null=True)
    giorno = UnicodeAttribute()
    creata = UnicodeAttribute()

    per_prossima = DaSpedire()
    per_giorno = PerGiorno()
