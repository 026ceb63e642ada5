"""The snapshot: what other contexts ask of the anagrafica."""

from chalicelib.anagrafica import queries
from tests.builders_anagrafica import A2A_COMUNE, ALTRO_DOMINIO, DOMINIO, IBAN_BANCA, IBAN_POSTA, seed_comune


class TestDominio:
    def test_is_given_with_all_it_has(self, aws, now):
        seed_comune(now)

        comune = queries.dominio(DOMINIO)

        assert comune is not None
        assert comune.dominio.id_stazione == "12345678901_02"
        assert set(comune.conti) == {IBAN_BANCA, IBAN_POSTA}
        assert set(comune.entrate) == {"TARI", "MULTA", "MENSA", "BOLLOT"}
        assert set(comune.tipi) == {"LIBERO", "BOLLOT", "TARI", "MULTA", "MENSA"}
        assert set(comune.unita) == {"EC", "UFFICIO-TRIBUTI"}
        assert queries.applicazione_by_iuv(ALTRO_DOMINIO, "01" + "0" * 15).id_a2a == A2A_COMUNE
