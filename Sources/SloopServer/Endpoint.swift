import Synchronization

/// The URL at which signed calls are taken, once it is known.
package final class Endpoint: Sendable {
    private let state = Mutex<String?>(nil)

    package init() {}

    /// Nil as long as the server takes none.
    package var url: String? { state.withLock { $0 } }

    func set(_ url: String) { state.withLock { $0 = url } }
}
