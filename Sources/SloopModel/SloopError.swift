/// The one error type of Sloop: what was wrong with which thing, and what to do next.
///
/// The message is lower case and names the thing; the tip is the next command or step.
package struct SloopError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is. Callers decide by this, never by the text.
    package enum Code: String, Codable, Sendable, CaseIterable {
        /// The request itself is wrong; nothing was changed.
        case invalidInput
        /// The thing that was named does not exist.
        case notFound
        /// The name is already in use.
        case nameExists
        /// Another operation works on the same thing.
        case busy
        /// The thing is in a state in which this cannot be done.
        case wrongState
        /// This engine or this Sloop does not offer it.
        case notOffered
        /// A machine could not be reached, or not in time.
        case unreachable
        /// The machine showed another host key than the pinned one.
        case hostKeyChanged
        /// The machine refused a key that it should accept.
        case keyRefused
        /// The caller may not do this.
        case accessDenied
        /// An effect on the outside failed.
        case operationFailed
        /// The state on disk cannot be used.
        case storage
        /// A defect of Sloop.
        case unexpected
    }

    package var code: Code
    package var message: String
    package var tip: String
    package var cause: String?
    /// The operation that is in the way, of one that is `busy`.
    package var blocker: OperationID?

    /// - Parameters:
    ///   - message: lower case, names the thing.
    ///   - tip: the next command or step for the reader; empty if there is none.
    ///   - blocker: the operation that has to end first.
    package init(
        _ code: Code, _ message: String, tip: String = "", cause: (any Error)? = nil, blocker: OperationID? = nil
    ) {
        self.code = code
        self.message = message
        self.tip = tip
        self.cause = cause.map { "\($0)" }
        self.blocker = blocker
    }

    package var description: String {
        [message, cause.map { "cause: \($0)" }, tip.isEmpty ? nil : "tip: \(tip)"]
            .compactMap { $0 }.joined(separator: "; ")
    }
}
