import Foundation
import SloopModel
import Testing

extension Trait where Self == ConditionTrait {
    /// For tests with real machines of the local engine.
    static var needsSandbox: Self {
        .enabled(
            if: access("/usr/sbin/sshd", X_OK) == 0 && access("/usr/bin/bwrap", X_OK) == 0,
            "no sshd or bwrap on this machine; install them: apt-get install openssh-server bubblewrap")
    }
}

struct Run {
    let code: Int32
    let out: String
}

/// Runs a program. Not for sshd or bwrap: Foundation waits for ever for what closes all its descriptors.
@discardableResult
func run(_ words: String...) throws -> Run { try run(words) }

func run(_ words: [String]) throws -> Run {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = words
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Run(code: process.terminationStatus, out: String(decoding: data, as: UTF8.self))
}

/// A key pair that ssh-keygen made.
struct KeyFile {
    let path: String
    let privateText: String
    let publicLine: String

    init(in folder: URL, _ name: String) throws {
        path = folder.appending(path: name).path
        try run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path)
        privateText = try String(contentsOfFile: path, encoding: .utf8)
        publicLine = try String(contentsOfFile: path + ".pub", encoding: .utf8).trimmingCharacters(in: .newlines)
    }
}
