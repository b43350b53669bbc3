import LightsailAPI
import SloopModel
import SloopProvisioner

extension CallTable {
    mutating func addImageCalls() {
        add(SloopAPI.ListImages.self) { caller, _ in
            .init(images: try await caller.images.list().map { .init($0) })
        }
        add(SloopAPI.BuildImage.self) { caller, input in
            let operation = try await caller.images.build(input.blueprintId)
            return .init(blueprintId: operation.resourceName, operationId: operation.id.value)
        }
        add(SloopAPI.DeleteImage.self) { caller, input in
            .init(deleted: try await caller.images.delete(input.blueprintId))
        }
    }
}

extension SloopAPI.ImageDetails {
    init(_ view: ImageKeeper.View) {
        self.init(
            blueprint: view.blueprint,
            state: view.isOutdated ? "outdated" : view.isBuilt ? "ready" : "not built",
            digest: view.digest, bytes: view.bytes, createdAt: view.createdAt)
    }
}
