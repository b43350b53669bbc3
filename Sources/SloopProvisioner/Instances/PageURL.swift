import SloopCatalog
import SloopModel

extension InstanceService.View {
    /// Where an application's page is, once it runs; nil for what has none.
    package var pageURL: String? {
        // A bare system has the port open and nothing behind it.
        guard let blueprint, blueprint.kind == .app, blueprint.ports.contains(80) else { return nil }
        // A machine that may bind port 22 may bind port 80.
        return instance.port < 1024 ? "http://\(instance.publicAddress)/" : "http://\(instance.publicAddress):8080/"
    }
}
