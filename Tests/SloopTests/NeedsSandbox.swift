import Foundation
import Testing

extension Trait where Self == ConditionTrait {
    /// For tests with real machines of the local engine.
    static var needsSandbox: Self {
        .enabled(
            if: access("/usr/sbin/sshd", X_OK) == 0 && access("/usr/bin/bwrap", X_OK) == 0,
            "no sshd or bwrap on this machine; install them: apt-get install openssh-server bubblewrap")
    }
}
