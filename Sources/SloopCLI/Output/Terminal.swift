package import Foundation
import Glibc
import SloopModel

/// The outside of a command: where it writes, what time it is, what its environment says.
package struct Terminal: Sendable {
    /// The one that commands use; a test puts its own in place.
    @TaskLocal package static var current = Terminal.process

    package var writeOutput: @Sendable (Data) -> Void
    package var writeError: @Sendable (Data) -> Void
    package var outputIsTTY: Bool
    package var errorIsTTY: Bool
    package var environment: [String: String]
    package var now: @Sendable () -> Date
    /// The folder that relative paths of arguments begin at.
    package var directory: String

    package init(
        writeOutput: @escaping @Sendable (Data) -> Void, writeError: @escaping @Sendable (Data) -> Void,
        outputIsTTY: Bool, errorIsTTY: Bool, environment: [String: String], now: @escaping @Sendable () -> Date,
        directory: String
    ) {
        self.writeOutput = writeOutput
        self.writeError = writeError
        self.outputIsTTY = outputIsTTY
        self.errorIsTTY = errorIsTTY
        self.environment = environment
        self.now = now
        self.directory = directory
    }

    /// That of this process.
    package static let process = Terminal(
        writeOutput: { writeAll($0, to: STDOUT_FILENO) },
        writeError: { writeAll($0, to: STDERR_FILENO) },
        outputIsTTY: isatty(STDOUT_FILENO) == 1,
        errorIsTTY: isatty(STDERR_FILENO) == 1,
        environment: ProcessInfo.processInfo.environment,
        now: { Date() },
        directory: FileManager.default.currentDirectoryPath)

    private static func writeAll(_ data: Data, to descriptor: Int32) {
        data.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count >= 0 {
                    rest = rest.dropFirst(count)
                } else if errno != EINTR {
                    // Nobody reads any more, as in `sloop instance logs web --follow | head -1`.
                    exit(128 + SIGPIPE)
                }
            }
        }
    }
}

extension Terminal {
    /// Writes a line to standard output.
    func print(_ text: String) { writeOutput(Data((text + "\n").utf8)) }

    /// Writes it to standard output.
    func print(_ table: Table) { writeOutput(Data(table.lines(outputStyle))) }

    /// Writes a line to standard error.
    func note(_ text: String) { writeError(Data((text + "\n").utf8)) }

    /// Writes an error as a person and a script read it.
    func report(_ error: SloopError) {
        let style = Style(isOn: errorIsTTY && !isPlain)
        note("\(style.red("error:")) \(error.message)")
        if !error.tip.isEmpty { note("\(style.dim("tip:")) \(error.tip)") }
    }

    /// Colours for what goes to standard output.
    var outputStyle: Style { Style(isOn: outputIsTTY && !isPlain) }
    /// Colours for what goes to standard error.
    var errorStyle: Style { Style(isOn: errorIsTTY && !isPlain) }

    /// https://no-color.org: set to anything but the empty string.
    private var isPlain: Bool { environment["NO_COLOR"].map { !$0.isEmpty } ?? false || environment["TERM"] == "dumb" }

    /// The absolute path of an argument.
    func path(_ argument: String) -> String {
        argument.hasPrefix("/") ? argument : directory + "/" + argument
    }
}
