"""DynamoDB: `notifiche`, the outbox. Indexes as deployed are in infra/tables.yaml.

notifiche   pk = idDominio#iuv#ccp#tipo#causa: one cause makes one notifica.
  da-spedire   daSpedire = da-spedire#0..3, prossima   what is due, in four shards
               daSpedire = fallite, prossima           what was given up after thirty days: for operators
  per-giorno   giorno (Italian day of creation), creata   what was told on a day
da-spedire is sparse: the attribute goes when the notifica is sent or cancelled, and the item leaves the index.
`corpo` is the body, compressed and in base64: an item may have 400 kB, and is written again at each attempt.
"""

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection

from chalicelib.aws.base_table import BaseMeta, BaseTable, table_name


class DaSpedire(GlobalSecondaryIndex["NotificaItem"]):
    class Meta:
        index_name = "da-spedire"
        projection = KeysOnlyProjection()

    da_spedire = UnicodeAttribute(hash_key=True, attr_name="daSpedire")
    prossima = UnicodeAttribute(range_key=True)


class PerGiorno(GlobalSecondaryIndex["NotificaItem"]):
    class Meta:
        index_name = "per-giorno"
        projection = IncludeProjection(["stato", "tipo"])

    giorno = UnicodeAttribute(hash_key=True)
    creata = UnicodeAttribute(range_key=True)


class NotificaItem(BaseTable):
    class Meta(BaseMeta):
        table_name = table_name("notifiche")

    pk = UnicodeAttribute(hash_key=True)
    stato = UnicodeAttribute()
    tipo = UnicodeAttribute()
    da_spedire = UnicodeAttribute(null=True, attr_name="daSpedire")
    prossima = UnicodeAttribute(null=True)
    giorno = UnicodeAttribute()
    creata = UnicodeAttribute()
    corpo = UnicodeAttribute(null=True)

    per_prossima = DaSpedire()
    per_giorno = PerGiorno()
