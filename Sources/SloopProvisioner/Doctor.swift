import SloopEngine
package import SloopModel

/// Says which engines this computer can have; needs no server, and changes nothing.
package enum Doctor {
    /// Each engine with what was looked at, in a few seconds.
    package static func examine() async -> [EngineHealth] {
        [LocalDoctor().examine(), await IncusDoctor().examine()]
    }
}
