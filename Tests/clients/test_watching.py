import json
import os
import time

from stage import Case, every

METRICS = {
    "CPUUtilization": "Percent", "NetworkIn": "Bytes", "NetworkOut": "Bytes", "StatusCheckFailed": "Count",
    "StatusCheckFailed_Instance": "Count", "StatusCheckFailed_System": "Count", "BurstCapacityTime": "Seconds",
    "BurstCapacityPercentage": "Percent",
}


class Metrics(Case):
    def test_what_is_measured_of_instances_can_be_asked_for(self):
        self.make_instance("measured")
        now = time.time()
        for name, unit in METRICS.items():
            with self.subTest(name):
                answer = self.client.get_instance_metric_data(
                    instanceName="measured", metricName=name, period=60, startTime=now - 3600, endTime=now + 60,
                    unit=unit, statistics=["Average", "Maximum", "Minimum", "Sum", "SampleCount"])
                self.assertEqual(answer["metricName"], name)
                for point in answer["metricData"]:
                    self.assertEqual(point["unit"], unit)
                    self.assertLessEqual(point["minimum"], point["average"])
                    self.assertLessEqual(point["average"], point["maximum"])

    def test_what_cannot_be_asked_for_is_refused(self):
        self.make_instance("unmeasured")
        now = time.time()
        good = {"instanceName": "unmeasured", "metricName": "CPUUtilization", "period": 300, "startTime": now - 600,
                "endTime": now, "unit": "Percent", "statistics": ["Average"]}
        for change in [
            {"metricName": "Nonsense"}, {"metricName": "MetadataNoToken"}, {"period": 61}, {"period": 90_000}, {"statistics": ["Mode"]},
            {"startTime": now, "endTime": now - 600}, {"startTime": 0, "endTime": now},
        ]:
            with self.subTest(change):
                self.refused("InvalidInputException", self.client.get_instance_metric_data, **{**good, **change})


class Alarms(Case):
    instance = "watched"

    def put(self, name="unnamed", /, **more):
        return self.client.put_alarm(**{
            "alarmName": name, "metricName": "CPUUtilization", "monitoredResourceName": self.instance, "threshold": 80,
            "comparisonOperator": "GreaterThanOrEqualToThreshold", "evaluationPeriods": 2, **more})

    def test_the_life_of_an_alarm(self):
        self.make_instance("watched")
        self.settle(self.put("hot"))
        alarm = self.client.get_alarms(alarmName="hot")["alarms"][0]
        self.assertEqual(
            (alarm["state"], alarm["period"], alarm["datapointsToAlarm"], alarm["treatMissingData"], alarm["statistic"],
             alarm["unit"], alarm["threshold"], alarm["notificationEnabled"]),
            ("INSUFFICIENT_DATA", 300, 2, "missing", "Average", "Percent", 80.0, True))
        self.assertEqual(alarm["monitoredResourceInfo"]["name"], "watched")
        self.assertEqual(alarm["monitoredResourceInfo"]["resourceType"], "Instance")
        self.settle(self.put("hot", threshold=90.5, evaluationPeriods=3, datapointsToAlarm=1))
        changed = self.client.get_alarms(alarmName="hot")["alarms"]
        self.assertEqual([(a["arn"], a["threshold"], a["datapointsToAlarm"]) for a in changed], [(alarm["arn"], 90.5, 1)])
        self.settle(self.client.test_alarm(alarmName="hot", state="ALARM"))
        self.assertEqual(self.client.get_alarms(alarmName="hot")["alarms"][0]["state"], "ALARM")
        self.settle(self.put("hotter"))
        self.refused("InvalidInputException", self.put, alarmName="hottest")
        self.put("chatty", metricName="NetworkOut")
        self.assertEqual(
            {a["name"] for a in every(self.client, "get_alarms", "alarms", monitoredResourceName="watched")},
            {"hot", "hotter", "chatty"})
        self.settle(self.client.delete_alarm(alarmName="hotter"))
        self.refused("NotFoundException", self.client.delete_alarm, alarmName="hotter")
        self.refused("NotFoundException", self.client.get_alarms, alarmName="hotter")
        self.client.delete_instance(instanceName="watched")
        self.assertFalse({"hot", "chatty"} & {a["name"] for a in every(self.client, "get_alarms", "alarms")})
        self.assertFalse({"hot", "chatty"} & set(every(self.client, "get_active_names", "activeNames")))

    def test_what_cannot_be_watched_is_refused(self):
        self.instance = "unwatchable"
        self.make_instance(self.instance)
        self.refused("NotFoundException", self.put, alarmName="orphan", monitoredResourceName="nobody")
        for change in [
            {"metricName": "Nonsense"}, {"evaluationPeriods": 0}, {"comparisonOperator": "Above"},
            {"treatMissingData": "guess"}, {"datapointsToAlarm": 3}, {"contactProtocols": ["Email"]},
            {"contactProtocols": ["Pigeon"]}, {"notificationTriggers": ["Never"]},
        ]:
            with self.subTest(change):
                self.refused("InvalidInputException", self.put, alarmName="never", **change)
        self.assertEqual(every(self.client, "get_alarms", "alarms", monitoredResourceName=self.instance), [])


class ContactMethods(Case):
    def notices(self):
        """What the server gave to its program for notices."""
        with open(os.environ["SLOOP_TEST_NOTICES"]) as file:
            return [notice for notice in map(json.loads, file) if notice["account"] == self.account.name]

    def test_an_alarm_tells_by_the_contact_method(self):
        self.settle(self.client.create_contact_method(protocol="Email", contactEndpoint="ops@example.org"))
        method = self.client.get_contact_methods(protocols=["Email"])["contactMethods"]
        self.assertEqual([(m["contactEndpoint"], m["protocol"]) for m in method], [("ops@example.org", "Email")])
        self.assertEqual(self.client.get_contact_methods(protocols=["SMS"])["contactMethods"], [])
        self.settle(self.client.send_contact_method_verification(protocol="Email"))
        self.assertEqual([n["to"] for n in self.notices()], ["ops@example.org"])
        self.make_instance("telling")
        self.client.put_alarm(
            alarmName="tell", metricName="CPUUtilization", monitoredResourceName="telling", threshold=80,
            comparisonOperator="GreaterThanOrEqualToThreshold", evaluationPeriods=1, contactProtocols=["Email"],
            notificationTriggers=["ALARM"])
        for state in ("ALARM", "OK"):
            self.settle(self.client.test_alarm(alarmName="tell", state=state))
        self.assertEqual([n["subject"] for n in self.notices()[1:]], ["ALARM: tell"])
        self.settle(self.client.delete_contact_method(protocol="Email"))
        self.refused("NotFoundException", self.client.delete_contact_method, protocol="Email")
        self.assertEqual(self.client.get_contact_methods()["contactMethods"], [])

    def test_what_is_no_address_is_refused(self):
        for protocol, endpoint in [("Email", "nobody"), ("SMS", "5550100"), ("Pigeon", "a@b.org"), ("Email", "a b@c.org")]:
            self.refused("InvalidInputException", self.client.create_contact_method, protocol=protocol,
                         contactEndpoint=endpoint)
        self.assertEqual(self.client.get_contact_methods(protocols=["SMS"])["contactMethods"], [])
