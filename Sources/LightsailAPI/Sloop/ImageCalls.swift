package import Foundation

extension SloopAPI {
    /// An image that machines are cloned from.
    package struct ImageDetails: Codable, Sendable, Equatable {
        /// The blueprint that it is the image of.
        package var blueprint: String
        /// `ready`, `not built`, or `outdated` if the blueprint makes another one by now.
        package var state: String
        /// Of all that the image is made from.
        package var digest: String
        /// Nil if it is not built.
        package var bytes: Int?
        /// Nil if it is not built.
        package var createdAt: Date?

        package init(blueprint: String, state: String, digest: String, bytes: Int? = nil, createdAt: Date? = nil) {
            self.blueprint = blueprint
            self.state = state
            self.digest = digest
            self.bytes = bytes
            self.createdAt = createdAt
        }
    }

    /// Every blueprint's image, and what is left of earlier ones.
    package enum ListImages: SloopCall {
        package static let name = "ListImages"

        package typealias Input = Lightsail.EmptyBody

        package struct Output: Codable, Sendable, Equatable {
            package var images: [ImageDetails]

            package init(images: [ImageDetails]) {
                self.images = images
            }
        }
    }

    /// Makes the image that a blueprint's machines are cloned from, anew if it is there.
    package enum BuildImage: SloopCall {
        package static let name = "BuildImage"
        package static let requiredMembers = ["blueprintId"]

        package struct Input: Codable, Sendable, Equatable {
            package var blueprintId: String

            package init(blueprintId: String) {
                self.blueprintId = blueprintId
            }
        }

        package struct Output: Codable, Sendable, Equatable {
            /// The blueprint whose image it is: another one, if the two share it.
            package var blueprintId: String
            package var operationId: String

            package init(blueprintId: String, operationId: String) {
                self.blueprintId = blueprintId
                self.operationId = operationId
            }
        }
    }

    /// Deletes every image of a blueprint; machines that were cloned from them stay.
    package enum DeleteImage: SloopCall {
        package static let name = "DeleteImage"
        package static let requiredMembers = ["blueprintId"]

        package struct Input: Codable, Sendable, Equatable {
            package var blueprintId: String

            package init(blueprintId: String) {
                self.blueprintId = blueprintId
            }
        }

        package struct Output: Codable, Sendable, Equatable {
            /// How many there were.
            package var deleted: Int

            package init(deleted: Int) {
                self.deleted = deleted
            }
        }
    }
}
