import Foundation

extension IncusEngine {
    /// Runs the program as root in the machine; its exit code, and its output and errors together.
    func execute(_ program: String, in name: String) async throws -> (Int, String) {
        struct Order: Encodable {
            let command: [String]
            let environment = ["DEBIAN_FRONTEND": "noninteractive", "HOME": "/root", "LANG": "C.UTF-8"]
            let interactive = false
            let recordOutput = true
            let waitForWebsocket = false

            enum CodingKeys: String, CodingKey {
                case command, environment, interactive
                case recordOutput = "record-output"
                case waitForWebsocket = "wait-for-websocket"
            }
        }
        let done = try await client.change(
            .POST, "/1.0/instances/\(name)/exec",
            Order(command: ["bash", "-c", "exec 2>&1 < /dev/null; \(program)"]), timeout: .seconds(1800))
        var output = ""
        if case .object(let logs)? = done["output"] {
            for key in logs.keys.sorted() {
                guard let path = logs[key]?.text else { continue }
                output += String(decoding: try await client.raw(path), as: UTF8.self)
                _ = try? await client.change(.DELETE, path)
            }
        }
        return (done["return"]?.number ?? -1, output)
    }
}
