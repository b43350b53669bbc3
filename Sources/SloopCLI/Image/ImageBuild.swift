import ArgumentParser
import Foundation
import LightsailAPI

struct ImageBuild: Verb {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Builds an image, anew if it is there.",
        discussion: "Instances that were made from the one before stay as they are.")

    @Argument(help: "The blueprint; see 'sloop blueprint list'.")
    var blueprint: String

    @OptionGroup var wait: WaitOption
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let started = try await api.call(SloopAPI.BuildImage.self, .init(blueprintId: blueprint))
        let operation = try await api.finish(started.operationId, of: started.blueprintId, wait)
        guard operation.isOver else { return try connection.show(operation) { _ in operation.text(done: "") } }
        let images = try await api.patientCall(SloopAPI.ListImages.self, .init()).images
        let image = images.first { $0.blueprint == started.blueprintId && $0.state == "ready" }
        let seconds = Int(operation.changedAt.timeIntervalSince(operation.createdAt).rounded())
        let facts = [image?.size, "\(seconds) s"].compactMap { $0 }.joined(separator: ", ")
        try connection.show(operation) { _ in operation.text(done: "\(started.blueprintId) is built (\(facts))") }
    }
}
