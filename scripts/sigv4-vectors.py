#!/usr/bin/env python3
"""Writes Tests/LightsailAPITests/Fixtures/sigv4.json: requests as botocore signs them. Needs: pip install botocore."""
import datetime, json, pathlib
from unittest import mock

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"  # from AWS's own documentation
TIME = datetime.datetime(2026, 11, 24, 12, 30, 45)
JSON = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Lightsail_20161128.GetInstances"}

CASES = [
    ("what the clients send", "POST", "http://127.0.0.1:8080/", JSON, b"{}"),
    ("no body", "POST", "http://127.0.0.1:8080/", JSON, b""),
    ("a body of many bytes", "POST", "https://lightsail.example.org/", JSON, b'{"userData":"' + b"#" * 20000 + b'"}'),
    ("a body that is not ASCII", "POST", "http://127.0.0.1:8080/", JSON, '{"name":"été \u2603"}'.encode()),
    ("another region", "POST", "http://127.0.0.1:8080/", JSON, b"{}"),
    ("a session token", "POST", "http://127.0.0.1:8080/", {**JSON, "X-Amz-Security-Token": "FwoG/+=="}, b"{}"),
    ("values with white space", "POST", "http://localhost/", {**JSON, "My-Header": "  a   b\tc  "}, b"{}"),
    ("a path with dots and empty segments", "POST", "http://localhost/a/./b/../c//d/", {}, b""),
    ("a path above the root", "POST", "http://localhost/../../etc/passwd", {}, b""),
    ("an encoded path", "POST", "http://localhost/a%20b/%E2%98%83/x~y_z-.", {}, b""),
    ("a query", "GET", "http://localhost/?b=2&a=1&a=0&B=&c", {}, b""),
    ("an encoded query", "GET", "http://localhost/?name=a%20b%2Fc&%E2%98%83=1", {}, b""),
    ("names that sort by case", "POST", "http://localhost/", {"Zebra": "1", "apple": "2", "X-Amz-Meta": "3"}, b"x"),
]


def vector(name, method, url, headers, body):
    region = "eu-central-1" if name == "another region" else "us-east-1"
    request = AWSRequest(method=method, url=url, headers=dict(headers), data=body)
    with mock.patch("botocore.auth.get_current_datetime", return_value=TIME):
        botocore.auth.SigV4Auth(Credentials(KEY, SECRET), "lightsail", region).add_auth(request)
    host, _, target = url.split("://")[1].partition("/")
    sent = [["Host", host]] + [[k, v] for k, v in request.headers.items() if k != "Authorization"]
    return {
        "name": name, "method": method, "target": "/" + target, "region": region, "headers": sent,
        "body": body.decode(), "authorization": request.headers["Authorization"],
    }


out = pathlib.Path(__file__).parent.parent / "Tests/LightsailAPITests/Fixtures/sigv4.json"
out.parent.mkdir(exist_ok=True)
document = {"accessKeyId": KEY, "secret": SECRET, "time": TIME.timestamp() if TIME.tzinfo else
            TIME.replace(tzinfo=datetime.timezone.utc).timestamp(), "vectors": [vector(*c) for c in CASES]}
out.write_text(json.dumps(document, indent=1, ensure_ascii=True) + "\n")
