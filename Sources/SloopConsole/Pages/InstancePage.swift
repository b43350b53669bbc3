import Foundation
import SloopCatalog
import SloopModel
import SloopProvisioner

/// All of one instance: how it is reached, what its script said, what belongs to it, what it did.
struct InstancePage: Page {
    let template = "instance"
    let entry = Menu.instances
    let parts = [
        "instance-head", "instance-launch", "instance-network", "instance-storage", "instance-metrics",
        "instance-alarms", "operation-rows",
    ]
    let name: String
    /// What was filled in, and what was wrong with it.
    let given: FormFields
    let faults: Faults

    init(_ name: String, given: FormFields = FormFields(""), faults: Faults = [:]) {
        self.name = name
        self.given = given
        self.faults = faults
    }

    var path: String? { "/instances/\(name)" }
    var logged: String? { name }

    struct Content: Sendable {
        let card: InstancesPage.Card
        let createdAt: Moment
        let hourly: String
        let planWords: String
        let username: String
        let keyPair: String?
        let tagText: String
        let canStart: Bool
        let canStop: Bool
        let canReboot: Bool
        /// Why there is no terminal in the browser; nil if there can be one.
        let terminalObstacle: String?
        let sshCommand: String
        let hostKeyFingerprint: String
        let hostKeyLine: String
        let launchView: LaunchView?
        let scriptText: String
        let network: NetworkView
        let storage: StorageView
        let plots: [MetricPlot]
        let alarmsView: AlarmsView
        let operations: [OperationsPage.Row]
        let faults: Faults
    }

    func title(_ content: Content) -> String { content.card.name }

    func content(_ visit: Visit) async throws -> Content {
        let services = visit.services
        let view = try await services.instances.find(name)
        let instance = view.instance
        let port = instance.port == 22 ? "" : " -p \(instance.port)"
        let plan = try? services.catalog.plan(instance.plan)
        return Content(
            card: InstancesPage.Card(view, services.catalog), createdAt: Moment(instance.createdAt),
            hourly: Wording.hourly(instance.monthlyPrice), planWords: plan.map { Wording.plan($0) } ?? "",
            username: instance.username, keyPair: instance.keyPair,
            tagText: faults["tags"] != nil
                ? given["tags"]
                : instance.tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", "),
            canStart: instance.state == .stopped || instance.state == .error,
            canStop: instance.state == .running || instance.state == .error, canReboot: instance.state == .running,
            terminalObstacle: visit.console.terminalLibrary.obstacle.map(Wording.sentence),
            sshCommand: "ssh -i \(InstancePage.keyFile(instance.keyPair))\(port) "
                + "\(instance.username)@\(instance.publicAddress)",
            hostKeyFingerprint: try services.instances.hostKeyFingerprint(of: instance),
            hostKeyLine: InstancePage.knownHost(instance), launchView: view.launch.map { LaunchView($0, services) },
            scriptText: faults["script"] != nil ? given.text("script") : view.launch?.script ?? "",
            network: try await NetworkView(view, visit), storage: try await StorageView(view, visit),
            plots: try await MetricPlot.all(of: name, visit),
            alarmsView: try await AlarmsView(view, faults.isEmpty ? FormFields("") : given, visit),
            operations: try await services.operations.list(of: name, limit: 30).map { OperationsPage.Row($0) },
            faults: faults)
    }

    private static func keyFile(_ pair: String?) -> String { "\(pair ?? DefaultKeyPair.name).pem" }

    /// The line of `known_hosts` by which ssh knows the machine from the first connection on.
    private static func knownHost(_ instance: Instance) -> String {
        let host =
            instance.port == 22 ? instance.publicAddress : "[\(instance.publicAddress)]:\(instance.port)"
        return "\(host) \(instance.hostKey)"
    }

    /// What is known of the newest run of the launch script.
    struct LaunchView: Sendable {
        let chip: Chip
        let duration: String?
        /// The end of the output, for who sees the page without its live part.
        let tail: String

        init(_ run: LaunchRun, _ services: AccountServices) {
            chip = Wording.chip(run)
            duration = run.startedAt.flatMap { start in run.endedAt.map { Wording.span(from: start, to: $0) } }
            tail = ConsoleText.plain(services.launches.tail(of: run.id, lines: 200))
        }
    }
}
