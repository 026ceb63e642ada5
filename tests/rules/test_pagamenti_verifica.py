"""When a position may be paid, and what the PSP hears when it may not."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from chalicelib.kernel.importo import Importo
from chalicelib.pagamenti.rules import verifica as rules
from chalicelib.pagamenti.rules.verifica import (
    DominioErrato,
    EnteNonDisponibile,
    PagamentoAnnullato,
    PagamentoDuplicato,
    PagamentoScaduto,
    PagamentoSconosciuto,
)
from chalicelib.pendenze.model import PagamentoEseguito
from chalicelib.pendenze.states import StatoPendenza
from chalicelib.rest.faults import fault_bean, status_of
from tests.builders_pagamenti import NOW, a_pendenza


class TestAPositionToPay:
    def test_is_payable_until_the_due_day_itself(self):
        pendenza = a_pendenza(data_scadenza=date(2026, 11, 24))
        last_moment = datetime(2026, 11, 24, 22, 59, 59, tzinfo=UTC)  # 23:59:59 in Italy

        rules.require_pagabile(pendenza, now=last_moment)

    def test_has_expired_on_the_day_after_in_italy(self):
        pendenza = a_pendenza(data_scadenza=date(2026, 11, 24))
        midnight = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)

        with pytest.raises(PagamentoScaduto, match="24/11/2026"):
            rules.require_pagabile(pendenza, now=midnight)

    def test_without_dates_never_expires(self):
        rules.require_pagabile(a_pendenza(), now=datetime(2099, 1, 1, tzinfo=UTC))

    def test_that_was_cancelled_is_refused_even_when_it_has_expired_too(self):
        pendenza = a_pendenza(stato=StatoPendenza.ANNULLATO, data_scadenza=date(2020, 1, 1))

        with pytest.raises(PagamentoAnnullato):
            rules.require_pagabile(pendenza, now=NOW)

    @pytest.mark.parametrize(
        "stato", [StatoPendenza.ESEGUITO, StatoPendenza.PARZIALMENTE_ESEGUITO, StatoPendenza.INCASSATO]
    )
    def test_that_was_paid_is_refused_naming_day_and_iur(self, stato):
        pagamento = PagamentoEseguito(
            iuv="1", iur="IUR-77", ccp="c", data=datetime(2026, 11, 20, 23, 30, tzinfo=UTC), importo=Importo(1)
        )

        with pytest.raises(PagamentoDuplicato, match=r"21/11/2026.*IUR-77"):
            rules.require_pagabile(a_pendenza(stato=stato, pagamento=pagamento), now=NOW)

    def test_that_was_paid_elsewhere_is_refused_without_details(self):
        with pytest.raises(PagamentoDuplicato):
            rules.require_pagabile(a_pendenza(stato=StatoPendenza.ESEGUITO), now=NOW)

    def test_is_refreshed_from_the_day_after_its_data_validita(self):
        pendenza = a_pendenza(data_validita=date(2026, 11, 24))

        assert not rules.must_be_refreshed(pendenza, now=NOW)
        assert rules.must_be_refreshed(replace(pendenza, data_validita=date(2026, 11, 23)), now=NOW)
        assert not rules.must_be_refreshed(a_pendenza(), now=NOW)


class TestWhatTheEnteAnswers:
    @pytest.mark.parametrize(
        ("stato", "refusal", "codice", "codice_pagopa"),
        [
            ("SCADUTA", PagamentoScaduto, "VER_010", "PAA_PAGAMENTO_SCADUTO"),
            ("SCONOSCIUTA", PagamentoSconosciuto, "VER_011", "PAA_PAGAMENTO_SCONOSCIUTO"),
            ("DUPLICATA", PagamentoDuplicato, "VER_012", "PAA_PAGAMENTO_DUPLICATO"),
            ("ANNULLATA", PagamentoAnnullato, "VER_013", "PAA_PAGAMENTO_ANNULLATO"),
            ("BOH", EnteNonDisponibile, "VER_014", "PAA_SYSTEM_ERROR"),
        ],
    )
    def test_is_refused_with_the_code_of_its_state(self, stato, refusal, codice, codice_pagopa):
        with pytest.raises(refusal) as raised:
            rules.require_non_eseguita(stato, descrizione="così dice l'ente")

        assert (raised.value.codice, raised.value.codice_pagopa) == (codice, codice_pagopa)
        assert status_of(raised.value) == 422

    def test_is_good_when_it_is_not_paid(self):
        rules.require_non_eseguita("NON_ESEGUITA")

    def test_is_a_failed_operation_when_it_cannot_be_had(self):
        bean = fault_bean(EnteNonDisponibile("nessuna risposta"))

        assert (bean["categoria"], bean["codice"]) == ("OPERAZIONE", "VER_014")


class TestADominioThatIsNotOurs:
    def test_is_refused_by_the_code_of_pagopa(self):
        assert (DominioErrato.codice, DominioErrato.codice_pagopa) == ("DOM_000", "PAA_ID_DOMINIO_ERRATO")
