package import Hummingbird
import HummingbirdCore

/// What is known of the connection that a request came on.
package struct CallContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// The address that it came from; empty on the Unix socket.
    let peer: String

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        peer = source.channel.remoteAddress?.ipAddress ?? ""
    }
}
