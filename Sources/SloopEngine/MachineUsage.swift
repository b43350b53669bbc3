/// What a machine has used since it was started; the counters only grow until then.
package struct MachineUsage: Sendable, Hashable {
    /// Time of all processors together.
    package var cpuNanoseconds: Int
    /// How many processors it may use at once.
    package var processors: Int
    package var memoryBytes: Int
    /// To the machine, and from it; nil on an engine that does not count them.
    package var bytesIn: Int?
    package var bytesOut: Int?

    package init(
        cpuNanoseconds: Int, processors: Int, memoryBytes: Int, bytesIn: Int? = nil, bytesOut: Int? = nil
    ) {
        self.cpuNanoseconds = cpuNanoseconds
        self.processors = processors
        self.memoryBytes = memoryBytes
        self.bytesIn = bytesIn
        self.bytesOut = bytesOut
    }
}
