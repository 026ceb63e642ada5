"""Stand-In: what pagoPA knows of a position when the ente does not answer. Here, what its registration says."""

from datetime import datetime

from chalicelib.kernel.rome_time import rome_day
from chalicelib.nodo.messages.common import EntityUniqueIdentifier, Subject
from chalicelib.nodo.messages.pa_get_payment_v2 import PaymentPaV2, TransferV2
from sandbox.nodo.model import Ente, Rifiuto, Tentativo

_ALTRO = "9/0000000XX/"


def posizione_stand_in(ente: Ente, tentativo: Tentativo, causale: str, *, oggi: datetime) -> PaymentPaV2:
    """Make the data of a payment nobody was asked about: one transfer, to the first IBAN of the ente.

    :raises Rifiuto: the ente has no IBAN registered
    """
    if not ente.iban:
        raise Rifiuto("PPT_IBAN_NON_CENSITO", "L'ente non ha IBAN registrati presso il Nodo.")
    anonimo = EntityUniqueIdentifier(entity_unique_identifier_type="F", entity_unique_identifier_value="ANONIMO")
    rata = TransferV2(
        id_transfer=1,
        transfer_amount=tentativo.importo,
        fiscal_code_pa=ente.id_dominio,
        company_name=ente.denominazione,
        iban=ente.iban[0],
        remittance_information=f"/RFB/{tentativo.iuv}/{tentativo.importo}/TXT/{causale}"[:140],
        transfer_category=_ALTRO,
    )
    return PaymentPaV2(
        creditor_reference_id=tentativo.iuv,
        payment_amount=tentativo.importo,
        due_date=rome_day(oggi),
        description=causale[:140],
        company_name=ente.denominazione,
        debtor=Subject(unique_identifier=anonimo, full_name="ANONIMO"),
        transfer_list=(rata,),
    )
