import SloopModel
import Synchronization

/// How many streams are open, of each account.
final class StreamCount: Sendable {
    /// Each is a connection, of which a server has some hundreds. A browser opens one a tab that is looked at.
    static let limit = 40

    private let counts = Mutex<[Account: Int]>([:])

    /// Throws `busy` if the account has too many. Who has entered leaves once.
    func enter(_ account: Account) throws {
        try counts.withLock { counts in
            guard counts[account, default: 0] < StreamCount.limit else {
                throw SloopError(
                    .busy, "\(StreamCount.limit) pages of '\(account)' are looked at already", tip: "close some of them"
                )
            }
            counts[account, default: 0] += 1
        }
    }

    func leave(_ account: Account) {
        counts.withLock { counts in
            let left = counts[account, default: 1] - 1
            counts[account] = left > 0 ? left : nil
        }
    }
}
