import Foundation
import SloopModel
@testable import SloopCatalog
import Testing

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
        ("plans.json", "\"storage\"", "\"stores\"", "plans.json: the field 'storage' is missing"),
        (
            "plans.json", "\"0.10\"", "\"0.1\"",
            "plans.json: the field 'storage.diskGBMonthUSD' is '0.1', which is no price; write dollars and cents, e.g. \"5.00\""
        ),
        (
            "plans.json", ", \"snapshotGBMonthUSD\": \"0.05\"", "",
            "plans.json: the field 'storage.snapshotGBMonthUSD' is missing"
        ),
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
            "blueprints/sandbox/blueprint.json", "\"admin\"", "\"root kit\"",
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
            "plans.json", "\"5.00\"", "\"5.005\"",
            "plans.json: the field 'plans[0].monthlyPriceUSD' is '5.005', which is no price; write dollars and cents, "
                + "e.g. \"5.00\""
        ),
        ("plans.json", "\"vcpus\": 2", "\"vcpus\": -2", "plans.json: the field 'plans[0].vcpus' is -2; the least is 1"),
        (
            "plans.json", "\"vcpus\": 2", "\"vcpus\": 9000000000000000000",
            "plans.json: the field 'plans[0].vcpus' is 9000000000000000000; the most is 1000000000"
        ),
        (
            "plans.json", "\"vcpus\": 2", "\"vcpus\": true",
            "plans.json: the field 'plans[0].vcpus' is not a whole number"
        ),
        (
            "plans.json", "\"id\": \"micro\"", "\"id\": \"nano_1_0\"",
            "plans.json: the field 'plans[1].id' is 'nano_1_0'; only lower-case letters and digits make an id"
        ),
        ("plans.json", "\"5.00\"", "\"5.00\", \"id\": \"x\"", "plans.json is no JSON: line 3: 'id' is there again"),
        ("plans.json", "{", "{\"x\": [],", "plans.json: the field 'x' is not a field that sloop knows"),
        (
            "blueprints/sandbox/blueprint.json", "\"admin\"", "\"admin\", \"root\": true",
            "blueprints/sandbox/blueprint.json: the field 'root' is not a field that sloop knows"
        ),
        (
            "blueprints/sandbox/blueprint.json", "\"os\"", "null",
            "blueprints/sandbox/blueprint.json: the field 'kind' is not a text"
        ),
        (
            "blueprints/sandbox/blueprint.json", "\"Sandbox\"", "\"\"",
            "blueprints/sandbox/blueprint.json: the field 'name' is empty"
        ),
        (
            "blueprints/sandbox/blueprint.json", "\"ports\"", "\"aliases\"",
            "blueprints/sandbox/blueprint.json: the field 'ports' is missing"
        ),
        (
            "blueprints/sandbox/blueprint.json", "[22]", "[70000]",
            "blueprints/sandbox/blueprint.json: the field 'ports' has 70000, which is no port"
        ),
        (
            "blueprints/sandbox/blueprint.json", "[22]", "[22, 22]",
            "blueprints/sandbox/blueprint.json: the field 'ports' has a port twice"
        ),
        (
            "blueprints/sandbox/blueprint.json", "[22]", "[22], \"aliases\": [\"\"]",
            "blueprints/sandbox/blueprint.json: the field 'aliases' has ''; an alias is of lower-case letters, digits, "
                + "and _ - or ."
        ),
        (
            "blueprints/sandbox/blueprint.json", "[22]", "[22], \"requires\": \"root\"",
            "blueprints/sandbox/blueprint.json: the field 'requires' is 'root'; the only thing to require is a machine"
        ),
        (
            "blueprints/static-site/blueprint.json", "service.sh", "none",
            "blueprints/static-site/blueprint.json: the field 'service' names 'none', which is missing or no text"
        ),
        (
            "blueprints/sandbox/blueprint.json", "{\"base\": \"debian-12\"}", "{\"base\": \"gone\"}",
            "blueprints/sandbox/blueprint.json: the field 'image.base' names 'gone', which has no image"
        ),
        (
            "blueprints/sandbox/blueprint.json", "{\"base\": \"debian-12\"}", "{\"base\": \"sandbox\"}",
            "blueprints/sandbox/blueprint.json: the field 'image.base' leads back to itself"
        ),
        (
            "blueprints/sandbox/blueprint.json", "{\"base\": \"debian-12\"}", "{\"bake\": \"blueprint.json\"}",
            "blueprints/sandbox/blueprint.json: the field 'image' is neither a script with arguments, nor a base with "
                + "what is baked on it"
        ),
        (
            "blueprints/nginx/blueprint.json", "bake.sh", "gone.sh",
            "blueprints/nginx/blueprint.json: the field 'image.bake' names 'gone.sh', which is not in the folder"
        ),
        (
            "blueprints/nginx/blueprint.json", "firstboot.sh", "gone.sh",
            "blueprints/nginx/blueprint.json: the field 'image.firstBoot' names 'gone.sh', which is not in the folder"
        ),
        (
            "blueprints/debian-12/blueprint.json", "image.sh", "../../scripts/setup",
            "blueprints/debian-12/blueprint.json: the field 'image.script' names '../../scripts/setup', which is no "
                + "program in a blueprint's folder"
        ),
        (
            "blueprints/static-site/blueprint.json", "service.sh", "../service.sh",
            "blueprints/static-site/blueprint.json: the field 'service' is '../service.sh', which is not in the folder "
                + "itself"
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

    @Test func aFileThatIsNoJSONIsNamedWithTheLine() throws {
        let copy = try CatalogCopy()
        try copy.edit("plans.json", "\"micro\", ", "\"micro\" ")
        #expect(copy.fault() == "plans.json is no JSON: line 4: a , or } is missing")
    }

    @Test(arguments: [Data(), Data([0xFF, 0xFE, 0]), Data("[]".utf8), Data("\"{}\"".utf8), Data("{} {}".utf8)])
    func aFileWithoutOneObjectIsNamed(content: Data) throws {
        let copy = try CatalogCopy()
        try content.write(to: copy.url.appending(path: "plans.json"))
        let fault = try #require(copy.fault())
        #expect(fault.hasPrefix("plans.json is no JSON") || fault == "plans.json: the file is not an object")
    }

    @Test(arguments: ["plans.json", "blueprints", "blueprints/nginx/blueprint.json"])
    func whatIsMissingIsNamed(path: String) throws {
        let copy = try CatalogCopy()
        try FileManager.default.removeItem(at: copy.url.appending(path: path))
        #expect(copy.fault() == "\(path) is missing or cannot be read")
    }

    @Test func anIdOfSpacesAndCapitalsIsRefusedEvenIfItsFolderAgrees() throws {
        let copy = try CatalogCopy()
        let blueprints = copy.url.appending(path: "blueprints")
        try FileManager.default.moveItem(
            at: blueprints.appending(path: "sandbox"), to: blueprints.appending(path: "Sand Box"))
        try copy.edit("blueprints/Sand Box/blueprint.json", "\"sandbox\"", "\"Sand Box\"")
        #expect(copy.fault()?.contains("'Sand Box'; an id is of lower-case letters") == true)
    }

    @Test func aServiceThatIsEmptyOrNotExecutableIsRefused() throws {
        let copy = try CatalogCopy()
        let script = copy.url.appending(path: "blueprints/static-site/service.sh").path
        let start = "blueprints/static-site/blueprint.json: the field 'service' names 'service.sh', which is"
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: script)
        let fault = try #require(copy.fault())
        #expect(fault.hasPrefix("\(start) not executable; chmod +x "))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
        #expect(copy.fault() == nil)
        try Data().write(to: URL(filePath: script))
        #expect(copy.fault() == "\(start) empty")
    }
}

@Suite struct BlueprintImageTests {
    @Test func anImagesDigestFollowsItsFilesAndItsBase() throws {
        let copy = try CatalogCopy()
        func digests() throws -> [String?] {
            let catalog = try Catalog.load(copy.url)
            return try ["debian-12", "debian-13", "nginx", "sandbox"].map { try catalog.image(of: $0)?.digest }
        }
        let before = try digests()
        #expect(Set(before).count == 3 && before[0] == before[3])
        // What people read is no part of it.
        try copy.edit("blueprints/nginx/blueprint.json", "The Nginx web server", "Nginx")
        #expect(try digests() == before)
        try copy.edit("blueprints/nginx/firstboot.sh", "set -eu", "set -eux")
        let first = try digests()
        #expect(first[2] != before[2] && first[0] == before[0])
        try copy.edit("blueprints/debian-12/image.sh", "set -euo pipefail", "set -euxo pipefail")
        let second = try digests()
        #expect(zip(first, second).allSatisfy { $0 != $1 })
    }
}
