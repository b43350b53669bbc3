import Foundation
import LightsailAPI
import Testing

@Suite struct LightsailShapeTests {
    @Test func everyOperationOfTheModelIsThere() {
        let names = Lightsail.allOperations.map { $0.name }
        #expect(names.count == 161)
        #expect(names == names.sorted())
        #expect(Set(names).count == 161)
    }

    @Test func targetsSayWhoseCallItIs() {
        #expect(Lightsail.GetInstances.target == "Lightsail_20161128.GetInstances")
        #expect(SloopAPI.GetMonthlyCost.target == "Sloop_20261123.GetMonthlyCost")
    }

    @Test func noCallOfSloopsHasTheNameOfALightsailOperation() {
        let names = SloopAPI.allCalls.map { $0.name }
        #expect(names == names.sorted())
        #expect(Set(names).isDisjoint(with: Lightsail.allOperations.map { $0.name }))
    }

    @Test func requiredMembersAreThoseOfTheModel() {
        #expect(
            Lightsail.CreateInstances.requiredMembers
                == ["instanceNames", "availabilityZone", "blueprintId", "bundleId"])
        #expect(Lightsail.GetInstances.requiredMembers == [])
    }

    /// The answer that the AWS CLI's documentation shows for `create-instances`.
    @Test func anOperationAsLightsailSendsItIsRead() throws {
        let body = """
            {"operations": [{"id": "9a77158f-7be3-4d6d-8054-cf5ae2b720cc", "resourceName": "Amazon_Linux_2-1",
              "resourceType": "Instance", "createdAt": 1569447986.061, "location": {"availabilityZone": "us-west-2a",
              "regionName": "us-west-2"}, "isTerminal": false, "operationType": "CreateInstance",
              "status": "Started", "statusChangedAt": 1569447986.061}]}
            """
        let result = try WireCoding.decode(Lightsail.CreateInstances.Output.self, from: Data(body.utf8))
        let operation = try #require(result.operations?.first)
        #expect(operation.resourceName == "Amazon_Linux_2-1")
        #expect(operation.location?.availabilityZone == "us-west-2a")
        #expect(operation.isTerminal == false)
        #expect(operation.status == Lightsail.OperationStatus.started)
        #expect(operation.createdAt == Date(timeIntervalSince1970: 1_569_447_986.061))
        #expect(operation.errorCode == nil)
    }

    /// The real service sends values that its own model does not list.
    @Test func valuesOutsideTheModelPass() throws {
        let body = Data(
            #"{"operation":{"operationType":"ImportKeyPair","status":"Succeeded","location":{"regionName":"global"}}}"#
                .utf8)
        let result = try WireCoding.decode(Lightsail.ImportKeyPair.Output.self, from: body)
        #expect(result.operation?.operationType == "ImportKeyPair")
        #expect(result.operation?.location?.regionName == "global")
    }

    @Test func anInstanceAsLightsailSendsItComesBackTheSame() throws {
        let body = """
            {"instance":{"name":"web","arn":"arn:aws:lightsail:us-west-2:1:Instance/x","createdAt":1569447986.061,\
            "blueprintId":"debian_12","bundleId":"nano_3_0","isStaticIp":false,"hardware":{"cpuCount":2,"disks":\
            [{"createdAt":1569447986.061,"sizeInGb":20,"isSystemDisk":true,"iops":120,"path":"/dev/xvda",\
            "attachedTo":"web","attachmentState":"attached"}],"ramSizeInGb":0.5},\
            "networking":{"monthlyTransfer":{"gbPerMonthAllocated":1024},"ports":\
            [{"fromPort":22,"toPort":22,"protocol":"tcp","accessFrom":"Anywhere (0.0.0.0/0)","accessType":"public",\
            "commonName":"","accessDirection":"inbound"}]},"state":{"code":16,"name":"running"},"username":"admin"}}
            """
        let output = try WireCoding.decode(Lightsail.GetInstance.Output.self, from: Data(body.utf8))
        #expect(String(decoding: try WireCoding.encode(output), as: UTF8.self) == body)
    }

    @Test func aCallThatAnswersNothingAnswersAnEmptyObject() throws {
        #expect(try WireCoding.encode(Lightsail.DeleteContainerImage.Output()) == Data("{}".utf8))
    }
}
