"""The id of an evento, and what may never be kept of an exchange."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.giornale import rules
from chalicelib.giornale.model import MAX_ID, RANDOM_RANGE, instant_of, make_id
from chalicelib.kernel.exchange import Componente, Message
from tests.clock import NOW
from tests.eventi import an_exchange


class TestId:
    @given(
        st.datetimes(datetime(2020, 1, 1), datetime(2089, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        st.integers(0, RANDOM_RANGE - 1),
    )
    def test_fits_an_int64_and_gives_the_instant_back_to_the_millisecond(self, data, caso):
        found = make_id(data, caso)

        assert 0 <= found <= MAX_ID
        assert timedelta(0) <= data - instant_of(found) < timedelta(milliseconds=1)

    def test_grows_with_time(self):
        assert make_id(NOW, RANDOM_RANGE - 1) < make_id(NOW + timedelta(milliseconds=1), 0)


class TestFitToKeep:
    @pytest.mark.parametrize(
        "name",
        [
            "Authorization", "Proxy-Authorization", "X-Api-Key", "Cookie", "Set-Cookie", "X-Amz-Security-Token",
            "Ocp-Apim-Subscription-Key", "X-Client-Secret", "X-Auth-Token", "X-Password",
        ],
    )  # fmt: skip
    def test_drops_headers_that_prove_who_one_is(self, name):
        assert rules.clean_headers({name: "segreto", "Accept": "application/json"}) == {"Accept": "application/json"}

    @pytest.mark.parametrize(
        ("url", "kept"),
        [
            ("https://u:p@ente.it/pagamenti/1", "https://ente.it/pagamenti/1"),
            ("https://ente.it/x?apiKey=abc&iuv=1", "https://ente.it/x?apiKey=***&iuv=1"),
            ("/eventi?pagina=2", "/eventi?pagina=2"),
            ("paSendRTV2", "paSendRTV2"),
        ],
    )
    def test_drops_credentials_in_urls(self, url, kept):
        assert rules.clean_url(url) == kept

    def test_cleans_both_messages(self):
        message = Message(url="https://u:p@ente.it/", headers={"Authorization": "Basic x"}, payload=b"{}")
        exchange = an_exchange(richiesta=message, risposta=message)

        cleaned = rules.fit_to_keep(exchange)

        assert cleaned.richiesta == cleaned.risposta == Message(url="https://ente.it/", payload=b"{}")

    @pytest.mark.parametrize(
        ("payload", "kept"),
        [
            (b'{"password": "Segreta-1", "abilitato": true}', b'{"password": "***", "abilitato": true}'),
            (b'{"password":"a\\"Segreta-1"}', b'{"password":"***"}'),
            (
                b'{"auth": {"username": "u", "password" : "Segreta-1"}, "subscriptionKey": "Segreta-1"}',
                b'{"auth": {"username": "u", "password" : "***"}, "subscriptionKey": "***"}',
            ),
            (b'{"avvisaturaAppIO": {"apiKey": "Segreta-1"', b'{"avvisaturaAppIO": {"apiKey": "***"'),
            (
                b'[{"op": "REPLACE", "value": "Segreta-1", "path": "/password"}]',
                b'[{"op": "REPLACE", "value": "***", "path": "/password"}]',
            ),
            (b'{"password": null, "ragioneSociale": "x"}', b'{"password": null, "ragioneSociale": "x"}'),
        ],
    )
    def test_leaves_out_the_secrets_that_an_operator_registers(self, payload, kept):
        exchange = an_exchange(componente=Componente.API_BACKOFFICE, richiesta=Message(payload=payload))

        assert rules.fit_to_keep(exchange).richiesta.payload == kept

    def test_leaves_the_messages_of_others_as_they_were(self):
        message = Message(payload=b'{"dati": {"password": "domanda"}}')

        kept = rules.fit_to_keep(an_exchange(componente=Componente.API_PENDENZE, richiesta=message))

        assert kept.richiesta.payload == message.payload

    def test_bounds_what_a_caller_wrote(self):
        exchange = an_exchange(iuv="9" * 5000, dettaglio_esito="x" * 1_000_000)

        kept = rules.fit_to_keep(exchange)

        assert len(str(kept.about.iuv)) == rules.MAX_ID
        assert len(str(kept.dettaglio_esito)) == rules.MAX_TEXT

    def test_replaces_halves_of_characters_that_no_text_may_hold(self):
        kept = rules.fit_to_keep(an_exchange(iuv="a\ud800", dettaglio_esito="valore \udfff"))

        assert (kept.about.iuv, kept.dettaglio_esito) == ("a?", "valore ?")
