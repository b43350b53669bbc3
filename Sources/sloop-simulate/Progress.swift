/// Says now and then how far a long run is, and when it will be over.
struct Progress {
    private static let pause = Duration.seconds(20)
    private let what: String
    private let total: Int
    private let start = ContinuousClock.now
    private var next = ContinuousClock.now + Progress.pause

    init(_ what: String, of total: Int) {
        self.what = what
        self.total = total
    }

    mutating func reached(_ count: Int, _ more: String = "") {
        let now = ContinuousClock.now
        guard now >= next, count > 0, count < total else { return }
        next = now + Progress.pause
        let left = start.duration(to: now) / Double(count) * Double(total - count)
        say("  \(count) of \(total) \(what), \(Int(left / .seconds(1))) s to go\(more)")
    }
}
