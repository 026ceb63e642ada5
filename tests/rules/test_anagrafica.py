"""What may be registered: patterns of IUVs, addresses, images; how a principal and a password are compared."""

import base64
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.anagrafica.images import read_logo
from chalicelib.anagrafica.model import CodificaAvvisi
from chalicelib.anagrafica.passwords import Verifier, hash_password
from chalicelib.anagrafica.repository import principal_key
from chalicelib.anagrafica.rules import host_problem, matches_iuv, reg_exp_problem, url_problem
from tests.builders_anagrafica import an_applicazione, password_hash

CHARACTERS = "aA01[](){}|*+?.^$\\d,-:=!<P"


class TestRegExpProblem:
    @pytest.mark.parametrize(
        "pattern",
        [
            "[0-9]*", ".*", r"01\d{15}", "^(RF)?[0-9]{15,17}$", "(01[0-9]{15})|(1[0-9]{14})", "[0,1]*", r"RF\d\d[^\]]+",
            "(?:0[1-3]|1[0-2])[0-9]{13}",
        ],
    )  # fmt: skip
    def test_takes_the_patterns_that_enti_use(self, pattern):
        assert reg_exp_problem(pattern) is None

    @pytest.mark.parametrize("pattern", ["(a+)+", "(a|a)*", "(a*){9}", "((a?)+)+", "(?:a|b)+"])
    def test_refuses_to_repeat_a_group(self, pattern):
        assert reg_exp_problem(pattern) == "non può ripetere un gruppo fra parentesi"

    @pytest.mark.parametrize("pattern", ["a*a*a*a*b", "a?a?a?a?a", "|".join("0123456789")])
    def test_refuses_too_many_ways_to_match(self, pattern):
        assert "può avere al più" in (reg_exp_problem(pattern) or "")

    @pytest.mark.parametrize("pattern", [r"(a)\1", "(?=a)a", "(?P<x>a)", "(?i)a", "(a)?(?(1)b|c)", r"\bx", "a{1", "è"])
    def test_refuses_what_it_does_not_know(self, pattern):
        assert "costruzione non ammessa" in (reg_exp_problem(pattern) or "")

    @pytest.mark.parametrize("pattern", ["[z-a]", "(", "a)", "*a", "[0-9]{9,1}"])
    def test_refuses_what_is_no_pattern(self, pattern):
        assert reg_exp_problem(pattern) is not None

    def test_refuses_a_pattern_longer_than_a_hundred(self):
        assert reg_exp_problem("0" * 101) == "deve avere al più 100 caratteri"

    @given(st.text(CHARACTERS, max_size=100))
    def test_takes_only_patterns_that_are_quick_on_any_iuv(self, pattern):
        if reg_exp_problem(pattern) is not None:
            return

        started = time.perf_counter()
        for iuv in ("0" * 35, "a" * 34 + "!", "01" * 17, ""):
            re.fullmatch(pattern, iuv)

        assert time.perf_counter() - started < 1

    def test_the_worst_that_it_takes_is_quick(self):
        pattern = "(00|0)" * 8 + ".*.*.*x"
        assert reg_exp_problem(pattern) is None

        started = time.perf_counter()
        assert re.fullmatch(pattern, "0" * 35) is None

        assert time.perf_counter() - started < 5


class TestMatchesIuv:
    def test_wants_the_whole_iuv(self):
        applicazione = an_applicazione(codifica_avvisi=CodificaAvvisi(reg_exp_iuv="01[0-9]{3}"))

        assert matches_iuv(applicazione, "01234")
        assert not matches_iuv(applicazione, "012345")
        assert not matches_iuv(applicazione, "9" * 500)

    def test_is_false_without_a_pattern(self):
        assert not matches_iuv(an_applicazione(codifica_avvisi=CodificaAvvisi()), "01234")


class TestUrlProblem:
    @pytest.mark.parametrize(
        "url", ["https://ente.example.com/govpay", "https://ente.it:8443", "https://93.184.216.34/x"]
    )
    def test_takes_https_to_a_public_host(self, url):
        assert url_problem(url, allow_private=False) is None

    @pytest.mark.parametrize(
        "url",
        [
            "http://ente.example.com", "https://localhost/x", "https://127.0.0.1", "https://10.1.2.3", "https://[::1]/",
            "https://169.254.169.254/latest/meta-data", "https://192.168.1.1", "https://nodo.internal", "https://intranet",
            "https://2130706433/", "https://0x7f.1/", "https://[fd00::1]/", "https://[::ffff:10.0.0.1]/", "https://x.local.",
        ],
    )  # fmt: skip
    def test_refuses_what_is_not_public(self, url):
        assert url_problem(url, allow_private=False) is not None

    @pytest.mark.parametrize("url", ["http://localhost:8080/ente", "https://10.1.2.3"])
    def test_takes_a_private_host_where_that_is_allowed(self, url):
        assert url_problem(url, allow_private=True) is None

    @pytest.mark.parametrize(
        "url",
        ["ftp://a.it", "file:///etc/passwd", "https://", "https://u:p@a.it", "https://a.it/#x", "https://a.it:99999"],
    )
    def test_refuses_what_is_no_address_of_a_service_wherever(self, url):
        assert url_problem(url, allow_private=True) is not None

    def test_judges_a_host_alone(self):
        assert host_problem("ftp.pagopa.it", allow_private=False) is None
        assert host_problem("10.0.0.1", allow_private=False) is not None
        assert host_problem("10.0.0.1", allow_private=True) is None


class TestReadLogo:
    PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n....").decode()

    def test_reads_an_image_and_tells_its_type(self):
        logo = read_logo(self.PNG)

        assert logo is not None
        assert logo.content_type == "image/png"

    def test_reads_a_data_url(self):
        assert read_logo("data:image/jpeg;base64," + base64.b64encode(b"\xff\xd8\xff\xe0").decode()) is not None

    @pytest.mark.parametrize("text", ["non base64", base64.b64encode(b"<svg onload=alert(1)>").decode(), "é"])
    def test_refuses_anything_else(self, text):
        assert read_logo(text) is None


class TestPrincipalKey:
    def test_is_the_same_for_a_subject_in_whatever_order(self):
        assert principal_key("CN=Gestionale, O=Comune, C=IT") == principal_key("C=IT,O=Comune,CN=Gestionale")
        assert principal_key("/C=IT/O=Comune/CN=Gestionale") == principal_key("cn=Gestionale,o=Comune,c=IT")

    def test_differs_by_any_attribute(self):
        assert principal_key("CN=Gestionale,O=Comune") != principal_key("CN=Gestionale")
        assert principal_key("CN=Gestionale") != principal_key("CN=gestionale")

    def test_is_the_name_itself_otherwise(self):
        assert principal_key("comune") == "comune"


class TestVerifier:
    HASH = password_hash("Segreta-2026")

    def test_knows_the_right_password_from_a_wrong_one(self):
        verifier = Verifier()

        assert verifier.is_right("Segreta-2026", self.HASH)
        assert not verifier.is_right("segreta-2026", self.HASH)

    def test_finds_every_password_wrong_where_there_is_none(self):
        assert not Verifier().is_right("", None)

    def test_refuses_a_password_no_person_has(self):
        assert not Verifier().is_right("x" * 2000, self.HASH)

    def test_remembers_a_right_password_and_no_wrong_one(self):
        verifier = Verifier()
        verifier.is_right("Segreta-2026", self.HASH)
        verifier.is_right("sbagliata", self.HASH)

        assert verifier.remembers("Segreta-2026", self.HASH)
        assert not verifier.remembers("sbagliata", self.HASH)
        assert not verifier.remembers("Segreta-2026", None)

    def test_remembers_nothing_of_a_password_that_was_changed(self):
        verifier = Verifier()
        verifier.is_right("Segreta-2026", self.HASH)

        assert not verifier.remembers("Segreta-2026", hash_password("Segreta-2026"))

    def test_keeps_neither_password_nor_hash_and_forgets(self):
        verifier = Verifier()
        verifier.is_right("Segreta-2026", self.HASH)
        kept = repr(verifier._right)

        assert "Segreta" not in kept
        assert self.HASH not in kept
        verifier.forget()
        assert not verifier.remembers("Segreta-2026", self.HASH)

    def test_remembers_no_more_than_it_may(self, monkeypatch):
        monkeypatch.setattr("chalicelib.anagrafica.passwords._MAX_REMEMBERED", 2)
        verifier = Verifier()
        for n in range(4):
            verifier._remember(bytes([n]))

        assert list(verifier._right) == [b"\x02", b"\x03"]

    def test_never_makes_the_same_hash_twice(self):
        assert hash_password("Segreta-2026") != self.HASH
