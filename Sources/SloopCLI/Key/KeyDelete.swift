import ArgumentParser
import LightsailAPI

struct KeyDelete: Verb {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Forgets a key pair. Instances that have it keep it.")

    @OptionGroup var key: KeyName
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let record = try await api.call(Lightsail.DeleteKeyPair.self, .init(keyPairName: key.name)).operation
        try connection.show(record) { _ in "key pair \(key.name) is deleted" }
    }
}
