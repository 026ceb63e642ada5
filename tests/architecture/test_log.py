"""The log of the application as it is deployed."""

import json
import logging

import app as deployed
from chalicelib.rest import log


class TestLog:
    def test_is_one_json_object_a_line_also_beside_chalice(self):
        assert deployed.app.app_name == "govpay"
        (handler,) = (one for one in logging.getLogger("govpay").handlers if type(one) is logging.StreamHandler)
        record = logging.LogRecord("govpay", logging.INFO, __file__, 1, "richiesta servita", (), None)
        record.campi = {"stato": 200}

        line = json.loads(handler.format(record))

        assert (line["evento"], line["stato"]) == ("richiesta servita", 200)
        assert "stato" in log.FIELDS
