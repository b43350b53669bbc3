import ArgumentParser
import LightsailAPI

struct AccessKeyCreate: Verb {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Makes an access key. Its secret is shown once.",
        discussion: "Accounts do not see each other's resources. The account 'default' is that of this command line.")

    @Option(help: "Whose resources the key's holder sees; the account is made if it is not there.")
    var account: String = "default"

    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let made = try await api.call(SloopAPI.CreateAPIAccessKey.self, .init(account: account))
        let document = NewAccessKeyDocument(
            accessKeyId: made.accessKey.accessKeyId, secretAccessKey: made.secretAccessKey,
            account: made.accessKey.account, region: made.region, endpoint: made.endpoint)
        try connection.show(document) { _ in
            """
            export AWS_ACCESS_KEY_ID=\(document.accessKeyId)
            export AWS_SECRET_ACCESS_KEY=\(document.secretAccessKey)
            export AWS_DEFAULT_REGION=\(document.region)
            aws lightsail get-instances --endpoint-url \(document.endpoint ?? "http://127.0.0.1:8080")
            """
        }
        guard !connection.isJSON else { return }
        Terminal.current.note("this is the only time that the secret of \(document.accessKeyId) is shown")
        if document.endpoint == nil {
            Terminal.current.note(
                "the server takes no such calls yet: start it with 'sloop serve --listen 127.0.0.1:8080'")
        }
    }
}

/// A key that was just made, for programs.
struct NewAccessKeyDocument: Encodable {
    var accessKeyId: String
    var secretAccessKey: String
    var account: String
    var region: String
    var endpoint: String?
}
