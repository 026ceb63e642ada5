"""DynamoDB: `movimenti`. Indexes as deployed are in infra/tables.yaml.

pk = idDominio#giornale#<idGiornale>
  sk giornale              the import of a file, and how far it has come
  sk riga#<numero>         its rows, in their order; a row names its movement
pk = idDominio#<provvisorio, digested>
  sk movimento#<key, digested>   a movement: the key is written once, whatever file brings it again
giornali          idDominio, ricevuto             the giornali of an ente
per-dominio       idDominio#yyyy-MM, data#id      the movements of an ente, by data contabile
per-riferimento   idDominio#RIFERIMENTO, id       the movements for a flow or an iuv
per-bolletta      idDominio#abi#esercizio#bolletta, id   what a storno undoes
in-attesa         sparse: idDominio, id           to be tried again by itself
"""

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection

from chalicelib.aws.base_table import BaseMeta, BaseTable, table_name


class Giornali(GlobalSecondaryIndex["MovimentoItem"]):
    class Meta:
        index_name = "giornali"
        projection = IncludeProjection(["stato"])

    giornali_di = UnicodeAttribute(hash_key=True, attr_name="giornaliDi")
    ricevuto = UnicodeAttribute(range_key=True)


class MovimentiPerDominio(GlobalSecondaryIndex["MovimentoItem"]):
    class Meta:
        index_name = "per-dominio"
        projection = IncludeProjection(["esito", "idGiornale"])

    dominio_mese = UnicodeAttribute(hash_key=True, attr_name="dominioMese")
    data_chiave = UnicodeAttribute(range_key=True, attr_name="dataChiave")


class PerRiferimento(GlobalSecondaryIndex["MovimentoItem"]):
    class Meta:
        index_name = "per-riferimento"
        projection = IncludeProjection(["esito"])

    riferimento = UnicodeAttribute(hash_key=True)
    id_movimento = UnicodeAttribute(range_key=True, attr_name="idMovimento")


class PerBolletta(GlobalSecondaryIndex["MovimentoItem"]):
    class Meta:
        index_name = "per-bolletta"
        projection = KeysOnlyProjection()

    bolletta = UnicodeAttribute(hash_key=True)
    id_movimento = UnicodeAttribute(range_key=True, attr_name="idMovimento")


class InAttesa(GlobalSecondaryIndex["MovimentoItem"]):
    class Meta:
        index_name = "in-attesa"
        projection = KeysOnlyProjection()

    in_attesa = UnicodeAttribute(hash_key=True, attr_name="inAttesa")
    id_movimento = UnicodeAttribute(range_key=True, attr_name="idMovimento")


class MovimentoItem(BaseTable):
    class Meta(BaseMeta):
        table_name = table_name("movimenti")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    # Of a giornale only.
    giornali_di = UnicodeAttribute(null=True, attr_name="giornaliDi")
    ricevuto = UnicodeAttribute(null=True)
    stato = UnicodeAttribute(null=True)
    # Of a movement only.
    id_movimento = UnicodeAttribute(null=True, attr_name="idMovimento")
    id_giornale = UnicodeAttribute(null=True, attr_name="idGiornale")
    esito = UnicodeAttribute(null=True)
    dominio_mese = UnicodeAttribute(null=True, attr_name="dominioMese")
    data_chiave = UnicodeAttribute(null=True, attr_name="dataChiave")
    riferimento = UnicodeAttribute(null=True)
    bolletta = UnicodeAttribute(null=True)
    in_attesa = UnicodeAttribute(null=True, attr_name="inAttesa")

    giornali = Giornali()
    per_dominio = MovimentiPerDominio()
    per_riferimento = PerRiferimento()
    per_bolletta = PerBolletta()
    in_attesa_index = InAttesa()
