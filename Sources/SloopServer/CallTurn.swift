import LightsailAPI
import ServiceLifecycle
import SloopModel
import SloopProvisioner

extension Caller {
    /// How long a call waits for others that are at work on the same thing.
    private static let patience = Duration.seconds(20)

    /// Makes a call of Lightsail's again when what was in its way is over.
    ///
    /// Its clients expect that: Terraform attaches an address and a disk, and opens ports, of one instance at once, and takes
    /// a refusal for the end. A call that was refused so has changed nothing.
    func inTurn<Call: LightsailOperation, Answer>(
        of call: Call.Type, _ body: () async throws -> Answer
    ) async throws -> Answer {
        let clock = ContinuousClock()
        let end = clock.now + Caller.patience
        while true {
            do { return try await body() } catch let error as SloopError {
                guard let blocker = error.blocker, !(call is any SloopCall.Type), clock.now < end else { throw error }
                _ = try await cancelWhenGracefulShutdown { [operations = services.operations] in
                    try await operations.waitForEnd(blocker, upTo: end - clock.now)
                }
            }
        }
    }
}
