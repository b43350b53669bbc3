import ArgumentParser
import LightsailAPI

struct AccessKeyEnable: Verb {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Lets a disabled access key be used again.")

    @OptionGroup var key: AccessKeyID
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let input = SloopAPI.SetAPIAccessKeyStatus.Input(accessKeyId: key.id, enabled: true)
        let changed = try await api.call(SloopAPI.SetAPIAccessKeyStatus.self, input).accessKey
        try connection.show(changed) { _ in "access key \(changed.accessKeyId) is enabled" }
    }
}

struct AccessKeyDisable: Verb {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Refuses calls that are signed with this access key, at once.")

    @OptionGroup var key: AccessKeyID
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let input = SloopAPI.SetAPIAccessKeyStatus.Input(accessKeyId: key.id, enabled: false)
        let changed = try await api.call(SloopAPI.SetAPIAccessKeyStatus.self, input).accessKey
        try connection.show(changed) { _ in "access key \(changed.accessKeyId) is disabled" }
    }
}

struct AccessKeyDelete: Verb {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Forgets an access key. What its account has stays.")

    @OptionGroup var key: AccessKeyID
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let deleted = try await api.call(SloopAPI.DeleteAPIAccessKey.self, .init(accessKeyId: key.id)).accessKey
        try connection.show(deleted) { _ in "access key \(deleted.accessKeyId) is deleted" }
    }
}
