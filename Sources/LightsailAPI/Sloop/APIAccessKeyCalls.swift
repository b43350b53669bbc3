package import Foundation

extension SloopAPI {
    /// An access key, without its secret.
    package struct APIAccessKeyDetails: Codable, Sendable, Equatable {
        package var accessKeyId: String
        package var account: String
        /// `enabled` or `disabled`.
        package var status: String
        package var createdAt: Date
        package var lastUsedAt: Date?

        package init(
            accessKeyId: String, account: String, status: String, createdAt: Date, lastUsedAt: Date? = nil
        ) {
            self.accessKeyId = accessKeyId
            self.account = account
            self.status = status
            self.createdAt = createdAt
            self.lastUsedAt = lastUsedAt
        }
    }

    /// The answer of a call that changed one key.
    package struct APIAccessKeyResult: Codable, Sendable, Equatable {
        package var accessKey: APIAccessKeyDetails

        package init(accessKey: APIAccessKeyDetails) { self.accessKey = accessKey }
    }

    /// Makes a key for an account, and the account if it is not there. The secret is in this answer only.
    package enum CreateAPIAccessKey: SloopCall {
        package static let name = "CreateAPIAccessKey"
        package static let requiredMembers = ["account"]

        package struct Input: Codable, Sendable {
            package var account: String

            package init(account: String) { self.account = account }
        }

        package struct Output: Codable, Sendable, Equatable {
            package var accessKey: APIAccessKeyDetails
            package var secretAccessKey: String
            /// The region to sign for.
            package var region: String
            /// Where clients send their calls; nil if the server listens on its Unix socket only.
            package var endpoint: String?

            package init(
                accessKey: APIAccessKeyDetails, secretAccessKey: String, region: String, endpoint: String? = nil
            ) {
                self.accessKey = accessKey
                self.secretAccessKey = secretAccessKey
                self.region = region
                self.endpoint = endpoint
            }
        }
    }

    /// Every key of every account, oldest first.
    package enum ListAPIAccessKeys: SloopCall {
        package static let name = "ListAPIAccessKeys"

        package typealias Input = Lightsail.EmptyBody

        package struct Output: Codable, Sendable, Equatable {
            package var accessKeys: [APIAccessKeyDetails]

            package init(accessKeys: [APIAccessKeyDetails]) { self.accessKeys = accessKeys }
        }
    }

    /// Lets a key be used, or no longer; it holds from the answer on.
    package enum SetAPIAccessKeyStatus: SloopCall {
        package static let name = "SetAPIAccessKeyStatus"
        package static let requiredMembers = ["accessKeyId", "enabled"]

        package struct Input: Codable, Sendable {
            package var accessKeyId: String
            package var enabled: Bool

            package init(accessKeyId: String, enabled: Bool) {
                self.accessKeyId = accessKeyId
                self.enabled = enabled
            }
        }

        package typealias Output = APIAccessKeyResult
    }

    /// Forgets a key. The account and its resources stay.
    package enum DeleteAPIAccessKey: SloopCall {
        package static let name = "DeleteAPIAccessKey"
        package static let requiredMembers = ["accessKeyId"]

        package struct Input: Codable, Sendable {
            package var accessKeyId: String

            package init(accessKeyId: String) { self.accessKeyId = accessKeyId }
        }

        package typealias Output = APIAccessKeyResult
    }
}
