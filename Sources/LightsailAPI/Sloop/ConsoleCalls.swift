package import Foundation

extension SloopAPI {
    /// Makes a link that signs a browser in to the console, once.
    package enum CreateConsoleLink: SloopCall {
        package static let name = "CreateConsoleLink"
        package static let requiredMembers = ["account"]

        package struct Input: Codable, Sendable {
            package var account: String

            package init(account: String) { self.account = account }
        }

        package struct Output: Codable, Sendable, Equatable {
            /// In this answer only.
            package var url: String
            package var account: String
            package var expiresAt: Date

            package init(url: String, account: String, expiresAt: Date) {
                self.url = url
                self.account = account
                self.expiresAt = expiresAt
            }
        }
    }

    /// Signs every browser out, of one account or of all, and makes links that were not used worthless.
    package enum EndConsoleSessions: SloopCall {
        package static let name = "EndConsoleSessions"

        package struct Input: Codable, Sendable {
            /// Nil for all.
            package var account: String?

            package init(account: String? = nil) { self.account = account }
        }

        package struct Output: Codable, Sendable, Equatable {
            /// The sessions that were ended.
            package var ended: Int

            package init(ended: Int) { self.ended = ended }
        }
    }
}
