"""Who a caller is, and what they may do."""

import pytest

from chalicelib.anagrafica.model import Abilitazioni, Acl, RuoloUtenza
from chalicelib.anagrafica.rules import utenza_of
from chalicelib.kernel.refusals import NotAllowed
from chalicelib.kernel.utenze import NESSUNO, TUTTI, Ambito, Diritto, Servizio, TipoUtenza
from tests.builders_anagrafica import an_applicazione, an_operatore

R, W = Diritto.LETTURA, Diritto.SCRITTURA
LETTORE = RuoloUtenza(id_ruolo="Lettore", acl=(Acl(servizio=Servizio.PENDENZE, autorizzazioni=(R,)),))


class TestUtenzaOf:
    def test_joins_the_acl_of_the_ruoli_to_its_own(self):
        own = (
            Acl(servizio=Servizio.PENDENZE, autorizzazioni=(W,)),
            Acl(servizio=Servizio.PAGAMENTI, autorizzazioni=(R,)),
        )
        operatore = an_operatore(abilitazioni=Abilitazioni(acl=own, ruoli=("Lettore",)))

        utenza = utenza_of(operatore, {"Lettore": LETTORE})

        assert utenza.acl == {Servizio.PENDENZE: {R, W}, Servizio.PAGAMENTI: {R}}
        assert utenza.tipo is TipoUtenza.OPERATORE
        assert utenza.id_a2a is None

    def test_gives_nothing_for_a_ruolo_that_nobody_knows(self):
        assert utenza_of(an_operatore(abilitazioni=Abilitazioni(ruoli=("Fantasma",))), {}).acl == {}

    def test_lets_an_applicazione_read_and_write_where_its_apis_are_enabled(self):
        applicazione = an_applicazione(api_pagamenti=False, api_pendenze=True, api_ragioneria=True)

        utenza = utenza_of(applicazione, {})

        assert utenza.acl == {Servizio.API_PENDENZE: {R, W}, Servizio.API_RAGIONERIA: {R, W}}
        assert (utenza.tipo, utenza.id_a2a, utenza.nome) == (TipoUtenza.APPLICAZIONE, "A2A-COMUNE", "A2A-COMUNE")

    def test_reads_a_star_as_everything(self):
        utenza = utenza_of(an_applicazione(), {})

        assert (utenza.domini, utenza.tipi_pendenza) == (TUTTI, TUTTI)

    def test_denies_everything_that_is_not_named(self):
        utenza = utenza_of(an_applicazione(abilitazioni=Abilitazioni()), {})

        assert (utenza.domini, utenza.tipi_pendenza) == (NESSUNO, NESSUNO)

    def test_keeps_to_the_domini_and_tipi_named(self):
        utenza = utenza_of(
            an_applicazione(abilitazioni=Abilitazioni(domini=("80012000826",), tipi_pendenza=("TARI",))), {}
        )

        assert utenza.domini == Ambito(ids=frozenset({"80012000826"}))
        with pytest.raises(NotAllowed, match=r"403000.*dominio 80012000827"):
            utenza.require_dominio("80012000827")
        with pytest.raises(NotAllowed, match=r"403000.*tipo pendenza MENSA"):
            utenza.require_tipo_pendenza("MENSA")

    def test_trusts_an_applicazione_with_autodeterminazione_for_any_tipo(self):
        utenza = utenza_of(an_applicazione(abilitazioni=Abilitazioni(tipi_pendenza=("autodeterminazione",))), {})

        assert utenza.autodeterminazione
        assert utenza.tipi_pendenza == NESSUNO
        utenza.require_tipo_pendenza("QUALUNQUE")


class TestRequire:
    def test_names_the_servizio_that_is_missing(self):
        utenza = utenza_of(an_operatore(abilitazioni=Abilitazioni(ruoli=("Lettore",))), {"Lettore": LETTORE})

        utenza.require(Servizio.PENDENZE, R)
        with pytest.raises(NotAllowed, match=r"403000.*modificare nel servizio Pendenze"):
            utenza.require(Servizio.PENDENZE, W)
        with pytest.raises(NotAllowed, match=r"403000.*leggere nel servizio Anagrafica Ruoli"):
            utenza.require(Servizio.ANAGRAFICA_RUOLI, R)
