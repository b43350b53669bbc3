import SloopEngine
import SloopModel
import SloopSaga
import SloopStore

/// Starts a stopped machine, and waits until Sloop can log in.
enum StartInstance {
    static let saga = Saga<World, Tables, InstanceParameters>(
        "start-instance",
        [
            .effect("boot") { world, p in
                try await world.engine.start(p.instance)
            } undo: { world, p in
                // One that is gone cannot be stopped, and need not be.
                guard try await world.engine.list()[p.instance] != nil else { return }
                try await world.engine.stop(p.instance)
            },
            .effect("ssh") { world, p in
                try await world.waitForLogin(p.instance)
            },
        ],
        atEnd: { tables, p, end in
            switch end {
            case .succeeded: try tables.settle(p.instance, as: .running)
            case .undone: try tables.settle(p.instance, as: .stopped)
            case .stuck(_, let why): try tables.settle(p.instance, as: .error, why)
            }
        })
}

/// Stops a machine. Its disk, its address and its bill stay.
enum StopInstance {
    static let saga = Saga<World, Tables, InstanceParameters>(
        "stop-instance",
        [
            .effect("stop") { world, p in
                await world.machines.drop(p.instance)
                try await world.engine.stop(p.instance)
            }
        ],
        atEnd: { tables, p, end in
            switch end {
            case .succeeded: try tables.settle(p.instance, as: .stopped)
            case .undone(_, let why), .stuck(_, let why): try tables.settle(p.instance, as: .error, why)
            }
        })
}

/// Stops and starts a machine.
enum RebootInstance {
    static let saga = Saga<World, Tables, InstanceParameters>(
        "reboot-instance",
        [
            .effect("stop") { world, p in
                await world.machines.drop(p.instance)
                try await world.engine.stop(p.instance)
            },
            .effect("boot") { world, p in
                try await world.engine.start(p.instance)
            },
            .effect("ssh") { world, p in
                try await world.waitForLogin(p.instance)
            },
        ],
        atEnd: { tables, p, end in
            switch end {
            case .succeeded: try tables.settle(p.instance, as: .running)
            case .undone(_, let why), .stuck(_, let why): try tables.settle(p.instance, as: .error, why)
            }
        })
}

extension Tables {
    /// Records what became of a machine, and why if that was not wanted.
    func settle(_ id: InstanceID, as state: Instance.State, _ reason: String? = nil) throws {
        try change(id) { instance in
            instance.state = state
            instance.stateReason = reason
        }
    }
}
