import os
import re

from botocore import xform_name
from botocore.exceptions import ClientError

from answers import last_code
from inputs import least
from stage import Case

DOCUMENT = os.path.join(os.path.dirname(__file__), "../../docs/lightsail-coverage.md")


def documented():
    """The names that the document says are answered, and those that it says are declined."""
    with open(DOCUMENT) as file:
        answered, declined = file.read().split("## Declined")
    # After the family, in the second column.
    names = lambda text: set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| [^|]* \| ([^|]*) \|", text, re.M))))
    return names(answered), names(declined)


class EveryOperation(Case):
    def test_every_operation_answers_or_is_declined_by_name_as_the_document_says(self):
        model = self.client.meta.service_model
        answered, declined = documented()
        self.assertEqual(len(answered) + len(declined), 161)
        self.assertEqual(answered & declined, set())
        self.assertLessEqual(answered | declined, set(model.operation_names))
        for name in model.operation_names:
            with self.subTest(name):
                call = getattr(self.client, xform_name(name))
                try:
                    call(**least(model.operation_model(name)))
                    error = None
                except ClientError as caught:
                    error = caught.response
                if name in answered:
                    self.assertNotEqual((error or {}).get("Error", {}).get("Code"), "UnknownOperationException", error)
                    continue
                self.assertIsNotNone(error, f"{name} was answered")
                self.assertEqual(error["Error"]["Code"], "UnknownOperationException")
                if name in declined:
                    self.assertEqual(last_code(), "notOffered")
                    self.assertRegex(error["Error"]["Message"], rf"^Sloop does not offer {name} \(.+\): .+")
                else:
                    # Newer than the model that Sloop was made from.
                    self.assertEqual(last_code(), "UnknownOperationException")

    def test_a_declined_operation_says_so_whatever_it_is_given(self):
        self.refused("UnknownOperationException", self.client.create_load_balancer, loadBalancerName="", instancePort=80)
