package import SloopModel

/// The exit codes of every command, in one place; `sloop --help` and docs/cli.md list them.
package enum ExitStatus: Int32, CaseIterable, Sendable {
    case success = 0
    case failed = 1
    /// The arguments or the input were refused; nothing was changed.
    case invalidInput = 2
    case notFound = 3
    /// The instance runs, but its launch script has not ended well.
    case launchFailed = 4
    case conflict = 5
    case noServer = 6
    /// The rotation goes on by itself when the instances are back.
    case rotationPending = 7

    /// What the code means, in a few words.
    package var meaning: String {
        switch self {
        case .success: "done"
        case .failed: "failed"
        case .invalidInput: "bad input"
        case .notFound: "not found"
        case .launchFailed: "launch script failed"
        case .conflict: "busy or in a wrong state"
        case .noServer: "no sloop answers"
        case .rotationPending: "rotation pending on some instances"
        }
    }

    /// The exit code for an error that the server sent or a command found.
    package init(_ code: SloopError.Code) {
        self =
            switch code {
            case .invalidInput, .nameExists, .notOffered: .invalidInput
            case .notFound: .notFound
            case .busy, .wrongState: .conflict
            case .accessDenied, .unreachable, .hostKeyChanged, .keyRefused, .operationFailed, .storage, .unexpected:
                .failed
            }
    }
}

/// An error whose exit code is not the one that its ``SloopModel/SloopError/Code`` has.
struct CommandFailure: Error {
    var error: SloopError
    var status: ExitStatus

    init(_ status: ExitStatus, _ error: SloopError) {
        self.status = status
        self.error = error
    }
}
