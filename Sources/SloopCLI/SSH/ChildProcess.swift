import Dispatch
import Glibc
import SloopModel

/// A program that takes over the terminal until it ends.
///
/// It stays in our process group, so that the terminal is its own and Ctrl-C reaches it; Foundation's Process would
/// put it in a group of its own, in the background.
enum ChildProcess {
    /// Runs the program and returns its exit code; 128 and the signal's number if a signal ended it.
    static func run(_ path: String, _ arguments: [String], environment: [String: String]) async throws -> Int32 {
        // Ctrl-C is for the child; we live on, to tidy up after it.
        let formerInterrupt = signal(SIGINT, SIG_IGN)
        let formerQuit = signal(SIGQUIT, SIG_IGN)
        defer {
            signal(SIGINT, formerInterrupt)
            signal(SIGQUIT, formerQuit)
        }
        let child = try spawn(path, arguments, environment)
        let forwarding = [SIGTERM, SIGHUP].map { Forwarding(of: $0, to: child) }
        defer { for one in forwarding { one.end() } }
        let status = await withCheckedContinuation { (done: CheckedContinuation<Int32, Never>) in
            DispatchQueue.global().async {
                var status: Int32 = 0
                while waitpid(child, &status, 0) < 0, errno == EINTR {}
                done.resume(returning: status)
            }
        }
        let number = status & 0x7F
        return number == 0 ? (status >> 8) & 0xFF : 128 + number
    }

    /// Starts the program with no signal blocked or ignored, whatever the calling thread has.
    static func spawn(
        _ path: String, _ arguments: [String], _ environment: [String: String]
    ) throws -> pid_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var standard = sigset_t()
        sigemptyset(&standard)
        for number in [SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM] { sigaddset(&standard, number) }
        posix_spawnattr_setsigdefault(&attributes, &standard)
        // Our threads block signals, which a child would inherit: it could not even be ended.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

        var words = ([path] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for word in words + variables { free(word) } }
        var child: pid_t = 0
        let error = posix_spawn(&child, path, nil, &attributes, &words, &variables)
        guard error == 0 else {
            throw SloopError(
                .operationFailed, "\(path) cannot be started: \(String(cString: strerror(error)).lowercased())",
                tip: "install openssh-client")
        }
        return child
    }

    /// Hands a signal that was meant for us on to the child, whose end then ends us.
    private final class Forwarding {
        private let number: Int32
        private let former: sighandler_t?
        private let source: any DispatchSourceSignal

        init(of number: Int32, to child: pid_t) {
            self.number = number
            former = signal(number, SIG_IGN)
            source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { kill(child, number) }
            source.resume()
        }

        func end() {
            source.cancel()
            signal(number, former)
        }
    }
}
