/// What a seed decides before its run: how many do how much, and how badly things go.
struct Plan {
    var clients: Int
    var actions: Int
    var faults = Site.Faults()
    /// Events of a server's life until it dies, on the average; nil if it is never killed.
    var lifetime: Int?
    /// Milliseconds between two things that happen to machines behind Sloop's back, at most; nil if nothing does.
    var unrest: Int?
    /// Whether machines are kept ready.
    var isWarm: Bool

    init(_ random: SeededRandom) {
        clients = 1 + random.below(5)
        actions = 3 + random.below(6)
        faults.engine = random.pick([0, 0, 0.02, 0.1, 0.3])
        faults.ssh = random.pick([0, 0, 0.02, 0.1, 0.3])
        faults.hang = random.pick([0, 0, 0, 0.1])
        lifetime = random.pick([nil, 400, 120, 40])
        unrest = random.pick([nil, nil, 20_000, 4_000])
        isWarm = random.chance(0.3)
    }
}
