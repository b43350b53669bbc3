import Foundation
import HTTPTypes
import SloopModel
import SloopProvisioner

/// Every address of the console, with the page that answers.
extension Visit {
    /// What comes second in these paths is the name of a thing.
    private static let named: Set = [
        "instances", "keys", "disks", "snapshots", "addresses", "access-keys", "terminals", "alarms",
        "contacts", "snapshots-of",
    ]

    private func route(_ path: [String]) -> String {
        "/"
            + path.enumerated().map { index, part in
                index == 1 && Visit.named.contains(path[0]) ? "*" : part
            }.joined(separator: "/")
    }

    func answer() async throws -> PageAnswer {
        if request.method == .post { return try await act(route(request.path)) }
        if request.path.first == "stream" {
            var visit = self
            visit.place = Array(request.path.dropFirst())
            if route(visit.place) == "/terminals/*" { return try await visit.showTerminal() }
            guard let page = visit.page(route(visit.place)), !page.parts.isEmpty else { throw nothingThere }
            return try await page.stream(visit)
        }
        guard let page = page(route(request.path)) else { throw nothingThere }
        return try await page.answer(self)
    }

    private var nothingThere: SloopError {
        SloopError(.notFound, "the console has no such page", tip: "choose one from the menu")
    }

    private func page(_ route: String) -> (any Page)? {
        switch route {
        case "/", "/instances": InstancesPage()
        case "/create": CreatePage(preset: request.query)
        case "/instances/*": InstancePage(name)
        case "/instances/*/delete": InstanceDeletePage(name)
        case "/instances/*/terminal": TerminalPage(name)
        case "/keys": KeysPage()
        case "/keys/*": KeyPage(name)
        case "/storage": StoragePage()
        case "/alarms": AlarmsPage()
        case "/cost": CostPage(month: request.query["month"])
        case "/operations": OperationsPage(resource: request.query["of"])
        case "/settings": SettingsPage()
        default: nil
        }
    }

    private func act(_ route: String) async throws -> PageAnswer {
        switch route {
        case "/create": try await createInstances()
        case "/instances/*/start": try await atInstance { _ = try await services.instances.start(name) }
        case "/instances/*/stop": try await atInstance { _ = try await services.instances.stop(name) }
        case "/instances/*/reboot": try await atInstance { _ = try await services.instances.reboot(name) }
        case "/instances/*/delete": try await deleteInstance()
        case "/instances/*/rerun": try await rerunScript()
        case "/instances/*/ports/open": try await openPort()
        case "/instances/*/ports/close": try await closePort()
        case "/instances/*/address": try await giveStaticAddress()
        case "/instances/*/disks": try await attachDisk()
        case "/instances/*/snapshots": try await takeSnapshot()
        case "/instances/*/tags": try await setTags()
        case "/instances/*/terminal": try await openTerminal()
        case "/terminals/*/keys": try await typeInTerminal()
        case "/terminals/*/size": try await resizeTerminal()
        case "/terminals/*/close": try await closeTerminal()
        case "/keys": try await createKey()
        case "/import-key": try await importKey()
        case "/keys/*/offer": try await offerRotation()
        case "/keys/*/rotate": try await startRotation()
        case "/keys/*/delete": try await deleteKey()
        case "/keys/*/download": try await downloadDefaultKey()
        case "/instances/*/alarms": try await makeAlarm()
        case "/alarms/*/delete": try await atAlarms { _ = try await services.alarms.delete(name) }
        case "/alarms/*/test": try await testAlarm()
        case "/contacts": try await saveContact()
        case "/contacts/*/try": try await atAlarms { _ = try await services.alarms.verifyContact(name) }
        case "/contacts/*/delete": try await atAlarms { _ = try await services.alarms.deleteContact(name) }
        case "/snapshots-of/*/on": try await snapshotEveryDay()
        case "/snapshots-of/*/off": try await atStorage { _ = try await services.addOns.disable(name) }
        case "/snapshots-of/*/delete": try await deleteAutomaticSnapshot()
        case "/snapshots-of/*/restore": try await restoreSnapshot()
        case "/disks": try await createDisk()
        case "/disks/*/snapshots": try await takeDiskSnapshot()
        case "/disks/*/detach": try await atStorage { _ = try await services.disks.detach(name) }
        case "/disks/*/delete": try await atStorage { _ = try await services.disks.delete(name) }
        case "/snapshots/*/delete": try await atStorage { _ = try await services.snapshots.delete(name) }
        case "/snapshots/*/restore": try await restoreSnapshot()
        case "/addresses/*/detach": try await atStorage { _ = try await services.staticAddresses.detach(name) }
        case "/addresses/*/release": try await atStorage { _ = try await services.staticAddresses.release(name) }
        case "/access-keys": try await createAccessKey()
        case "/access-keys/*/enable": try await changeAccessKey { _ = try await $0.set(name, isEnabled: true) }
        case "/access-keys/*/disable": try await changeAccessKey { _ = try await $0.set(name, isEnabled: false) }
        case "/access-keys/*/delete": try await changeAccessKey { _ = try await $0.delete(name) }
        case "/sign-out": try await signOut()
        default: throw nothingThere
        }
    }
}
