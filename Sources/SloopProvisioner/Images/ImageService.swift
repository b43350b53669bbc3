import SloopEngine
package import SloopModel
import SloopStore

/// The images that machines are cloned from: what of them is there, and what is to be made or removed.
///
/// Every call throws `notOffered` if the engine needs no images.
package struct ImageService: Sendable {
    let world: World
    let desk: SagaDesk

    /// Every blueprint's image, and what is left of earlier ones; by blueprint.
    package func list() async throws -> [ImageKeeper.View] { try await world.imageKeeper().list() }

    /// Begins to make the image that the blueprint's machines are cloned from, anew if it is there.
    ///
    /// The operation's resource is the blueprint whose image it is: that of another one, if the two share it.
    package func build(_ blueprint: String) async throws -> SloopModel.Operation {
        let owner = try world.imageKeeper().buildable(blueprint)
        let now = world.now()
        let operation = try await world.store.write { tables in
            try tables.accept(
                BuildImage.saga, BuildImage.Parameters(blueprint: owner), of: tables.owner(), on: owner, type: "Image",
                locks: [Lock.image(owner)], at: now)
        }
        await desk.scan()
        return operation
    }

    /// Deletes every image of the blueprint, and says how many there were; machines that were cloned from them stay.
    ///
    /// Throws `notFound` if there is none, `busy` while one is being built.
    package func delete(_ name: String) async throws -> Int {
        let images = try world.imageKeeper()
        let blueprint = images.id(of: name)
        if let owner = try? images.key(of: blueprint)?.blueprint, owner != blueprint {
            throw SloopError(
                .invalidInput, "the blueprint '\(blueprint)' has no image of its own, but that of '\(owner)'",
                tip: "sloop image delete \(owner)")
        }
        if let holder = try await world.store.read({ try $0.holder(of: Lock.image(blueprint)) }) {
            throw SloopError(
                .busy, "the image of '\(blueprint)' is being built (operation \(holder.id))",
                tip: "wait for it; see: sloop operation list --resource \(blueprint)")
        }
        let count = try await images.delete(blueprint)
        guard count > 0 else {
            throw SloopError(
                .notFound, "there is no image of '\(blueprint)'", tip: "see what there is: sloop image list")
        }
        let now = world.now()
        _ = try await world.store.write { tables in
            try tables.recordDone("delete-image", on: blueprint, type: "Image", at: now)
        }
        return count
    }
}
