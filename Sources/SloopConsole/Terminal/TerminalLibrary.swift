import Foundation
package import SloopModel

/// xterm.js, which draws a terminal in a browser. It is not in the program: Debian has it as `node-xterm`.
package struct TerminalLibrary: Sendable {
    /// Where Debian's package has it; `SLOOP_XTERM` names another folder.
    package static let usualFolder = "/usr/share/nodejs/xterm"
    package static let remedy = "apt-get install node-xterm"

    let folder: URL

    package init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        folder = URL(filePath: environment["SLOOP_XTERM"] ?? TerminalLibrary.usualFolder)
    }

    /// Why there are no terminals; nil if there could be.
    package var obstacle: String? {
        files == nil ? "the terminal needs xterm.js, which is not in \(folder.path)" : nil
    }

    /// The same for `sloop doctor`.
    package var health: EngineHealth {
        let check = EngineHealth.Check(
            "terminal", obstacle == nil ? .ok : .missing, isRequired: false, detail: obstacle ?? folder.path,
            mend: obstacle == nil ? nil : TerminalLibrary.remedy)
        return EngineHealth(engine: "console", checks: [check])
    }

    /// The files of a version that we know.
    struct Files {
        let style: URL
        /// Run one after the other; or, if there is an entry, modules that name each other, of which it is the first.
        let scripts: [URL]
        let entry: String?
    }

    /// Nil if it is not there. Version 3, of Debian 12, is modules for Node.js; version 5, of Debian 13, is packed.
    var files: Files? {
        let modules = folder.appending(path: "lib")
        let entry = "public/Terminal.js"
        if isThere(modules.appending(path: entry)) {
            let names = FileManager.default.enumerator(atPath: modules.path)?.compactMap { $0 as? String } ?? []
            let scripts = names.filter { $0.hasSuffix(".js") && !$0.hasSuffix(".test.js") }.sorted()
            return Files(
                style: modules.appending(path: "xterm.css"), scripts: scripts.map { modules.appending(path: $0) },
                entry: entry)
        }
        let packed = modules.appending(path: "xterm.js")
        // Draws without styles in attributes, which the policy of our pages forbids.
        let canvas = folder.deletingLastPathComponent().appending(
            path: "xterm-addon-canvas/lib/xterm-addon-canvas.js")
        guard isThere(packed), isThere(canvas) else { return nil }
        return Files(style: folder.appending(path: "css/xterm.css"), scripts: [packed, canvas], entry: nil)
    }

    private func isThere(_ file: URL) -> Bool { FileManager.default.isReadableFile(atPath: file.path) }

    /// Changes with the files, so that a browser keeps what it has until then. Nil if they are not there.
    var version: String? {
        guard let files else { return nil }
        var hash = FNV1a()
        for file in files.scripts + [files.style] {
            let facts = try? FileManager.default.attributesOfItem(atPath: file.path)
            let date = (facts?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
            hash.add(Array("\(file.path) \(facts?[.size] ?? 0) \(date)".utf8))
        }
        return String(hash.value, radix: 36)
    }

    /// `xterm-<version>.js` or `.css`; nil if there is no such file.
    func answer(_ name: String) throws -> PageAnswer? {
        guard name.hasPrefix("xterm-"), let files, let version else { return nil }
        switch name {
        case "xterm-\(version).js":
            return .asset("text/javascript; charset=utf-8", Array(try script(files).utf8), isForever: true)
        case "xterm-\(version).css":
            return .asset("text/css; charset=utf-8", Array(try Data(contentsOf: files.style)), isForever: true)
        default: return nil
        }
    }

    /// One script of all, which leaves `Terminal` behind.
    private func script(_ files: Files) throws -> String {
        let texts = try files.scripts.map { file in
            let text = try String(contentsOf: file, encoding: .utf8)
            // A browser would ask for the maps that they name.
            return text.range(of: "\n//# sourceMappingURL=", options: .backwards).map { String(text[..<$0.lowerBound]) }
                ?? text
        }
        guard let entry = files.entry else { return texts.joined(separator: "\n;\n") }
        let root = folder.appending(path: "lib").path + "/"
        let modules = zip(files.scripts, texts).map { file, text in
            "\"\(file.path.dropFirst(root.count))\": function (require, module, exports) {\n\(text)\n}"
        }
        return String(decoding: PackageResources.modules_js, as: UTF8.self)
            .replacing("/* MODULES */", with: modules.joined(separator: ",\n"))
            .replacing("/* ENTRY */", with: entry)
    }
}
