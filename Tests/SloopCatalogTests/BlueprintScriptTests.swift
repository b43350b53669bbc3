import Foundation
import Glibc
import SloopModel
@testable import SloopCatalog
import Testing

/// A TCP port of this address that is free now; 0 if there is none.
private func freePort(_ address: String) -> UInt16 {
    let end = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(end) }
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    inet_pton(AF_INET, address, &name.sin_addr)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    return withUnsafeMutablePointer(to: &name) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(end, $0, length) == 0 && getsockname(end, $0, &length) == 0
        } ? UInt16(bigEndian: pointer.pointee.sin_port) : 0
    }
}

/// The real service.sh of the static site, with a home of its own; stopped with the test.
private final class StaticSite {
    /// Debian's, as in a machine.
    static let python = "/usr/bin/python3"
    let home = FileManager.default.temporaryDirectory.appending(path: "sloop-site-\(UUID().uuidString)")
    let address = "127.130.7.\(Int.random(in: 1...250))"
    private let service = Process()

    /// Starts it, and gives its page as soon as it answers; nil after ten seconds.
    func start() throws -> String? {
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        let log = home.appending(path: "log")
        try Data().write(to: log)
        let port = freePort(address)
        service.executableURL = CatalogCopy.original.appending(path: "blueprints/static-site/service.sh")
        service.environment = [
            "PATH": "/usr/bin:/bin", "HOME": home.path, "LANG": "C.UTF-8", "SLOOP_INSTANCE": "web",
            "SLOOP_ADDRESS": address, "SLOOP_PORT_HTTP": "\(port)",
        ]
        let output = try FileHandle(forWritingTo: log)
        (service.standardOutput, service.standardError) = (output, output)
        try service.run()
        let get = Process()
        let page = Pipe()
        get.executableURL = URL(filePath: Self.python)
        get.arguments = ["-S", "-c", Self.get, address, "\(port)"]
        get.standardOutput = page
        try get.run()
        let text = String(decoding: page.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        get.waitUntilExit()
        return text.isEmpty ? nil : text
    }

    /// Asks until the server listens, which nothing announces, and then for a page that is there and one that is not.
    private static let get = """
        import socket, sys, time
        def ask(path):
            with socket.create_connection((sys.argv[1], int(sys.argv[2])), 5) as s:
                s.sendall(b"GET " + path + b" HTTP/1.0\\r\\n\\r\\n")
                return b"".join(iter(lambda: s.recv(65536), b"")).decode()
        for attempt in range(1000):
            try:
                ask(b"/none")
                print(ask(b"/"))
                break
            except ConnectionRefusedError:
                time.sleep(0.01)
        """

    func stop() {
        guard service.isRunning else { return }
        service.terminate()
        service.waitUntilExit()
    }

    deinit {
        stop()
        try? FileManager.default.removeItem(at: home)
    }
}

@Suite struct BlueprintScriptTests {
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: StaticSite.python), "needs /usr/bin/python3"))
    func theStaticSiteServesAPageAndSaysNothing() throws {
        let site = StaticSite()
        let page = try #require(try site.start())
        #expect(page.hasPrefix("HTTP/1.0 200 OK"))
        #expect(page.contains("<h1>web is up</h1>"))
        #expect(try Data(contentsOf: site.home.appending(path: "log")).isEmpty)
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: StaticSite.python), "needs /usr/bin/python3"))
    func theStaticSiteLeavesAPageThatIsThereAlone() throws {
        let site = StaticSite()
        let folder = site.home.appending(path: "site")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data("mine".utf8).write(to: folder.appending(path: "index.html"))
        #expect(try site.start()?.hasSuffix("\r\n\r\nmine\n") == true)
    }

    @Test func theExampleOfTheGuideLoadsAsItIsWritten() throws {
        let copy = try CatalogCopy()
        let guide = try String(
            contentsOf: CatalogCopy.original.appending(path: "docs/adding-a-blueprint.md"), encoding: .utf8)
        let json = try #require(guide.firstMatch(of: /(?s)```json\n(.*?)```/)?.output.1)
        let script = try #require(guide.firstMatch(of: /(?s)```sh\n(.*?)```/)?.output.1)
        let folder = copy.url.appending(path: "blueprints/hello")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(json.utf8).write(to: folder.appending(path: "blueprint.json"))
        try Data(script.utf8).write(to: folder.appending(path: "service.sh"))
        try #require(guide.contains("chmod +x blueprints/hello/service.sh"))
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: folder.appending(path: "service.sh").path)
        #expect(copy.fault() == nil)
        #expect(try Catalog.load(copy.url).blueprint("hello").service == String(script))
    }
}
