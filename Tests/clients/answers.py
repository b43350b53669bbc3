"""Holds every answer to the letter of botocore's model, before botocore reads it: botocore itself forgives much that
clients in other languages do not."""
import json
import re
import threading
import uuid

CONTENT_TYPE = "application/x-amz-json-1.1"

# Error names that are not in the model: the front end of every AWS service of this protocol has them.
FRONT_END = {
    "IncompleteSignatureException", "InvalidSignatureException", "MissingAuthenticationTokenException",
    "RequestEntityTooLargeException", "SerializationException", "UnknownOperationException",
    "UnrecognizedClientException",
}

# What Lightsail itself answers although its model's enum does not have it, as its published examples show; and the
# kinds of work that only Sloop has.
OUTSIDE_THE_ENUM = {
    "OperationType": {
        "CreateKeyPair", "DeleteKeyPair", "ImportKeyPair", "CreateDomainEntry", "CopySnapshot", "DeleteAutoSnapshot",
        "TagResource", "UntagResource",
        "RotateInstanceKey", "RunLaunchScript", "BuildImage",
    },
    "RegionName": {"global"},
}

# Of these patterns the service's own answers do not hold to: IPv6 addresses are in lower case.
PATTERNS_NOT_HELD = {"Ipv6Address"}

# Members that Lightsail's own answers always have, by shape; clients read them without asking whether they are there.
ALWAYS = {
    "Instance": (
        "name arn supportCode createdAt location resourceType tags blueprintId blueprintName bundleId isStaticIp "
        "privateIpAddress publicIpAddress hardware networking state username sshKeyName ipAddressType metadataOptions"),
    "InstanceHardware": "cpuCount disks ramSizeInGb",
    "InstanceNetworking": "monthlyTransfer",
    "InstanceState": "code name",
    "InstancePortInfo": "fromPort toPort protocol accessFrom accessType commonName accessDirection",
    "InstancePortState": "fromPort toPort protocol state",
    "InstanceAccessDetails": "certKey expiresAt ipAddress privateKey protocol instanceName username hostKeys",
    "HostKeyAttributes": "algorithm publicKey witnessedAt fingerprintSHA1 fingerprintSHA256",
    "Operation": (
        "id resourceName resourceType createdAt location isTerminal operationType status statusChangedAt"),
    "ResourceLocation": "availabilityZone regionName",
    "KeyPair": "name arn supportCode createdAt location resourceType tags fingerprint",
    "StaticIp": "name arn supportCode createdAt location resourceType ipAddress isAttached",
    "InstanceSnapshot": (
        "name arn supportCode createdAt location resourceType tags state fromAttachedDisks fromInstanceName "
        "fromInstanceArn fromBlueprintId fromBundleId sizeInGb"),
    "DiskSnapshot": "name arn supportCode createdAt location resourceType tags sizeInGb state progress",
    "Bundle": (
        "price cpuCount diskSizeInGb bundleId instanceType isActive name power ramSizeInGb transferPerMonthInGb "
        "supportedPlatforms"),
    "Blueprint": (
        "blueprintId name group type description isActive minPower version versionCode productUrl licenseUrl platform"),
    "Alarm": (
        "name arn createdAt location resourceType supportCode monitoredResourceInfo comparisonOperator "
        "evaluationPeriods period threshold datapointsToAlarm treatMissingData statistic metricName state unit "
        "notificationEnabled"),
    "Domain": "name arn supportCode createdAt location resourceType tags domainEntries",
    "DomainEntry": "id name target isAlias type",
    "ContactMethod": "contactEndpoint status protocol name arn createdAt location resourceType supportCode",
    "AutoSnapshotDetails": "date createdAt status fromAttachedDisks",
    "AddOn": "name status",
    "Tag": "key",
    "Region": "continentCode description displayName name availabilityZones relationalDatabaseAvailabilityZones",
}

# Members of an output that need not be there; all others do.
NOT_ALWAYS = {"nextPageToken", "nextPageCount"}

# The model has it for some resources only.
ARN = re.compile(r"arn:aws:lightsail:[a-z0-9-]+:[0-9]{12}:[A-Za-z]+/[A-Za-z0-9-]+")

TERMINAL = {"Succeeded", "Completed", "Failed"}


class AnswerFault(AssertionError):
    """An answer that is not what the model says."""


class _Fraction(str):
    """A number with a fraction or an exponent, as it was written."""


def _once(pairs):
    value = {}
    for name, member in pairs:
        if name in value:
            raise ValueError(f"the member {name!r} is there twice")
        value[name] = member
    return value


def _constant(name):
    raise ValueError(f"{name} is not JSON")


def _read(body):
    return json.loads(
        body.decode("utf-8"), parse_float=_Fraction, parse_constant=_constant, object_pairs_hook=_once)


def faults_of(shape, value, path="$"):
    """What is wrong with a value for the shape, one line each."""
    if value is None:
        return [f"{path} is null; an absent member is left out"]
    check = {
        "structure": _structure, "list": _list, "map": _map, "string": _string, "timestamp": _timestamp,
        "integer": _integer, "long": _integer, "float": _float, "double": _float, "boolean": _boolean,
    }[shape.type_name]
    return check(shape, value, path)


def _structure(shape, value, path):
    if not isinstance(value, dict):
        return [f"{path} is no object"]
    faults = [f"{path}.{name} is not in the model's {shape.name}" for name in value if name not in shape.members]
    always = set(shape.required_members) | set(ALWAYS.get(shape.name, "").split())
    faults += [f"{path}.{name} is missing" for name in sorted(always - value.keys())]
    for name, member in shape.members.items():
        if name in value:
            faults += faults_of(member, value[name], f"{path}.{name}")
    if "arn" in shape.members and not faults and "arn" in value and not ARN.fullmatch(value["arn"]):
        faults.append(f"{path}.arn is {value['arn']!r}")
    if shape.name == "Operation" and not faults:
        if value["status"] == "NotStarted":
            faults.append(f"{path}.status is NotStarted, which clients take for an error")
        if value["isTerminal"] != (value["status"] in TERMINAL):
            faults.append(f"{path}.isTerminal is {value['isTerminal']} with status {value['status']}")
    return faults


def _list(shape, value, path):
    if not isinstance(value, list):
        return [f"{path} is no list"]
    return [fault for n, item in enumerate(value) for fault in faults_of(shape.member, item, f"{path}[{n}]")]


def _map(shape, value, path):
    if not isinstance(value, dict):
        return [f"{path} is no object"]
    return [fault for name, item in value.items() for fault in faults_of(shape.value, item, f"{path}[{name!r}]")]


def _string(shape, value, path):
    if not isinstance(value, str) or isinstance(value, _Fraction):
        return [f"{path} is {value!r}, no string"]
    enum = shape.metadata.get("enum")
    if enum and value not in enum and value not in OUTSIDE_THE_ENUM.get(shape.name, ()):
        return [f"{path} is {value!r}, which is not in the enum {shape.name}"]
    pattern = shape.metadata.get("pattern")
    if pattern and shape.name not in PATTERNS_NOT_HELD and not re.search(pattern, value):
        return [f"{path} is {value!r}, which is not like {pattern}"]
    return []


def _timestamp(shape, value, path):
    if isinstance(value, bool) or not isinstance(value, (int, _Fraction)):
        return [f"{path} is {value!r}; times are JSON numbers"]
    if not re.fullmatch(r"\d+(\.\d{1,3})?", str(value)):
        return [f"{path} is {value}; times are seconds, with milliseconds at most"]
    # A time in milliseconds would be in the year 50,000.
    return [] if 946_684_800 <= float(value) < 4_102_444_800 else [f"{path} is {value}, not in this century"]


def _integer(shape, value, path):
    is_integer = isinstance(value, int) and not isinstance(value, bool)
    return [] if is_integer else [f"{path} is {value!r}, no integer"]


def _float(shape, value, path):
    is_number = isinstance(value, (int, _Fraction)) and not isinstance(value, bool)
    return [] if is_number else [f"{path} is {value!r}, no number"]


def _boolean(shape, value, path):
    return [] if isinstance(value, bool) else [f"{path} is {value!r}, no boolean"]


def faults_of_output(operation, value):
    """What is wrong with the body of a success."""
    shape = operation.output_shape
    if shape is None:
        return [] if value == {} else [f"$ is {value!r}; {operation.name} answers nothing"]
    faults = faults_of(shape, value)
    if isinstance(value, dict):
        faults += [f"$.{name} is missing" for name in shape.members if name not in value and name not in NOT_ALWAYS]
    return faults


def faults_of_error(operation, status, headers, value):
    """What is wrong with an answer that says what went wrong."""
    if not isinstance(value, dict):
        return ["$ is no object"]
    faults = []
    wanted = ["__type", "code", "docs", "message", "tip"]
    if sorted(value) != wanted:
        faults.append(f"$ has the members {sorted(value)}; an error has {wanted}")
    faults += [f"$.{name} is no string" for name, text in value.items() if not isinstance(text, str)]
    name = value.get("__type")
    known = {shape.name for shape in operation.error_shapes} | FRONT_END
    if name not in known:
        faults.append(f"$.__type is {name!r}, none of those of {operation.name}")
    if headers.get("x-amzn-ErrorType") != name:
        faults.append(f"x-amzn-ErrorType is {headers.get('x-amzn-ErrorType')!r}, and $.__type {name!r}")
    if not value.get("message") or not value.get("code"):
        faults.append("$.message or $.code is empty")
    if status >= 500 or name == "ServiceException":
        faults.append(f"the server failed: {status} {value}")
    return faults


def check(operation, status, headers, body):
    """Raises AnswerFault, with all that is wrong with an answer."""
    faults = []
    try:
        uuid.UUID(headers.get("x-amzn-RequestId", ""))
    except ValueError:
        faults.append(f"x-amzn-RequestId is {headers.get('x-amzn-RequestId')!r}")
    if headers.get("Content-Type") != CONTENT_TYPE:
        faults.append(f"Content-Type is {headers.get('Content-Type')!r}")
    try:
        value = _read(body)
    except ValueError as error:
        faults.append(f"the body is not JSON: {error}")
    else:
        faults += (
            faults_of_output(operation, value) if status == 200
            else faults_of_error(operation, status, headers, value))
    if faults:
        raise AnswerFault(f"{operation.name} ({status}): " + "; ".join(faults) + f" in {body[:1000]!r}")


# The body of this thread's last answer: of errors outside of the model botocore shows the name and the message only.
LAST = threading.local()


def watch(client):
    """Checks every answer that the client gets."""
    def before_parse(operation_model, response_dict, **_):
        LAST.body = response_dict["body"]
        check(operation_model, response_dict["status_code"], response_dict["headers"], response_dict["body"])

    client.meta.events.register("before-parse.lightsail", before_parse)
    return client


def last_code():
    """The member `code` of this thread's last answer, which is an error."""
    return _read(LAST.body)["code"]
