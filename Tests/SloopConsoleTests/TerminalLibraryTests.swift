import Foundation
import SloopModel
import Testing

@testable import SloopConsole

/// Where xterm.js is found, in the two forms that Debian has it in.
@Suite struct TerminalLibraryTests {
    /// A folder of files, by their paths; gone with the test.
    private final class Folder {
        let url = FileManager.default.temporaryDirectory.appending(path: "sloop-xterm-\(UUID().uuidString)")

        init(_ files: [String: String]) throws {
            for (path, text) in files {
                let file = url.appending(path: path)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: file)
            }
        }
        deinit { try? FileManager.default.removeItem(at: url) }

        var library: TerminalLibrary {
            TerminalLibrary(environment: ["SLOOP_XTERM": url.appending(path: "xterm").path])
        }
    }

    private func text(_ library: TerminalLibrary, _ end: String) throws -> String {
        let version = try #require(library.version)
        let answer = try #require(try library.answer("xterm-\(version).\(end)"))
        guard case .bytes(let data) = answer.body else { return "" }
        return String(decoding: data, as: UTF8.self)
    }

    @Test func modulesBecomeOneScript() throws {
        let folder = try Folder([
            "xterm/lib/public/Terminal.js":
                "var core = require(\"../core/Core\");\n//# sourceMappingURL=Terminal.js.map",
            "xterm/lib/core/Core.js": "exports.x = 1;", "xterm/lib/core/Core.test.js": "require(\"chai\");",
            "xterm/lib/xterm.css": ".xterm {}",
        ])
        let script = try text(folder.library, "js")
        #expect(script.contains("\"core/Core.js\": function (require, module, exports) {\nexports.x = 1;\n}"))
        #expect(script.contains("\"public/Terminal.js\"") && script.contains("load(\"public/Terminal.js\").Terminal"))
        #expect(!script.contains("chai") && !script.contains("sourceMappingURL"))
        #expect(try text(folder.library, "css") == ".xterm {}")
        #expect(folder.library.obstacle == nil && folder.library.health.isUsable)
    }

    @Test func packedFilesAreGivenWithWhatDrawsOnACanvas() throws {
        let folder = try Folder([
            "xterm/lib/xterm.js": "var Terminal;", "xterm/css/xterm.css": ".xterm {}",
            "xterm-addon-canvas/lib/xterm-addon-canvas.js": "var CanvasAddon;",
        ])
        #expect(try text(folder.library, "js") == "var Terminal;\n;\nvar CanvasAddon;")
    }

    @Test func whereItIsNotTheReasonIsSaidAndNoFileIsGiven() throws {
        let folder = try Folder(["xterm/package.json": "{}", "xterm/lib/secret.js": "x"])
        let library = folder.library
        #expect(library.obstacle?.contains(folder.url.path) == true)
        #expect(library.version == nil)
        for name in ["xterm-.js", "xterm-0.js", "xterm-../../secret.js", "secret.js"] {
            #expect(try library.answer(name) == nil)
        }
        let check = try #require(library.health.checks.first)
        #expect(check.state == .missing && check.mend == "apt-get install node-xterm")
        // The console is served without it.
        #expect(library.health.isUsable)
    }

    @Test func aBrowserKeepsTheScriptUntilTheFilesChange() throws {
        let folder = try Folder([
            "xterm/lib/public/Terminal.js": "1", "xterm/lib/xterm.css": "2",
        ])
        let before = try #require(folder.library.version)
        #expect(folder.library.version == before)
        try Data("other".utf8).write(to: folder.url.appending(path: "xterm/lib/public/Terminal.js"))
        #expect(folder.library.version != before)
        #expect(try folder.library.answer("xterm-\(before).js") == nil)
    }
}
