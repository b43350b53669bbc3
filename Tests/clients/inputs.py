"""The least that the model lets a call have, and which members of it name resources."""
import time

# What the model's own types do not say.
VALUES = {
    "availabilityZone": "us-east-1a", "blueprintId": "sandbox", "bundleId": "nano_3_0", "period": 300,
    "startTime": lambda: time.time() - 3600, "endTime": lambda: time.time(), "sizeInGb": 8, "diskPath": "/dev/xvdf",
    "date": "2026-01-01", "sourceRegion": "us-east-1", "monitoredResourceName": "nobody", "threshold": 1.0,
    "contactEndpoint": "nobody@example.com", "emailAddress": "nobody@example.com", "domainNames": ["example.com"],
    "domainName": "example.com", "publicKeyBase64": "ssh-ed25519 AAAA", "operationId":
    "00000000-0000-4000-8000-000000000000", "digest": "sha256:00", "digestAlgorithm": "sha256",
    "portInfo": {"protocol": "tcp", "fromPort": 8080, "toPort": 8080},
    "portInfos": [{"protocol": "tcp", "fromPort": 8080, "toPort": 8080}],
    "tags": [{"key": "team"}],
}


def value(shape, name):
    """Something valid for a member, with nothing in it that need not be."""
    if name in VALUES:
        known = VALUES[name]
        return known() if callable(known) else known
    if shape.type_name == "structure":
        return {member: value(shape.members[member], member) for member in shape.required_members}
    if shape.type_name == "list":
        return [value(shape.member, name)]
    if shape.type_name == "map":
        return {}
    if shape.type_name == "string":
        return shape.metadata.get("enum", ["nobody"])[0]
    return {
        "integer": 1, "long": 1, "float": 1.0, "double": 1.0, "boolean": True, "timestamp": time.time()
    }[shape.type_name]


def least(operation, **given):
    """The input of a call: what the model requires, and `given` where the call has it."""
    shape = operation.input_shape
    if shape is None:
        return {}
    names = [n for n in shape.members if n in shape.required_members or n in given]
    return {n: given[n] if n in given else value(shape.members[n], n) for n in names}
