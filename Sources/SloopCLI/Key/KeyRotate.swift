import ArgumentParser
import LightsailAPI
import SloopModel

struct KeyRotate: Verb {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Puts a new key in the place of an old one, without locking anyone out.",
        discussion: """
            On every instance the new key is proven by a real login before the old one goes, and the old one is seen \
            refused. An instance that is stopped or out of reach keeps its old key and is done when it is back.

            The new private key is saved before anything is changed.
            """)

    @Argument(help: "The key pair's name.")
    var name: String?

    @Flag(help: "Rotate every key pair that an instance has.")
    var all = false

    @Flag(help: "Rotate the key that Sloop itself logs in with.")
    var access = false

    @Option(
        name: .customLong("instance"), parsing: .singleValue,
        help: ArgumentHelp("Only on this instance.", valueName: "name"))
    var instances: [String] = []

    @Flag(help: "Show what would be done, and change nothing.")
    var dryRun = false

    @Option(
        help: ArgumentHelp(
            "Write the new private key to this new file, or '-' to print it; <key>-<time>.pem if not given.",
            valueName: "file"))
    var save: String?

    @Option(help: ArgumentHelp("Your own new public key, for an imported key pair.", valueName: "file"))
    var publicKey: String?

    @OptionGroup var wait: WaitOption
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard [name != nil, all, access].filter({ $0 }).count == 1 else {
            throw ValidationError("Give the name of a key pair, or --all, or --access.")
        }
        guard name != nil || (save == nil && publicKey == nil) else {
            throw ValidationError("--save and --public-key go with the name of a key pair.")
        }
        guard save == nil || publicKey == nil else {
            throw ValidationError("--save goes with a new key that Sloop makes, not with --public-key.")
        }
        guard save != "-" || !connection.isJSON else {
            throw ValidationError("--save - prints the key where --output json prints the result; name a file.")
        }
    }

    func perform(_ api: APIClient) async throws {
        let only = instances.isEmpty ? nil : instances
        let rotation = KeyPairRotation(api: api, instances: only, isDryRun: dryRun, wait: wait)
        if access {
            let started = try await api.call(
                SloopAPI.RotateAccessKey.self, .init(dryRun: dryRun ? true : nil, instanceNames: only)
            ).rotation
            return try conclude([try await rotation.settled(started)])
        }
        if let name {
            return try conclude([try await rotation.run(name, save: save, publicKey: publicKey)])
        }
        let used = Set(try await api.call(SloopAPI.ListInstanceDetails.self, .init()).instances.compactMap(\.keyPair))
        var done: [SloopAPI.RotationDetails] = []
        var failure: (any Error)?
        for name in used.sorted() {
            do {
                done.append(try await rotation.run(name, save: nil, publicKey: nil))
            } catch let error as SloopError {
                // One key pair that cannot be rotated, as an imported one, must not keep the others from it.
                Terminal.current.report(error)
                failure = ExitCode(ExitStatus(error.code).rawValue)
            }
        }
        if let failure {
            try print(done)
            throw failure
        }
        try conclude(done)
    }

    private func print(_ rotations: [SloopAPI.RotationDetails]) throws {
        if let only = rotations.first, !all {
            try connection.show(only) { only.text($0) }
        } else {
            try connection.show(["rotations": rotations]) { style in
                rotations.isEmpty
                    ? "no instance has a key pair"
                    : rotations.map { $0.text(style) }.joined(separator: "\n\n")
            }
        }
    }

    /// Prints the result, and fails if some instance still waits for its new key.
    private func conclude(_ rotations: [SloopAPI.RotationDetails]) throws {
        try print(rotations)
        let waiting = wait.noWait ? [] : rotations.flatMap { $0.targets.filter(\.isOpen).map(\.instance) }
        guard !waiting.isEmpty else { return }
        throw CommandFailure(
            .rotationPending,
            SloopError(
                .unreachable, "the rotation waits for \(waiting.joined(separator: ", "))",
                tip: "it goes on by itself when they are back; 'sloop key list' shows what is pending"))
    }
}
