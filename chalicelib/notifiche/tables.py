"""DynamoDB: `notifiche`, the outbox. Indexes as deployed are in infra/tables.yaml.

notifiche   pk = idDominio#iuv#ccp#tipo#causa: one cause makes one notifica.
  da-spedire   daSpedire = da-spedire#0..3, prossima   what is due, in four shards
               daSpedire = fallite, prossima           what was given up after thirty days: for operators
  per-mese     mese (Italian month of creation), creata   what was told in a month
da-spedire is sparse: the attribute goes when the notifica is sent or cancelled, and the item leaves the index.
`corpo` is the body, compressed and in base64: an item may have 400 kB, and is written again at each attempt.
"""

from pynamodb.attributes import UnicodeAttribute

from chalicelib.aws.base_table import BaseMeta, table_name
from chalicelib.aws.outbox import OutboxTable


class NotificaItem(OutboxTable):
    class Meta(BaseMeta):
        table_name = table_name("notifiche")

    corpo = UnicodeAttribute(null=True)
