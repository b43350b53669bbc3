import ArgumentParser
import LightsailAPI

struct DiskCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disk", abstract: "Disks that outlive the instances they are attached to.",
        subcommands: [
            DiskCreate.self, DiskList.self, DiskShow.self, DiskAttach.self, DiskDetach.self, DiskDelete.self,
        ])
}

/// The name of the disk that a verb works on.
struct DiskName: ParsableArguments {
    @Argument(help: "The disk's name.")
    var name: String
}

extension Lightsail.Disk {
    /// Where its instance sees it.
    var folder: String { "/mnt/\(name ?? "")" }
}

extension APIClient {
    /// The items of all pages of a list.
    func pages<Item>(_ page: (String?) async throws -> (items: [Item]?, next: String?)) async throws -> [Item] {
        var all: [Item] = []
        var token: String?
        repeat {
            let (items, next) = try await page(token)
            all += items ?? []
            token = next
        } while token != nil
        return all
    }
}
