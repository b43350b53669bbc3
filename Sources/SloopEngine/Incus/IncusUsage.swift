package import SloopModel

extension IncusEngine {
    package func usage() async throws -> [InstanceID: MachineUsage] {
        try await calling("measure the machines") {
            let all: [IncusMeasured] = try await client.get("/1.0/instances?recursion=2")
            return all.reduce(into: [:]) { usage, machine in
                guard machine.config["user.sloop.installation"] == installation,
                    let id = machine.config["user.sloop.instance"], let state = machine.state,
                    machine.status == "Running", machine.name == IncusEngine.name(InstanceID(id))
                else { return }
                let counters = state.network?["eth0"]?.counters
                usage[InstanceID(id)] = MachineUsage(
                    cpuNanoseconds: max(0, state.cpu?.usage ?? 0),
                    processors: machine.config["limits.cpu"].flatMap { Int($0) } ?? 1,
                    memoryBytes: max(0, state.memory?.usage ?? 0), bytesIn: counters?.bytes_received,
                    bytesOut: counters?.bytes_sent)
            }
        }
    }
}

/// A machine with its state.
private struct IncusMeasured: Decodable {
    struct Amount: Decodable { let usage: Int }
    struct Counters: Decodable {
        let bytes_received: Int
        let bytes_sent: Int
    }
    struct Network: Decodable { let counters: Counters }
    struct State: Decodable {
        let cpu: Amount?
        let memory: Amount?
        let network: [String: Network]?
    }

    let name: String
    let config: [String: String]
    let status: String?
    let state: State?
}
