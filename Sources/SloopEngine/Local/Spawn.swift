import Foundation
import SloopModel

/// Starts a program in a session of its own, so that it outlives us and no terminal reaches it.
enum Spawn {
    /// - Parameters:
    ///   - arguments: the program's absolute path and its arguments.
    ///   - descriptors: what the program gets as its descriptors 0, 1, 2 …; it gets no others.
    ///   - passing: the names of our environment's variables that it gets besides a plain PATH and locale.
    /// - Returns: the child's pid, to be reaped by the caller.
    static func detached(
        _ arguments: [String], descriptors: [Descriptor], passing: [String] = []
    ) throws -> pid_t {
        // Above the targets, so that no dup2 overwrites the source of a later one.
        let sources = try descriptors.map { descriptor in
            let copy = descriptor.use { fcntl($0, F_DUPFD_CLOEXEC, Int32(descriptors.count)) }
            guard copy >= 0 else { throw SloopError.system("copy a file descriptor") }
            return Descriptor(adopting: copy)
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (target, source) in sources.enumerated() {
            source.use { _ = posix_spawn_file_actions_adddup2(&actions, $0, Int32(target)) }
        }
        guard let closeFrom = Self.closeFrom else {
            throw SloopError(
                .notOffered, "this system's C library is too old", tip: "the local engine needs glibc 2.34")
        }
        _ = withUnsafeMutablePointer(to: &actions) { closeFrom($0, Int32(sources.count)) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The daemon may ignore or block signals; its children must not.
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        let flags = Self.newSession | Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
        posix_spawnattr_setflags(&attributes, Int16(flags))

        let argv = arguments.map { strdup($0) } + [nil]
        let passed = passing.compactMap { name in getenv(name).map { "\(name)=\(String(cString: $0))" } }
        let variables = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"] + passed
        let environment = variables.map { strdup($0) } + [nil]
        defer { (argv + environment).forEach { free($0) } }
        var pid = pid_t()
        let answer = withExtendedLifetime(sources) {
            posix_spawn(&pid, arguments[0], &actions, &attributes, argv, environment)
        }
        guard answer == 0 else {
            errno = answer
            throw SloopError.system("start \(arguments[0])")
        }
        return pid
    }

    // Swift's Glibc module leaves the extensions of GNU out.
    private typealias CloseFrom = @convention(c) (UnsafeMutableRawPointer, Int32) -> Int32
    private static let closeFrom = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np")
        .map { unsafeBitCast($0, to: CloseFrom.self) }
    private static let newSession: Int32 = 0x80
}
