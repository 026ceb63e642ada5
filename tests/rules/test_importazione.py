"""What a movement asks for, how it is explained, working days, names and cells that are safe."""

from dataclasses import replace
from datetime import date

import pytest

from chalicelib.kernel.celle import safe_cell
from chalicelib.kernel.importo import Importo
from chalicelib.riconciliazione.esiti import EsitoMovimento
from chalicelib.riconciliazione.giornale_di_cassa.modello import Movimento, Sospeso
from chalicelib.riconciliazione.importazione import archivio, rules
from chalicelib.riconciliazione.importazione.calendario import after_working_days, is_lavorativo, pasqua
from chalicelib.riconciliazione.importazione.model import Classe, MovimentoCassa, id_movimento_of
from chalicelib.riconciliazione.importazione.states import DA_PERSONA, MOVIMENTO_MOVES, RIPROVABILI
from tests.clock import NOW

E = EsitoMovimento


def a_movimento(**other) -> Movimento:
    values = {
        "documento": "gdc.xml",
        "posizione": 1,
        "riga": 22,
        "chiave": "OPI|03069|2026|SOSPESO ENTRATA|ESEGUITO|64101|70001",
        "esercizio": "2026",
        "numero_provvisorio": "64101",
        "importo": Importo(125075),
        "data_contabile": date(2026, 11, 20),
        "data_valuta": date(2026, 11, 20),
        "causale": "/PUR/LGPE-RIVERSAMENTO/URI/2026-11-20PSPTEST1-0000000001",
        "sct": "TRN1",
        "numero_bolletta": "70001",
        "abi": "03069",
    }
    return Movimento(**values | other)


def a_cassa(**other) -> MovimentoCassa:
    movimento = other.pop("movimento", a_movimento())
    return MovimentoCassa(
        id_dominio="99999000013",
        id_movimento=id_movimento_of(movimento),
        id_giornale="g",
        numero=1,
        nome_file="gdc.xml",
        movimento=movimento,
        acquisito=NOW,
        classe=rules.classify(movimento),
        **other,
    )


class TestClassify:
    @pytest.mark.parametrize(
        ("fields", "classe"),
        [
            ({}, Classe.CREDITO),
            ({"tipo_movimento": "USCITA", "tipo_documento": "MANDATO"}, Classe.NIENTE),
            ({"tipo_movimento": "USCITA", "tipo_operazione": "STORNATO"}, Classe.NIENTE),
            ({"tipo_operazione": "STORNATO"}, Classe.STORNO),
            ({"importo": Importo(-1)}, Classe.STORNO),
            ({"tipo_documento": "GIROCONTO"}, Classe.NIENTE),
            ({"tipo_documento": "GIROCONTO", "tipo_operazione": "STORNATO"}, Classe.NIENTE),
            ({"tipo_operazione": "RIPRISTINATO"}, Classe.REGOLARIZZAZIONE),
            ({"tipo_documento": "REVERSALE", "tipo_operazione": "REGOLARIZZATO"}, Classe.NIENTE),
            ({"tipo_documento": "REVERSALE", "sospesi": (Sospeso(numero="64101"),)}, Classe.REGOLARIZZAZIONE),
            ({"tipo_documento": "REVERSALE", "tipo_operazione": "STORNATO"}, Classe.NIENTE),
            (
                {
                    "tipo_documento": "REVERSALE",
                    "tipo_operazione": "STORNATO",
                    "sospesi": (Sospeso(numero="64101"),),
                },
                Classe.REGOLARIZZAZIONE,
            ),
        ],
    )
    def test_tells_credits_from_the_rest(self, fields, classe):
        assert rules.classify(a_movimento(**fields)) is classe


class TestId:
    def test_of_one_provvisorio_begins_alike(self):
        credit, reversal = a_movimento(), a_movimento(chiave="another", importo=Importo(-1))

        assert id_movimento_of(credit)[:16] == id_movimento_of(reversal)[:16]
        assert id_movimento_of(credit) != id_movimento_of(reversal)

    def test_without_a_provvisorio_is_of_the_key_alone(self):
        one, other = (a_movimento(numero_provvisorio="", chiave=chiave) for chiave in ("a", "b"))

        assert id_movimento_of(one)[:16] != id_movimento_of(other)[:16]


class TestAccredito:
    def test_leaves_out_a_causale_that_does_not_fit(self):
        cassa = a_cassa(movimento=a_movimento(causale="x" * 600), id_flusso="F")

        accredito = rules.accredito_of(cassa, rules.Riferito(id_flusso="F"), ())

        assert (accredito.causale, accredito.id_flusso) == (None, "F")

    def test_names_the_account_only_if_it_is_known(self):
        cassa = a_cassa(movimento=a_movimento(iban="IT60X0542811101000000123456"))
        riferito = rules.Riferito(id_flusso="F")

        assert rules.accredito_of(cassa, riferito, ()).iban_accredito is None
        assert rules.accredito_of(cassa, riferito, (cassa.movimento.iban,)).iban_accredito == cassa.movimento.iban


class TestStorno:
    def test_undoes_what_has_the_opposite_amount(self):
        storno = a_cassa(movimento=a_movimento(importo=Importo(-500), tipo_operazione="STORNATO", chiave="s"))
        same, other = (
            a_cassa(movimento=a_movimento(importo=Importo(cents), chiave=f"k{cents}")) for cents in (500, 700)
        )

        assert rules.storno_of(storno, [other, same]) == same

    def test_undoes_nothing_twice(self):
        storno = a_cassa(movimento=a_movimento(importo=Importo(-500), chiave="s"))
        done = a_cassa(movimento=a_movimento(importo=Importo(500)), stornato_da="another")

        assert rules.storno_of(storno, [done]) is None

    def test_is_known_where_the_bank_writes_no_sign(self):
        storno = a_cassa(movimento=a_movimento(importo=Importo(500), tipo_operazione="STORNATO"))

        assert rules.are_opposite(storno, a_cassa(movimento=a_movimento(importo=Importo(500))))


class TestARegularisation:
    reversale = a_movimento(
        tipo_documento="REVERSALE",
        tipo_operazione="REGOLARIZZATO",
        numero_provvisorio="3300",
        sospesi=(Sospeso(numero="64101"),),
    )

    def stornata(self, numero="3300"):
        return replace(self.reversale, tipo_operazione="STORNATO", numero_provvisorio=numero)

    def test_marks_its_provvisori(self):
        after = rules.regularised(a_cassa(), self.reversale)

        assert after.regolarizzato_da == "reversale 3300 del 20/11/2026"

    def test_that_is_reversed_takes_its_own_mark_away(self):
        marked = rules.regularised(a_cassa(), self.reversale)

        assert rules.regularised(marked, self.stornata()).regolarizzato_da is None
        assert rules.regularised(marked, self.stornata("330")) == marked

    def test_is_undone_by_a_provvisorio_that_is_restored(self):
        marked = rules.regularised(a_cassa(), self.reversale)

        after = rules.regularised(marked, a_movimento(tipo_operazione="RIPRISTINATO"))

        assert after.regolarizzato_da is None

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({}, "regolarizzazione del provvisorio 2026-64101"),
            ({"tipo_operazione": "STORNATO"}, "il provvisorio 2026-64101 è di nuovo da regolarizzare"),
            ({"tipo_operazione": "STORNATO", "sospesi": ()}, "non elenca provvisori, nulla è cambiato"),
        ],
    )
    def test_is_explained(self, fields, words):
        assert words in rules.ignored(replace(self.reversale, **fields)).evidenza

    def test_of_a_credit_that_is_reversed_leaves_the_reversale_to_be_annulled(self):
        marked = rules.regularised(replace(a_cassa(), esito=E.RICONCILIATO), self.reversale)
        storno = a_cassa(movimento=a_movimento(tipo_operazione="STORNATO", chiave="s"))

        after = rules.reversed_by(marked, storno)

        assert after.spiegazione.prossimo_passo == (
            "Il provvisorio era regolarizzato: annullare o ridurre la reversale 3300 del 20/11/2026."
        )


class TestTotals:
    def test_put_uscite_apart(self):
        credit, debit = a_movimento(), a_movimento(tipo_movimento="USCITA", importo=Importo(5))

        (found,) = rules.totals([(E.IGNORATO, credit), (E.IGNORATO, debit), (E.IGNORATO, None)])

        assert (found.quanti, found.entrate, found.uscite) == (3, Importo(125075), Importo(5))


class TestMoves:
    def test_let_what_waits_become_anything_that_a_try_gives(self):
        assert {(da, E.RICONCILIATO) for da in DA_PERSONA} <= MOVIMENTO_MOVES.keys()

    def test_let_a_reconciled_credit_only_be_reversed(self):
        assert {a for da, a in MOVIMENTO_MOVES if da is E.RICONCILIATO} == {E.STORNATO}

    def test_every_outcome_is_explained(self):
        for esito in DA_PERSONA | {E.RICONCILIATO, E.ILLEGGIBILE, E.GIA_ACQUISITO}:
            words = rules.explained(a_movimento(), esito, evidenza="x", oggi=date(2026, 11, 24))
            assert words.regola
            assert words.prossimo_passo
            assert (words.entro is not None) == (esito in RIPROVABILI)


class TestWorkingDays:
    @pytest.mark.parametrize(
        ("giorno", "count", "found"),
        [
            (date(2026, 11, 20), 2, date(2026, 11, 24)),
            (date(2026, 12, 4), 2, date(2026, 12, 9)),
            (date(2026, 12, 24), 1, date(2026, 12, 28)),
            (date(2026, 4, 3), 1, date(2026, 4, 7)),
        ],
        ids=["week-end", "Immacolata", "Natale", "Pasquetta"],
    )
    def test_skip_week_ends_and_holidays(self, giorno, count, found):
        assert after_working_days(giorno, count) == found

    @pytest.mark.parametrize(
        "giorno", [date(2024, 3, 31), date(2025, 4, 20), date(2026, 4, 5), date(2027, 3, 28), date(2038, 4, 25)]
    )
    def test_know_easter(self, giorno):
        assert pasqua(giorno.year) == giorno
        assert not is_lavorativo(giorno)


class TestEtichetta:
    @pytest.mark.parametrize(
        ("esito", "id_flusso", "label"),
        [
            (E.RICONCILIATO, "F", "RT_IUF_TES"),
            (E.RICONCILIATO, None, "RT_NO_IUF"),
            (E.IMPORTO_DIVERSO, "F", "IUF_TES_DIV_IMP"),
            (E.FLUSSO_ASSENTE, "F", "TES_NO_IUF_OR_IUV"),
            (E.NON_PAGOPA, None, "TES_NO_MATCH"),
            (E.STORNO, None, ""),
        ],
    )
    def test_is_that_of_the_systems_in_use(self, esito, id_flusso, label):
        assert rules.etichetta(replace(a_cassa(), esito=esito, id_flusso=id_flusso)) == label


class TestNames:
    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("a/b/gdc.xml", "gdc.xml"),
            ("C:\\x\\gdc.xml", "gdc.xml"),
            ("..", "giornale"),
            ('x"\r\nSet-Cookie: y', "x_Set-Cookie_ y"),
        ],
    )
    def test_are_plain(self, given, kept):
        assert archivio.plain_name(given) == kept

    def test_of_one_event_give_one_id(self):
        oggetto = {"key": "giornale-di-cassa/1/in/a+b%2B.xml", "size": 1, "sequencer": "00A"}
        record = {"eventName": "ObjectCreated:Put", "s3": {"object": oggetto}}

        one, again = archivio.arrivo_of(record), archivio.arrivo_of(record)
        later = archivio.arrivo_of(record | {"s3": {"object": oggetto | {"sequencer": "00B"}}})

        assert (one, one.nome) == (again, "a b_.xml")
        assert one.id_giornale != later.id_giornale


class TestCells:
    @pytest.mark.parametrize("text", ["=1+1", "+39", "-1", "@x", "\tx"])
    def test_are_not_run_by_a_spreadsheet(self, text):
        assert safe_cell(text) == f"'{text}"

    def test_of_plain_text_stay(self):
        assert safe_cell("/PUR/LGPE") == "/PUR/LGPE"
