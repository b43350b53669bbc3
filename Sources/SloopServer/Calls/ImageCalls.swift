import LightsailAPI
import SloopModel
import SloopProvisioner

extension CallTable {
    mutating func addImageCalls(_ provisioner: Provisioner) {
        let images = provisioner.images

        add(SloopAPI.ListImages.self) { _ in
            .init(images: try await images.list().map { .init($0) })
        }
        add(SloopAPI.BuildImage.self) { input in
            let operation = try await images.build(input.blueprintId)
            return .init(blueprintId: operation.resourceName, operationId: operation.id.value)
        }
        add(SloopAPI.DeleteImage.self) { input in
            .init(deleted: try await images.delete(input.blueprintId))
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
