import SloopEngine
import SloopModel
import SloopSaga
import SloopStore

/// Makes a blueprint's image anew; machines that were cloned from the one before stay as they are.
enum BuildImage {
    struct Parameters: Codable, Sendable {
        let blueprint: String
    }

    static let saga = Saga<World, Tables, Parameters>(
        "build-image",
        [
            .effect("build") { world, p in
                try await world.imageKeeper().renew(p.blueprint)
            }
        ])
}

extension World {
    /// Throws `notOffered` if the engine needs no images.
    func imageKeeper() throws -> ImageKeeper {
        if let images { return images }
        throw SloopError(
            .notOffered, "the engine '\(engine.name)' needs no images",
            tip: "images are for machines of the engine 'incus': sloop serve --engine incus")
    }
}
