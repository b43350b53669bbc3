import Dispatch
import Foundation
import SloopModel

/// One particular process, also after its pid was given to another one.
struct ProcessHandle {
    let pid: pid_t
    /// Can be read from the moment when the process has ended; for the first process of a sandbox that is when
    /// all the others in it are gone too.
    let ended: Descriptor

    /// Nil if no such process lives.
    init?(_ pid: pid_t) {
        guard pid > 1, let open = Self.openCall else { return nil }
        let raw = open(pid, 0)
        guard raw >= 0 else { return nil }
        self.pid = pid
        ended = Descriptor(adopting: raw)
    }

    func kill() {
        guard let send = Self.signalCall else { return }
        _ = ended.use { send($0, SIGKILL, nil, 0) }
    }

    /// Whether it ended within the time.
    func waitForEnd(milliseconds: Int32) -> Bool {
        Descriptor.firstReadable([ended], milliseconds: milliseconds) != nil
    }

    /// Takes the exit status of a child of ours when it ends, so that it does not stay as a zombie.
    func reapLater() {
        ended.use { raw in
            let source = DispatchSource.makeReadSource(fileDescriptor: raw, queue: .global())
            // The handlers hold the source and the descriptor for as long as they are needed.
            source.setEventHandler { [ended, pid] in
                _ = waitpid(pid, nil, WNOHANG)
                source.cancel()
                withExtendedLifetime(ended) {}
            }
            source.activate()
        }
    }

    /// Whether this system has what is needed: Linux 5.4 and glibc 2.36.
    static var isOffered: Bool { ProcessHandle(getpid()) != nil }

    private typealias OpenCall = @convention(c) (pid_t, UInt32) -> Int32
    private typealias SignalCall = @convention(c) (Int32, Int32, UnsafeMutableRawPointer?, UInt32) -> Int32
    // Swift's Glibc module leaves <sys/pidfd.h> out.
    private static let openCall = dlsym(nil, "pidfd_open").map { unsafeBitCast($0, to: OpenCall.self) }
    private static let signalCall = dlsym(nil, "pidfd_send_signal").map { unsafeBitCast($0, to: SignalCall.self) }
}
