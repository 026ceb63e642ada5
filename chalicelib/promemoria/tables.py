"""DynamoDB: `promemoria`, an outbox. Indexes as deployed are in infra/tables.yaml.

promemoria   pk = idDominio#idA2A#idPendenza#tipo#canale#causa: one cause makes one promemoria.
  da-spedire   daSpedire = da-spedire#0..3, prossima   what is due or will be: the due dates lie here until their morning
  per-mese     mese (Italian month of creation), creata   what was sent in a month
da-spedire is sparse: the attribute goes when it is sent, cancelled or given up, and the item leaves the index.
"""

from chalicelib.aws.base_table import BaseMeta, table_name
from chalicelib.aws.outbox import OutboxTable


class PromemoriaItem(OutboxTable):
    class Meta(BaseMeta):
        table_name = table_name("promemoria")
