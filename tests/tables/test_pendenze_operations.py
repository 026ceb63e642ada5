"""Pendenze as stored: what a load writes, how races end, how many AWS calls it takes."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.aws.transactions import WriteConflict
from chalicelib.kernel import clock
from chalicelib.kernel.importo import Importo
from chalicelib.kernel.iuv import parse_numero_avviso
from chalicelib.kernel.refusals import Refusal
from chalicelib.pendenze import iuv as numbers
from chalicelib.pendenze import operations, repository
from chalicelib.pendenze.rules.patch import PatchOp
from chalicelib.pendenze.states import StatoPendenza
from chalicelib.pendenze.tables import PendenzaItem, TransazioneItem
from tests.aws_calls import counted
from tests.builders import (
    IUV,
    NUMERO_AVVISO,
    a_bollo,
    a_nuova_pendenza,
    a_nuova_voce,
    a_pendenza,
    an_utenza,
)
from tests.builders_anagrafica import A2A_COMUNE, ALTRO_DOMINIO, DOMINIO, a_dominio, an_altro_dominio, seed_comune
from tests.clock import NOW


@pytest.fixture(autouse=True)
def _comune(aws):
    numbers.forget()
    seed_comune(NOW)
    yield
    numbers.forget()


def load(id_pendenza="P-1", *, nuova=None, **other):
    return operations.load_pendenza(
        **{
            "utenza": an_utenza(),
            "id_a2a": A2A_COMUNE,
            "id_pendenza": id_pendenza,
            "nuova": nuova or a_nuova_pendenza(),
            "now": NOW,
            **other,
        }
    )


def codice_of(*args, **other):
    with pytest.raises(Refusal) as refusal:
        load(*args, **other)
    return refusal.value


def stored():
    pendenza = repository.get(A2A_COMUNE, "P-1")
    assert pendenza is not None
    return pendenza


def stored_items():
    """Give how many items there are of pendenze and of posizioni."""
    from moto.dynamodb.models import dynamodb_backends

    tables = next(iter(dynamodb_backends.values()))["eu-south-1"].tables
    return tuple(sum(1 for _ in tables[model.Meta.table_name].all_items()) for model in (PendenzaItem, TransazioneItem))


class TestRepository:
    def test_gives_back_what_was_saved_by_both_its_keys(self):
        saved = repository.save(None, a_pendenza(versione=0))

        assert saved.versione == 1
        assert repository.get(A2A_COMUNE, "P-1") == saved
        assert repository.get_by_iuv(DOMINIO, IUV) == saved

    def test_knows_what_is_not_there(self):
        assert repository.get(A2A_COMUNE, "P-1") is None
        assert repository.get_by_iuv(DOMINIO, IUV) is None

    def test_refuses_to_write_over_what_it_had_not_read(self):
        first = repository.save(None, a_pendenza())
        repository.save(first, replace(first, causale="Altra"))

        with pytest.raises(WriteConflict) as conflict:
            repository.save(first, replace(first, causale="Persa"))

        assert set(conflict.value.names) == {"pendenza", "posizione"}
        assert stored().causale == "Altra"

    def test_refuses_the_iuv_of_another_pendenza(self):
        repository.save(None, a_pendenza())

        with pytest.raises(WriteConflict) as conflict:
            repository.save(None, a_pendenza(id_pendenza="P-2"))

        assert conflict.value.names == ("posizione",)
        assert repository.get(A2A_COMUNE, "P-2") is None

    def test_gives_many_in_the_order_asked(self):
        for n in (1, 2, 3):
            repository.save(None, a_pendenza(id_pendenza=f"P-{n}", iuv=f"0100000000000000{n}"))

        keys = [repository.key_of(A2A_COMUNE, f"P-{n}") for n in (3, 9, 1)]

        assert [p.id_pendenza for p in repository.get_many(keys)] == ["P-3", "P-1"]


class TestLoad:
    def test_makes_a_number_that_follows_the_standard(self):
        pendenza, created = load()

        assert created
        avviso = parse_numero_avviso(pendenza.numero_avviso)
        assert (avviso.aux, avviso.codice, avviso.iuv) == ("3", "01", pendenza.iuv)
        assert avviso.has_right_check_digits

    def test_makes_a_number_of_aux_0_with_the_code_of_the_stazione(self):
        pendenza, _ = load(nuova=a_nuova_pendenza(id_dominio=ALTRO_DOMINIO))

        avviso = parse_numero_avviso(pendenza.numero_avviso)
        assert (avviso.aux, avviso.codice, len(pendenza.iuv)) == ("0", "01", 15)
        assert avviso.has_right_check_digits

    @pytest.mark.parametrize("aux", ["1", "2"])
    def test_makes_a_number_of_aux_1_and_2(self, aux):
        anagrafica.put_dominio(dominio=a_dominio(aux_digit=aux))

        pendenza, _ = load()

        assert pendenza.numero_avviso[0] == aux
        assert len(pendenza.iuv) == 17

    def test_makes_a_number_also_for_several_voci(self):
        voci = (a_nuova_voce(), a_bollo())

        pendenza, _ = load(nuova=a_nuova_pendenza(importo=Importo(11650), voci=voci))

        assert pendenza.numero_avviso is not None

    def test_takes_the_number_that_is_given(self):
        pendenza, _ = load(nuova=a_nuova_pendenza(numero_avviso=NUMERO_AVVISO))

        assert (pendenza.numero_avviso, pendenza.iuv) == (NUMERO_AVVISO, IUV)

    def test_takes_the_iuv_of_a_notice_the_ente_told_of(self):
        pendenza, _ = operations.load_verificata(
            id_a2a=A2A_COMUNE, id_pendenza="P-1", nuova=a_nuova_pendenza(), now=NOW, iuv=IUV
        )

        assert pendenza.numero_avviso == NUMERO_AVVISO

    def test_with_the_number_of_another_is_ver_025_and_names_it(self):
        load(nuova=a_nuova_pendenza(numero_avviso=NUMERO_AVVISO))

        refusal = codice_of("P-2", nuova=a_nuova_pendenza(numero_avviso=NUMERO_AVVISO))

        assert refusal.codice == "VER_025"
        assert "P-1" in refusal.dettaglio
        assert stored_items() == (1, 1)

    def test_that_is_refused_writes_nothing(self):
        assert codice_of(nuova=a_nuova_pendenza(importo=Importo(1))).codice == "VER_002"
        assert stored_items() == (0, 0)

    def test_without_a_stazione_says_what_is_missing(self):
        anagrafica.put_dominio(dominio=an_altro_dominio(id_stazione=None, intermediato=False))

        refusal = codice_of(nuova=a_nuova_pendenza(id_dominio=ALTRO_DOMINIO))

        assert refusal.codice == "SEMANTICA"
        assert "stazione" in refusal.dettaglio

    def test_that_forbids_an_update_is_ver_015(self):
        load()

        assert codice_of(aggiorna_se_esiste=False).codice == "VER_015"

    def test_the_same_again_writes_nothing(self):
        first, _ = load()

        with counted() as calls:
            again, created = load(now=NOW + timedelta(days=1))

        assert (again, created) == (first, False)
        assert calls == ["GetItem"]

    def test_takes_two_calls_when_numbers_are_at_hand(self):
        load("P-0")

        with counted() as calls:
            load("P-1")
            load("P-1", nuova=a_nuova_pendenza(causale="Altra"))

        assert calls == ["GetItem", "TransactWriteItems"] * 2

    def test_draws_again_when_the_number_is_taken(self):
        taken = numbers.draw(numbers.Serie(id_dominio=DOMINIO, aux="3", codice="01"), now=NOW)
        numbers.forget()
        _reset_counter()
        for n in range(40):
            sixteen = f"301{n + 1:013d}"
            numero = f"{sixteen}{int(sixteen) % 93:02d}"
            load(f"ENTE-{n}", nuova=a_nuova_pendenza(numero_avviso=numero))

        pendenza, _ = load("P-1")

        assert taken.numero == load("ENTE-0")[0].numero_avviso
        assert pendenza.numero_avviso > "301" + f"{40:013d}"


def _reset_counter():
    from chalicelib.pendenze.tables import ContatoreItem

    for item in list(ContatoreItem.scan()):
        item.delete()


class TestRaces:
    def test_a_write_in_between_is_read_and_decided_again(self, monkeypatch):
        load()
        real, lost = repository.save, [False]

        def save(before, after):
            if not lost[0]:
                lost[0] = True
                real(before, replace(before, direzione="nel frattempo"))
            return real(before, after)

        monkeypatch.setattr(repository, "save", save)

        after, _ = load(nuova=a_nuova_pendenza(causale="Altra"))

        assert (after.causale, after.versione) == ("Altra", 3)

    def test_one_that_is_always_late_is_told_so(self, monkeypatch):
        load()

        def save(before, after):
            raise WriteConflict(["pendenza"])

        waits = []
        monkeypatch.setattr(repository, "save", save)
        monkeypatch.setattr(clock, "pause", waits.append)
        monkeypatch.setattr(operations, "random", lambda: 1.0)

        with counted() as calls, pytest.raises(WriteConflict):
            load(nuova=a_nuova_pendenza(causale="Altra"))
        assert calls == ["GetItem"] * operations.MAX_ATTEMPTS
        assert waits == [0.02, 0.04, 0.08, 0.16, 0.32, 0.4, 0.4]

    def test_one_that_loses_seven_times_is_stored(self, monkeypatch):
        load()
        real, lost = repository.save, iter(range(7))

        def save(before, after):
            if next(lost, None) is not None:
                raise WriteConflict(["pendenza"])
            return real(before, after)

        monkeypatch.setattr(repository, "save", save)
        monkeypatch.setattr(clock, "pause", lambda _seconds: None)

        assert load(nuova=a_nuova_pendenza(causale="Altra"))[0].causale == "Altra"

    def test_a_payment_in_between_wins_over_an_update(self, monkeypatch):
        load()
        real, lost = repository.save, [False]

        def save(before, after):
            if not lost[0]:
                lost[0] = True
                real(before, replace(before, stato=StatoPendenza.ESEGUITO))
            return real(before, after)

        monkeypatch.setattr(repository, "save", save)

        assert codice_of(nuova=a_nuova_pendenza(causale="Altra")).codice == "VER_003"

    def test_many_loaders_share_the_numbers_without_giving_one_twice(self):
        def one(n):
            return load(f"P-{n}")[0].iuv

        with ThreadPoolExecutor(8) as pool:
            iuvs = list(pool.map(one, range(160)))

        assert max(Counter(iuvs).values()) == 1
        assert stored_items() == (160, 160)

    def test_many_loaders_of_one_pendenza_make_one(self):
        def one(_):
            try:
                return load()[0].iuv
            except WriteConflict:
                return None

        with ThreadPoolExecutor(8) as pool:
            iuvs = {iuv for iuv in pool.map(one, range(16)) if iuv}

        assert len(iuvs) == 1
        assert stored_items() == (1, 1)

    def test_many_writers_lose_no_update(self):
        load()

        def one(n):
            ops = [PatchOp("ADD", "/nota", {"testo": str(n)})]
            while True:
                try:
                    operations.patch_pendenza(
                        utenza=an_utenza(), id_a2a=A2A_COMUNE, id_pendenza="P-1", ops=ops, now=NOW
                    )
                except WriteConflict:
                    continue
                return

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(one, range(12)))

        assert {nota.testo for nota in stored().note} == {str(n) for n in range(12)}


class TestCancel:
    def test_in_bulk_is_idempotent(self):
        load()

        for _ in range(2):
            after = operations.cancel_pendenza(id_a2a=A2A_COMUNE, id_pendenza="P-1", now=NOW)

        assert after.stato is StatoPendenza.ANNULLATO
        posizione = repository.get_by_iuv(DOMINIO, str(after.iuv))
        assert posizione is not None
        assert posizione.stato is StatoPendenza.ANNULLATO

    def test_of_what_is_not_there_is_ver_008(self):
        with pytest.raises(Refusal) as refusal:
            operations.cancel_pendenza(id_a2a=A2A_COMUNE, id_pendenza="P-1", now=NOW)

        assert refusal.value.codice == "VER_008"

    def test_is_undone_by_a_load(self):
        load()
        operations.cancel_pendenza(id_a2a=A2A_COMUNE, id_pendenza="P-1", now=NOW)

        after, created = load()

        assert (after.stato, created) == (StatoPendenza.NON_ESEGUITO, False)
