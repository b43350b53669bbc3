import Foundation
import SloopModel
@testable import SloopCatalog
import Testing

/// A copy of the catalog that may be broken; gone with the test.
final class CatalogCopy {
    static let original = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let url = FileManager.default.temporaryDirectory.appending(path: "sloop-catalog-\(UUID().uuidString)")

    init() throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        for name in ["plans.json", "blueprints"] {
            try FileManager.default.copyItem(
                at: CatalogCopy.original.appending(path: name), to: url.appending(path: name))
        }
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func edit(_ path: String, _ old: String, _ new: String) throws {
        let file = url.appending(path: path)
        let text = try String(contentsOf: file, encoding: .utf8)
        try #require(text.contains(old), "\(path) has no '\(old)'")
        let range = try #require(text.range(of: old))
        try Data(text.replacingCharacters(in: range, with: new).utf8).write(to: file)
    }

    /// The message of the fault, without the folder.
    func fault() -> String? {
        do {
            _ = try Catalog.load(url)
            return nil
        } catch {
            return (error as? SloopError)?.message.replacingOccurrences(of: url.path + "/", with: "")
        }
    }
}

@Suite struct CatalogFileTests {
    @Test func theCatalogThatComesWithSloopIsWhole() throws {
        let catalog = try Catalog.load(CatalogCopy.original)
        #expect(
            catalog.plans.map(\.id) == ["nano", "micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge"])
        #expect(catalog.plans.map(\.monthlyPrice) == [500, 700, 1200, 2400, 4400, 8400, 16400, 38400])
        #expect(catalog.blueprints.filter { !$0.requiresMachine }.map(\.id) == ["sandbox", "static-site"])
        #expect(try catalog.blueprint("static-site").service?.hasPrefix("#!/bin/sh\n") == true)
    }

    @Test(arguments: ["nano", "nano_1_0", "nano_2_0", "nano_3_0"])
    func everyGenerationOfABundleFindsItsPlan(id: String) throws {
        #expect(try Catalog.load(CatalogCopy.original).plan(id).id == "nano")
    }

    @Test func lightsailsIdOfABlueprintFindsOurs() throws {
        #expect(try Catalog.load(CatalogCopy.original).blueprint("debian_12").id == "debian-12")
    }

    @Test func whatIsNotOnOfferIsRefusedWithWhatIs() throws {
        let catalog = try Catalog.load(CatalogCopy.original)
        let plan = #expect(throws: SloopError.self) { _ = try catalog.plan("huge") }
        #expect(plan?.message == "there is no plan 'huge'")
        #expect(plan?.tip == "choose one of: nano, micro, small, medium, large, xlarge, 2xlarge, 4xlarge")
        let blueprint = #expect(throws: SloopError.self) { _ = try catalog.blueprint("../etc") }
        #expect(blueprint?.message == "there is no blueprint '../etc'")
    }

    @Test(arguments: [
        ("plans.json", "\"5.00\"", "\"0.00\"", "plans.json: the field 'plans[0].monthlyPriceUSD' is zero"),
        (
            "plans.json", "\"5.00\"", "5",
            "plans.json: the field 'plans[0].monthlyPriceUSD' is not a text"
        ),
        (
            "plans.json", "\"5.00\"", "\"-5.00\"",
            "plans.json: the field 'plans[0].monthlyPriceUSD' is '-5.00', which is no price; write dollars and cents, "
                + "e.g. \"5.00\""
        ),
        (
            "plans.json", "\"memoryMB\": 512", "\"memoryMB\": 0.5",
            "plans.json: the field 'plans[0].memoryMB' is not a whole number"
        ),
        ("plans.json", "\"vcpus\": 2", "\"vcpus\": 0", "plans.json: the field 'plans[0].vcpus' is 0; the least is 1"),
        ("plans.json", "\"vcpus\": 2, ", "", "plans.json: the field 'plans[0].vcpus' is missing"),
        (
            "plans.json", "\"vcpus\": 2", "\"vcpu\": 2, \"vcpus\": 2",
            "plans.json: the field 'plans[0].vcpu' is not a field that sloop knows"
        ),
        (
            "plans.json", "\"id\": \"micro\"", "\"id\": \"nano\"",
            "plans.json: the field 'plans[1].id' 'nano' is there twice"
        ),
        (
            "blueprints/sandbox/blueprint.json", "\"sandbox\"", "\"sand\"",
            "blueprints/sandbox/blueprint.json: the field 'id' is 'sand', but the folder is 'sandbox'"
        ),
        (
            "blueprints/sandbox/blueprint.json", "\"os\"", "\"game\"",
            "blueprints/sandbox/blueprint.json: the field 'kind' is 'game'; it is os or app"
        ),
        (
            "blueprints/sandbox/blueprint.json", "\"sloop\"", "\"root kit\"",
            "blueprints/sandbox/blueprint.json: the field 'username' is 'root kit', which is no name of a Linux user"
        ),
        (
            "blueprints/static-site/blueprint.json", "service.sh", "gone.sh",
            "blueprints/static-site/blueprint.json: the field 'service' names 'gone.sh', which is missing or no text"
        ),
        (
            "blueprints/static-site/service.sh", "#!/bin/sh", "echo",
            "blueprints/static-site/blueprint.json: the field 'service' names 'service.sh', which does not begin with #!"
        ),
        (
            "blueprints/debian-13/blueprint.json", "debian_13", "debian-12",
            "blueprints: 'debian-12' names both 'debian-12' and 'debian-13'"
        ),
    ])
    func aBrokenFileNamesFileFieldAndReason(file: String, old: String, new: String, message: String) throws {
        let copy = try CatalogCopy()
        #expect(copy.fault() == nil)
        try copy.edit(file, old, new)
        #expect(copy.fault() == message)
    }

    @Test func aFileThatIsNoJSONOrMissingIsNamed() throws {
        let copy = try CatalogCopy()
        try copy.edit("plans.json", "{", "")
        #expect(copy.fault()?.hasPrefix("plans.json is no JSON") == true)
        try FileManager.default.removeItem(at: copy.url.appending(path: "plans.json"))
        #expect(copy.fault() == "plans.json is missing or cannot be read")
    }
}
