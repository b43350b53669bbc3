import Foundation
import SloopModel
@testable import SloopCatalog
import Testing

@Suite struct CatalogChoiceTests {
    @Test(arguments: [
        ("naon", "nano"), ("Nano", "nano"), ("nano_4_0", "nano"), ("2xlarg", "2xlarge"), ("smal", "small"),
    ])
    func aSlipInAPlanIsAnsweredWithTheOneMeant(written: String, meant: String) throws {
        let catalog = try Catalog.load(CatalogCopy.original)
        let error = #expect(throws: SloopError.self) { _ = try catalog.plan(written) }
        #expect(error?.code == .invalidInput)
        #expect(error?.tip.hasPrefix("did you mean '\(meant)'? choose one of: nano, ") == true, "\(error?.tip ?? "")")
    }

    @Test(arguments: [("debian12", "debian-12"), ("lamp_9_bitnami", "lamp"), ("sandbx", "sandbox")])
    func aSlipInABlueprintIsAnsweredWithTheOneMeant(written: String, meant: String) throws {
        let catalog = try Catalog.load(CatalogCopy.original)
        let error = #expect(throws: SloopError.self) { _ = try catalog.blueprint(written) }
        #expect(error?.tip.hasPrefix("did you mean '\(meant)'? ") == true, "\(error?.tip ?? "")")
    }

    @Test(arguments: ["", "x", "windows_server_2022", String(repeating: "nano", count: 100_000)])
    func whatIsLikeNothingGetsNoGuess(written: String) throws {
        let catalog = try Catalog.load(CatalogCopy.original)
        let error = #expect(throws: SloopError.self) { _ = try catalog.plan(written) }
        #expect(error?.tip.hasPrefix("choose one of: ") == true)
    }

    @Test(arguments: [
        ("ubuntu_24_04", "ubuntu-24.04"), ("alma_linux_9", "alma-9"), ("lamp_8_bitnami", "lamp"),
        ("django_bitnami", "django"),
        ("wordpress", "wordpress"), ("nodejs", "nodejs"), ("nginx", "nginx"), ("redmine", "redmine"),
    ])
    func idsOfLightsailFindOurs(id: String, ours: String) throws {
        #expect(try Catalog.load(CatalogCopy.original).blueprint(id).id == ours)
    }

    @Test(arguments: ["bin/sloop", ".build/release/sloop", ".build/x86_64-unknown-linux-gnu/release/sloop"])
    func aCatalogIsFoundAboveTheProgram(program: String) throws {
        let copy = try CatalogCopy()
        let found = try Catalog.locate(nil, program: copy.url.appending(path: program))
        #expect(found.standardizedFileURL.path == copy.url.standardizedFileURL.path)
    }

    @Test func aCatalogIsFoundInTheShareFolderBesideTheProgramsOwn() throws {
        let copy = try CatalogCopy()
        let prefix = copy.url.appending(path: "usr")
        let share = prefix.appending(path: "share/sloop")
        try FileManager.default.createDirectory(at: share, withIntermediateDirectories: true)
        try Data("{}".utf8).write(to: share.appending(path: "plans.json"))
        let found = try Catalog.locate(nil, program: prefix.appending(path: "bin/sloop"))
        #expect(found.standardizedFileURL.path == share.standardizedFileURL.path)
    }

    @Test func aCatalogThatIsNamedIsTakenOrRefusedAndNeverReplacedByAnother() throws {
        let copy = try CatalogCopy()
        #expect(try Catalog.locate(copy.url) == copy.url)
        let empty = copy.url.appending(path: "blueprints")
        let error = #expect(throws: SloopError.self) {
            _ = try Catalog.locate(empty, program: copy.url.appending(path: "bin/sloop"))
        }
        #expect(error?.message == "\(empty.path) has no plans.json")
    }
}
