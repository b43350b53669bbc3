import Foundation

/// The one thread of a run. It executes every job of every task and every piece of the store's work, in an order that the
/// seed chooses, and lets time pass only when nothing else is left to be done: so a seed is one run, and always the same.
final class Loop: TaskExecutor, @unchecked Sendable {
    private enum Piece { case job(UnownedJob), work(@Sendable () -> Void) }
    private struct Timer {
        let due: Duration
        let number: Int
        let ring: @Sendable () -> Void
    }

    private let random: SeededRandom
    private let thread = pthread_self()
    private var ready: [Piece] = []
    /// The next one first.
    private var timers: [Timer] = []
    private var count = 0
    /// Since the run began.
    private(set) var time = Duration.zero
    private(set) var steps = 0

    init(_ seed: UInt64) { random = SeededRandom(seed, "order") }

    func enqueue(_ job: consuming ExecutorJob) { add(.job(UnownedJob(job))) }

    /// Has the work done at some moment from now on.
    func post(_ work: @escaping @Sendable () -> Void) { add(.work(work)) }

    private func add(_ piece: Piece) {
        // What comes from another thread would come at a moment that no seed decides.
        precondition(pthread_equal(thread, pthread_self()) != 0, "a job came from another thread")
        ready.append(piece)
    }

    /// Calls that after the time; the number is for ``cancel(_:)``.
    @discardableResult
    func after(_ delay: Duration, _ ring: @escaping @Sendable () -> Void) -> Int {
        count += 1
        let timer = Timer(due: time + max(.zero, delay), number: count, ring: ring)
        let place = timers.firstIndex { $0.due > timer.due } ?? timers.count
        timers.insert(timer, at: place)
        return count
    }

    func cancel(_ number: Int) { timers.removeAll { $0.number == number } }

    /// Whoever sleeps here is woken at the end of the time and never before.
    func sleep(_ duration: Duration) async {
        await withCheckedContinuation { continuation in after(duration) { continuation.resume() } }
    }

    /// Runs until that is so. Throws if nothing can happen any more, or if it goes on without end.
    func run(until isOver: () -> Bool) throws {
        while !isOver() {
            steps += 1
            guard steps < 2_000_000 else { throw Violation("it goes on without end") }
            if ready.isEmpty {
                guard !timers.isEmpty else { throw Violation("somebody waits for what never happens") }
                let timer = timers.removeFirst()
                time = max(time, timer.due)
                timer.ring()
                continue
            }
            let index = random.below(ready.count)
            ready.swapAt(index, ready.count - 1)
            switch ready.removeLast() {
            case .job(let job): job.runSynchronously(on: asUnownedTaskExecutor())
            case .work(let work): work()
            }
        }
    }
}

/// What must never be was.
struct Violation: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
