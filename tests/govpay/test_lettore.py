"""What the command line says of a command that it cannot read."""

import re

import pytest

from govpay.lettore import in_italiano
from govpay.riga import main

INGLESE = re.compile(r"\b(the following|arguments?|invalid|choose|expected|unrecognized|usage|required|not allowed)\b")


class TestAWrongCommand:
    @pytest.mark.parametrize(
        ("riga", "detto"),
        [
            ((), "manca: COMANDO"),
            (("vola",), "non è ammesso: indicare uno fra"),
            (("dlq",), "manca: AZIONE"),
            (("cronistoria",), "manca: IUV"),
            (("cronistoria", "1", "--vola"), "non riconosciuto: --vola"),
            (("cronistoria", "1", "--dominio"), "--dominio: manca il valore"),
            (("dlq", "rispedisci", "tutte", "--limite", "molti"), "--limite: 'molti' non è un numero intero"),
            (("notifiche", "elenca", "--stato", "X"), "--stato: 'X' non è ammesso: indicare uno fra"),
            (("cronistoria", "1", "--json=si"), "--json: non ammette un valore: 'si'"),
        ],
    )
    def test_is_told_in_italian(self, riga, detto, capsys):
        with pytest.raises(SystemExit) as uscita:
            main(riga)

        err = capsys.readouterr().err
        assert uscita.value.code == 2
        assert err.startswith("uso: govpay")
        assert detto in err
        assert not INGLESE.search(err)


class TestWhatIsNotKnown:
    def test_stays_as_it_is(self):
        assert in_italiano("argument --dal: indicare un giorno") == "--dal: indicare un giorno"

    @pytest.mark.parametrize(
        "message",
        [
            "one of the arguments --a --b is required",
            "argument --a: not allowed with argument --b",
            "argument --a: expected at least one argument",
            "argument --a: expected at most one argument",
            "argument --a: expected 2 arguments",
            "argument --a: invalid Path value: 'x'",
            "ambiguous option: --d could match --dal, --dominio",
        ],
    )
    def test_is_little(self, message):
        assert not INGLESE.search(in_italiano(message))
