import CEpoll
import Foundation

/// A thread that waits for sockets and is the executor of the sessions that own them, so that no session is ever
/// touched from two threads and nothing blocks Swift's own.
final class EpollLoop: SerialExecutor, @unchecked Sendable {
    static let shared = EpollLoop()

    enum Outcome: Sendable { case ready, late, cancelled }

    private struct Inbox {
        var jobs: [UnownedJob] = []
        var tasks: [UnownedJob] = []
        var cancelled: [Int] = []
        var isAwake = false
    }
    private struct Waiter {
        let fd: Int32?
        let deadline: ContinuousClock.Instant
        let continuation: CheckedContinuation<Outcome, Never>
    }

    private let epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    private let bell = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    // ThreadSanitizer sees through a pthread lock, and not through Synchronization's.
    private let lock = NSLock()
    private var inbox = Inbox()
    // Only the loop's thread touches what follows.
    private var waiters: [Int: Waiter] = [:]
    private var waiting: [Int32: Int] = [:]
    private var nextToken = 0
    private var thread: pthread_t?

    private init() {
        watch(bell, EPOLLIN.rawValue, oneShot: false)
        Thread.detachNewThread { [self] in run() }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        post { $0.jobs.append(job) }
    }

    fileprivate func enqueueTask(_ job: UnownedJob) { post { $0.tasks.append(job) } }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    private func post(_ edit: (inout Inbox) -> Void) {
        lock.lock()
        edit(&inbox)
        let mustRing = !inbox.isAwake
        inbox.isAwake = true
        lock.unlock()
        if mustRing {
            var one: UInt64 = 1
            _ = write(bell, &one, 8)
        }
    }

    /// Waits on the loop's thread until the socket is ready, the deadline is over, or the task is cancelled; for no socket
    /// until one of the others.
    func wait(
        _ fd: Int32?, _ events: UInt32 = 0, until deadline: ContinuousClock.Instant,
        isolation: isolated (any Actor)? = #isolation
    ) async -> Outcome {
        checkThread()
        nextToken += 1
        let token = nextToken
        return await withTaskCancellationHandler {
            // Without this capture the closure would not be isolated, and run on a thread of Swift's own.
            _ = isolation
            return await withCheckedContinuation { continuation in
                checkThread()
                if Task.isCancelled { return continuation.resume(returning: .cancelled) }
                waiters[token] = Waiter(fd: fd, deadline: deadline, continuation: continuation)
                guard let fd else { return }
                waiting[fd] = token
                watch(fd, events, oneShot: true)
            }
        } onCancel: {
            post { $0.cancelled.append(token) }
        }
    }

    /// Ends the wait for that socket, if somebody waits.
    func nudge(_ fd: Int32) {
        checkThread()
        if let token = waiting[fd] { finish(token, .ready) }
    }

    private func watch(_ fd: Int32, _ events: UInt32, oneShot: Bool) {
        var event = epoll_event()
        event.events = oneShot ? events | EPOLLONESHOT.rawValue : events
        event.data.fd = fd
        // A descriptor that was closed is forgotten by the kernel, and its number may come again.
        if epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) != 0 { epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) }
    }

    private func finish(_ token: Int, _ outcome: Outcome) {
        guard let waiter = waiters.removeValue(forKey: token) else { return }
        if let fd = waiter.fd, waiting[fd] == token { waiting[fd] = nil }
        waiter.continuation.resume(returning: outcome)
    }

    private func checkThread() {
        precondition(thread.map { pthread_equal($0, pthread_self()) != 0 } ?? false, "a session left its loop's thread")
    }

    private func run() {
        thread = pthread_self()
        let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: 256)
        defer { events.deallocate() }
        while true {
            runJobs()
            let count = epoll_wait(epoll, events, 256, pause())
            lock.lock()
            inbox.isAwake = true
            lock.unlock()
            for index in 0..<max(0, Int(count)) {
                let fd = events[index].data.fd
                if fd == bell {
                    var rings: UInt64 = 0
                    _ = read(bell, &rings, 8)
                } else if let token = waiting[fd] {
                    finish(token, .ready)
                }
            }
            let now = ContinuousClock.now
            for (token, waiter) in waiters where waiter.deadline <= now { finish(token, .late) }
        }
    }

    private func runJobs() {
        while true {
            lock.lock()
            let now = inbox
            let isIdle = now.jobs.isEmpty && now.tasks.isEmpty && now.cancelled.isEmpty
            inbox = Inbox(isAwake: !isIdle)
            lock.unlock()
            if isIdle { return }
            for token in now.cancelled { finish(token, .cancelled) }
            for job in now.jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
            for job in now.tasks { job.runSynchronously(on: SSHTasks.executor.asUnownedTaskExecutor()) }
        }
    }

    /// Milliseconds until the next deadline, rounded up; -1 for no end.
    private func pause() -> Int32 {
        guard let next = waiters.values.map(\.deadline).min() else { return -1 }
        let rest = ContinuousClock.now.duration(to: next)
        return Int32(
            clamping: max(0, rest.components.seconds * 1000 + rest.components.attoseconds / 1_000_000_000_000_000 + 1))
    }
}

/// Runs tasks that mostly wait for sessions on the sessions' own thread: from there to a session and back is a call,
/// where it would else be two threads waking each other. Nothing that blocks may run there.
package final class SSHTasks: TaskExecutor {
    package static let executor = SSHTasks()

    package func enqueue(_ job: consuming ExecutorJob) { EpollLoop.shared.enqueueTask(UnownedJob(job)) }
}
