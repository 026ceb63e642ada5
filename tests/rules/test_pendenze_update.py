"""What a load changes of a stored pendenza, and what a PATCH does."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.machine import IllegalMove, move
from chalicelib.kernel.refusals import Refusal, Sintassi
from chalicelib.pendenze.model import NuovaPendenza
from chalicelib.pendenze.rules.load import check
from chalicelib.pendenze.rules.patch import MAX_NOTE, PatchOp, apply_patch, cancel
from chalicelib.pendenze.rules.update import updated_pendenza
from chalicelib.pendenze.states import MOVES, StatoPendenza, StatoVoce
from tests.builders import NUMERO_AVVISO, a_censimento, a_nuova_pendenza, a_nuova_voce, a_pendenza, a_voce
from tests.builders_anagrafica import A2A_COMUNE, ALTRO_DOMINIO, IBAN_BANCA, IBAN_POSTA, UFFICIO
from tests.clock import NOW

S = StatoPendenza
DI_IBAN = {"cod_entrata": None, "iban_accredito": IBAN_BANCA, "codice_contabilita": "X/1"}


def stored(**other):
    """Give what the default load stores, as one that is equal to it but for what is said."""
    voce = a_voce(tipo_contabilita=check_default().voci[0].tipo_contabilita)
    return a_pendenza(**{"voci": (voce,), **other})


def check_default(nuova: NuovaPendenza | None = None):
    return check(
        nuova or a_nuova_pendenza(), id_a2a=A2A_COMUNE, id_pendenza="P-1", utenza=None, censimento=a_censimento()
    )


def update(before, nuova=None, *, aggiorna=True):
    return updated_pendenza(before, check_default(nuova), aggiorna=aggiorna, now=NOW)


def codice_of(before, nuova=None, **other):
    with pytest.raises(Refusal) as refusal:
        update(before, nuova, **other)
    return refusal.value.codice


class TestUpdate:
    def test_the_same_again_changes_nothing(self):
        before = stored()

        assert update(before) is before

    def test_the_same_again_with_its_number_changes_nothing(self):
        before = stored()

        assert update(before, a_nuova_pendenza(numero_avviso=NUMERO_AVVISO)) is before

    def test_what_may_change_is_replaced_also_by_nothing(self):
        after = update(stored(direzione="Tributi"), a_nuova_pendenza(causale="TARI, saldo"))

        assert after.causale == "TARI, saldo"
        assert after.direzione is None
        assert after.aggiornata == NOW
        assert after.caricata != NOW

    def test_a_cancelled_pendenza_is_owed_again(self):
        after = update(stored(stato=S.ANNULLATO, annullata=NOW, descrizione_stato="per errore"))

        assert after.stato is S.NON_ESEGUITO
        assert after.annullata is None
        assert after.descrizione_stato is None

    def test_the_stato_of_a_voce_is_kept(self):
        voce = replace(stored().voci[0], stato=StatoVoce.ANOMALO)

        after = update(stored(voci=(voce,)), a_nuova_pendenza(causale="Altra"))

        assert after.voci[0].stato is StatoVoce.ANOMALO

    @pytest.mark.parametrize("stato", [S.ESEGUITO, S.PARZIALMENTE_ESEGUITO, S.INCASSATO])
    def test_a_paid_pendenza_is_ver_003(self, stato):
        assert codice_of(stored(stato=stato)) == "VER_003"

    def test_another_beneficiary_is_ver_004(self):
        assert codice_of(stored(id_unita_operativa=UFFICIO)) == "VER_004"
        assert codice_of(stored(id_dominio=ALTRO_DOMINIO)) == "VER_004"

    def test_another_beneficiary_of_a_voce_is_ver_004(self):
        assert codice_of(stored(voci=(replace(stored().voci[0], id_dominio=ALTRO_DOMINIO),))) == "VER_004"

    def test_another_number_of_voci_is_ver_005(self):
        voci = (a_nuova_voce(importo=Importo(50)), a_nuova_voce(importo=Importo(50), id_voce="V2"))

        assert codice_of(stored(), a_nuova_pendenza(importo=Importo(100), voci=voci)) == "VER_005"

    def test_a_voce_that_is_not_stored_is_ver_006(self):
        assert codice_of(stored(), a_nuova_pendenza(voci=(a_nuova_voce(id_voce="V9"),))) == "VER_006"

    def test_another_entrata_is_ver_007(self):
        assert codice_of(stored(voci=(a_voce(cod_entrata="ALTRA"),))) == "VER_007"

    def test_one_that_forbids_updates_is_ver_015(self):
        assert codice_of(stored(), aggiorna=False) == "VER_015"

    def test_another_iban_is_ver_023(self):
        nuova = a_nuova_pendenza(voci=(a_nuova_voce(**DI_IBAN),))

        assert codice_of(stored(voci=(a_voce(**{**DI_IBAN, "iban_accredito": IBAN_POSTA}),)), nuova) == "VER_023"

    def test_another_numero_avviso_is_ver_024(self):
        assert codice_of(stored(), a_nuova_pendenza(numero_avviso="301000000000099900")) == "VER_024"

    def test_an_entrata_whose_iban_the_ente_has_changed_is_taken_as_it_is_now(self):
        before = stored(voci=(replace(stored().voci[0], iban_accredito=IBAN_POSTA),))

        assert update(before).voci[0].iban_accredito == IBAN_BANCA


class TestStates:
    @pytest.mark.parametrize(("da", "a"), list(product(S, S)))
    def test_no_move_but_those_of_the_table(self, da, a):
        if (da, a) in MOVES:
            assert move(MOVES, da, a) is a
        else:
            with pytest.raises(IllegalMove):
                move(MOVES, da, a)


class TestCancel:
    def test_twice_changes_nothing(self):
        once = cancel(a_pendenza(), now=NOW)

        assert once.stato is S.ANNULLATO
        assert cancel(once, now=datetime(2030, 1, 1, tzinfo=UTC)) is once

    def test_of_a_paid_pendenza_is_ver_009(self):
        with pytest.raises(Refusal) as refusal:
            cancel(a_pendenza(stato=S.ESEGUITO), now=NOW)

        assert refusal.value.codice == "VER_009"


def patched(pendenza, *ops):
    return apply_patch(pendenza, [PatchOp(*op) for op in ops], principal="comune", now=NOW)


class TestPatch:
    def test_cancels_and_says_why(self):
        after = patched(
            a_pendenza(), ("REPLACE", "/stato", "ANNULLATA"), ("REPLACE", "/descrizioneStato", "Sgravio 12")
        )

        assert (after.stato, after.descrizione_stato, after.annullata) == (S.ANNULLATO, "Sgravio 12", NOW)

    def test_restores_a_cancelled_pendenza(self):
        after = patched(a_pendenza(stato=S.ANNULLATO, annullata=NOW), ("REPLACE", "/stato", "NON_ESEGUITA"))

        assert (after.stato, after.annullata) == (S.NON_ESEGUITO, None)

    def test_of_what_is_so_already_changes_nothing(self):
        before = a_pendenza()

        assert patched(before, ("REPLACE", "/stato", "NON_ESEGUITA"), ("REPLACE", "/ack", False)) is before

    def test_adds_a_nota_in_the_name_of_who_is_authenticated(self):
        nota = patched(
            a_pendenza(), ("ADD", "/nota", {"principal": "gpadmin", "autore": "Anna", "testo": "Rateizzata"})
        ).note[0]

        assert (nota.principal, nota.autore, nota.testo, nota.data) == ("comune", "Anna", "Rateizzata", NOW)

    def test_sets_the_ack(self):
        assert patched(a_pendenza(), ("REPLACE", "/ack", True)).ack

    @pytest.mark.parametrize(
        ("op", "campo"),
        [
            (("ADD", "/stato", "ANNULLATA"), "[0].op"),
            (("DELETE", "/nota", {}), "[0].op"),
            (("REPLACE", "/causale", "x"), "[0].path"),
            (("REPLACE", "/stato", "ESEGUITA"), "[0].value"),
            (("REPLACE", "/stato", None), "[0].value"),
            (("REPLACE", "/stato", ["ANNULLATA"]), "[0].value"),
            (("REPLACE", "/ack", "true"), "[0].value"),
            (("REPLACE", "/descrizioneStato", ""), "[0].value"),
            (("REPLACE", "/descrizioneStato", "x" * 256), "[0].value"),
            (("ADD", "/nota", "testo"), "[0].value"),
            (("ADD", "/nota", {}), "[0].value"),
            (("ADD", "/nota", {"testo": 1}), "[0].value.testo"),
            (("ADD", "/nota", {"testo": "x", "data": "ieri"}), "[0].value.data"),
        ],
    )
    def test_of_what_is_not_allowed_names_the_place(self, op, campo):
        with pytest.raises(Sintassi) as refusal:
            patched(a_pendenza(), op)

        assert [error.campo for error in refusal.value.errors] == [campo]

    def test_tells_all_that_is_wrong_at_once(self):
        with pytest.raises(Sintassi) as refusal:
            patched(a_pendenza(), ("REPLACE", "/x", 1), ("REPLACE", "/ack", True), ("ADD", "/stato", 1))

        assert [error.campo for error in refusal.value.errors] == ["[0].path", "[2].op"]

    @pytest.mark.parametrize("value", ["ANNULLATA", "NON_ESEGUITA"])
    def test_of_a_paid_pendenza_is_sintassi(self, value):
        with pytest.raises(Sintassi, match=value):
            patched(a_pendenza(stato=S.ESEGUITO), ("REPLACE", "/stato", value))

    def test_does_not_let_note_pile_up_for_ever(self):
        full = patched(a_pendenza(), *[("ADD", "/nota", {"testo": str(n)}) for n in range(MAX_NOTE)])

        with pytest.raises(Sintassi):
            patched(full, ("ADD", "/nota", {"testo": "una di troppo"}))
