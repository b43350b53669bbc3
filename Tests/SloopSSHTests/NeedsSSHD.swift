import Foundation
import Testing

extension Trait where Self == ConditionTrait {
    /// For tests with a real sshd.
    static var needsSSHD: Self {
        .enabled(
            if: access("/usr/sbin/sshd", X_OK) == 0,
            "no sshd on this machine; install it: apt-get install openssh-server")
    }
}
