"""Signed requests, sent again and again by wrk, or once by hand."""
import http.client
import subprocess
import time
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from servers import REGION

SCRIPT = """
wrk.method = "POST"
wrk.body = [==[%s]==]
%s
function done(summary, latency)
    local faults = summary.errors
    io.write(string.format("\\nmeasured %%d %%d %%d %%d\\n", summary.requests, summary.duration, faults.status +
        faults.connect + faults.read + faults.write + faults.timeout, latency:percentile(50)))
end
"""


def lightsail(call, body):
    return "lightsail", body, {
        "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"Lightsail_20161128.{call}"}


def ec2(query):
    return "ec2", f"Action=DescribeInstances&Version=2016-11-15{query}", {
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


def signed(server, request):
    """The headers of the request; good for fifteen minutes."""
    service, body, headers = request
    made = AWSRequest("POST", server.url, data=body, headers=headers)
    SigV4Auth(Credentials(server.key, server.secret), service, REGION).add_auth(made)
    return dict(made.headers)


def flood(server, request, seconds, connections, scratch):
    """Requests per second, and the median answer time in seconds, over so many kept connections."""
    lines = [f'wrk.headers["{name}"] = [==[{value}]==]' for name, value in signed(server, request).items()]
    script = scratch + "/request.lua"
    with open(script, "w") as file:
        file.write(SCRIPT % (request[1], "\n".join(lines)))
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s", "-s", script, server.url],
        capture_output=True, text=True, timeout=seconds + 90)
    line = next((l for l in done.stdout.splitlines() if l.startswith("measured ")), None)
    if line is None:
        raise SystemExit(f"bench-api: wrk failed: {done.stdout}{done.stderr}")
    requests, microseconds, faults, median = map(int, line.split()[1:])
    if faults:
        raise SystemExit(f"bench-api: {faults} of {requests} requests failed: {request}")
    # What was still under way at the end counts as answered: that is in favour of the slower one.
    return (requests + connections) / (microseconds / 1e6), median / 1e6


class Line:
    """One kept connection, for calls that change something."""

    def __init__(self, server):
        self.server = server
        place = urlsplit(server.url)
        self.connection = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
        self.connection.connect()

    def post(self, request):
        """Seconds from the first byte sent to the last byte read, without the signing; and what was read."""
        headers = signed(self.server, request)
        start = time.perf_counter()
        self.connection.request("POST", "/", request[1], headers)
        answer = self.connection.getresponse()
        text = answer.read()
        wall = time.perf_counter() - start
        if answer.status != 200:
            raise SystemExit(f"bench-api: {request[2]}: {answer.status} {text[:500]}")
        return wall, text
