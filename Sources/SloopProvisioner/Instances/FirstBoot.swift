import SloopModel
import SloopSSH

extension World {
    /// How long what a machine makes for itself at its first start may take.
    private static let firstBootPatience = Duration.seconds(300)

    /// Waits until the blueprint's first-boot script has ended, so that what comes after finds the machine complete.
    ///
    /// Throws `operationFailed` with the end of its output if it failed.
    func waitForFirstBoot(_ id: InstanceID) async throws {
        let instance = try await instance(id)
        let result = try await machines.withSession(instance, keep: true) { session in
            try await session.run(World.firstBoot, timeout: World.firstBootPatience)
        }
        guard result.exitCode != 0 else { return }
        throw SloopError(
            .operationFailed,
            "the first boot of '\(instance.name)' failed: "
                + result.stdoutText.split(whereSeparator: \.isNewline).suffix(8).joined(separator: " | "),
            tip: "mend firstboot.sh of the blueprint '\(instance.blueprint)', and create the instance again")
    }

    private static let firstBoot = """
        while ! [ -e /var/lib/sloop/firstboot.done ]; do
          if systemctl is-failed --quiet sloop-firstboot.service; then
            sudo -n tail -n 8 /var/lib/sloop/firstboot.log
            exit 1
          fi
          sleep 0.02
        done
        """
}
