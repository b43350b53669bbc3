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

    @Test func moreIdsCanBeGivenToABlueprint() throws {
        let catalog = try Catalog.load(CatalogCopy.original)
        let more = try catalog.adding(aliases: ["amazon_linux_2=debian-12", "amazon_linux_2023=debian_13"])
        #expect(try more.blueprint("amazon_linux_2").id == "debian-12")
        #expect(try more.blueprint("amazon_linux_2023").id == "debian-13")
        #expect(try more.blueprint("debian_12").addedAliases == ["amazon_linux_2"])
        for wrong in [
            "", "=", "x", "x=", "=debian-12", "x=y=z", "X=debian-12", "x y=debian-12", "x=nothing", "nginx=debian-12",
            "debian_12=debian-13",
        ] {
            let error = #expect(throws: SloopError.self, "\(wrong)") { try catalog.adding(aliases: [wrong]) }
            #expect(error?.code == .invalidInput)
        }
        #expect(throws: SloopError.self) { try catalog.adding(aliases: ["x=debian-12", "x=debian-13"]) }
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
