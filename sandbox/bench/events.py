"""The events of Lambda: a request through API Gateway, a message of a queue."""

import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox.aws.gateway import Routes


class Refused(RuntimeError):
    """The operation did not go well: there is nothing to measure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request of a caller, who shows user and password."""

    method: str
    url: str
    body: bytes = b""
    user: str = ""
    password: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def event(self, routes: Routes) -> dict[str, Any]:
        """Give the event of a REST API with Lambda proxy integration."""
        match, split = routes.match_route(self.url), urlsplit(self.url)
        query = parse_qs(split.query, keep_blank_values=True)
        token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json", **self.headers}
        return {
            "resource": match.route,
            "path": split.path,
            "httpMethod": self.method,
            "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
            "multiValueQueryStringParameters": query or None,
            "pathParameters": match.captured,
            "stageVariables": None,
            "requestContext": _context(self.method, match.route, split.path),
            "body": self.body.decode(),
            "isBase64Encoded": False,
        }


def _context(method: str, route: str, path: str) -> dict[str, Any]:
    return {
        "resourcePath": route,
        "httpMethod": method,
        "path": path,
        "stage": "bench",
        "apiId": "bench",
        "accountId": "000000000000",
        "requestId": str(uuid.uuid4()),
        "protocol": "HTTP/1.1",
        "identity": {"sourceIp": "192.0.2.1", "userAgent": "bench"},
    }


def message(body: str, *, queue: str) -> dict[str, Any]:
    """Give the event of one message of a queue."""
    return {
        "Records": [
            {
                "messageId": str(uuid.uuid4()),
                "receiptHandle": "bench",
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "md5OfBody": "",
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:eu-south-1:000000000000:{queue}",
                "awsRegion": "eu-south-1",
            }
        ]
    }


def require_good(answer: Any) -> dict[str, Any]:
    """Give the answer of the API if it is a good one, a KO of SOAP being none.

    :raises Refused: with what was answered
    """
    body = str(answer.get("body", ""))
    if answer["statusCode"] >= 400 or "KO</" in body or ":Fault>" in body:
        raise Refused(f"{answer['statusCode']} {body[:600]}")
    good: dict[str, Any] = answer
    return good


def read_json(answer: Mapping[str, Any]) -> Any:
    return json.loads(answer["body"])
