"""The check of answers is checked: every fault that it is there for is put into a good answer once."""
import json
import unittest

import botocore.session
from botocore.awsrequest import HeadersDict

from answers import AnswerFault, check

MODEL = botocore.session.get_session().get_service_model("lightsail")

HEADERS = {
    "x-amzn-RequestId": "6b4f1c9e-0f0f-4b38-93a5-6f4a8c0b8f5e", "Content-Type": "application/x-amz-json-1.1"}

OPERATION = {
    "id": "6b4f1c9e-0f0f-4b38-93a5-6f4a8c0b8f5e", "resourceName": "web", "resourceType": "Instance",
    "createdAt": 1569447986.061, "location": {"availabilityZone": "us-east-1a", "regionName": "us-east-1"},
    "isTerminal": False, "operationType": "CreateInstance", "status": "Started", "statusChangedAt": 1569447986}

BUNDLE = {
    "price": 5.0, "cpuCount": 2, "diskSizeInGb": 20, "bundleId": "nano_3_0", "instanceType": "nano", "isActive": True,
    "name": "Nano", "power": 298, "ramSizeInGb": 0.5, "transferPerMonthInGb": 1024,
    "supportedPlatforms": ["LINUX_UNIX"]}

ERROR = {"__type": "NotFoundException", "code": "notFound", "message": "there is no 'web'", "docs": "", "tip": ""}


class AnswerChecks(unittest.TestCase):
    def answer(self, name, body, status=200, headers=None, **more):
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        check(MODEL.operation_model(name), status, HeadersDict({**HEADERS, **(headers or {}), **more}), text)

    def refused(self, why, name, body, **more):
        with self.assertRaisesRegex(AnswerFault, why):
            self.answer(name, body, **more)

    def operation(self, **changes):
        return {"operation": {**OPERATION, **changes}}

    def bundle(self, **changes):
        return {"bundles": [{**BUNDLE, **changes}]}

    def failure(self, why, status=400, **changes):
        value = {name: text for name, text in {**ERROR, **changes}.items() if text is not ...}
        self.refused(why, "GetInstance", value, status=status, headers={"x-amzn-ErrorType": value.get("__type", "")})

    def test_what_is_right_passes(self):
        self.answer("GetOperation", self.operation())
        self.answer("GetOperation", self.operation(operationType="CreateKeyPair"))
        self.answer("GetBundles", self.bundle())
        self.answer("GetBundles", self.bundle(price=5))
        self.answer("GetBundles", {"bundles": [], "nextPageToken": "x"})
        self.answer("DeleteContainerService", {})
        self.answer("GetInstance", ERROR, status=400, headers={"x-amzn-ErrorType": "NotFoundException"})

    def test_times_are_numbers_of_seconds(self):
        for time in ["1569447986", "2019-09-25T21:46:26Z", 1569447986061, 1569447986.0617, True, -5]:
            self.refused("createdAt is", "GetOperation", self.operation(createdAt=time))
        self.refused("createdAt is", "GetOperation", json.dumps(self.operation()).replace("1569447986.061", "1.5e9").encode())

    def test_integers_have_no_fraction_and_are_no_strings(self):
        for number in [2.0, "2", True, []]:
            self.refused("cpuCount is .*no integer", "GetBundles", self.bundle(cpuCount=number))

    def test_numbers_are_no_strings(self):
        for number in ["5.0", False]:
            self.refused("price is .*no number", "GetBundles", self.bundle(price=number))
        self.refused("NaN is not JSON", "GetBundles", json.dumps(self.bundle(price=float("nan"))).encode())

    def test_booleans_are_neither_numbers_nor_strings(self):
        for value in [1, "true", 0]:
            self.refused("isActive is .*no boolean", "GetBundles", self.bundle(isActive=value))

    def test_strings_are_strings(self):
        for value in [5, 5.5, {}, True]:
            self.refused("resourceName is .*no string", "GetOperation", self.operation(resourceName=value))

    def test_enums_have_what_the_model_has(self):
        self.refused("not in the enum OperationType", "GetOperation", self.operation(operationType="Dance"))
        self.refused("not in the enum OperationStatus", "GetOperation", self.operation(status="started"))
        self.refused("not in the enum ResourceType", "GetOperation", self.operation(resourceType="instance"))

    def test_members_that_the_model_does_not_have_are_seen(self):
        self.refused(r"\$\.operation\.phase is not in the model", "GetOperation", self.operation(phase="boot"))
        self.refused(r"\$\.more is not in the model", "GetOperation", {**self.operation(), "more": 1})

    def test_nulls_are_seen(self):
        self.refused("errorCode is null", "GetOperation", self.operation(errorCode=None))
        self.refused("is null", "GetOperation", {"operation": None})

    def test_what_is_missing_is_seen(self):
        for name in OPERATION:
            body = self.operation()
            del body["operation"][name]
            self.refused(f"{name} is missing", "GetOperation", body)
        self.refused(r"\$\.operation is missing", "GetOperation", {})
        self.refused(r"\$\.bundles is missing", "GetBundles", {})

    def test_lists_and_objects_are_what_they_are(self):
        self.refused("is no list", "GetBundles", {"bundles": {}})
        self.refused("is no object", "GetOperation", {"operation": []})
        self.refused("is no object", "GetBundles", [])

    def test_an_operation_that_is_not_started_or_contradicts_itself_is_seen(self):
        self.refused("NotStarted", "GetOperation", self.operation(status="NotStarted"))
        self.refused("isTerminal", "GetOperation", self.operation(status="Succeeded"))
        self.refused("isTerminal", "GetOperation", self.operation(isTerminal=True))

    def test_patterns_hold(self):
        pair = {
            "name": "k", "arn": "arn:aws:lightsail:us-east-1:123456789012:KeyPair/x-1", "supportCode": "1/k",
            "createdAt": 1569447986, "location": OPERATION["location"], "resourceType": "KeyPair", "tags": [],
            "fingerprint": "aa"}
        self.refused("name is 'k', which is not like", "GetKeyPair", {"keyPair": pair})
        self.refused("arn is", "GetKeyPair", {"keyPair": {**pair, "name": "kk", "arn": "nothing"}})

    def test_bodies_and_headers_are_checked(self):
        self.refused("not JSON", "GetBundles", b"")
        self.refused("not JSON", "GetBundles", b'{"bundles": []')
        self.refused("twice", "GetBundles", b'{"bundles": [], "bundles": []}')
        self.refused("not JSON", "GetBundles", b'{"bundles": [], "nextPageToken": "\xff"}')
        self.refused("RequestId", "GetBundles", {"bundles": []}, headers={"x-amzn-RequestId": "7"})
        self.refused("Content-Type", "GetBundles", {"bundles": []}, headers={"Content-Type": "application/json"})

    def test_errors_are_in_the_form_of_errors(self):
        self.failure("has the members", tip=...)
        self.failure("has the members", detail="more")
        self.failure("__type is", __type="com.amazonaws.lightsail#NotFoundException")
        self.failure("__type is", __type="NotFound")
        self.failure("tip is no string", tip=7)
        self.failure("is empty", message="")
        self.failure("the server failed", __type="ServiceException")
        self.failure("the server failed", status=500)
        self.refused("x-amzn-ErrorType", "GetInstance", ERROR, status=400)
        self.refused("no object", "GetInstance", [], status=400)
