/// Says when the work of a ``Store`` is done, one piece after the other, so that a simulation can choose it.
package protocol StoreScheduler: Sendable {
    /// Calls the work once, later. With an error the work is refused by that, and nothing of it is done.
    func schedule(_ access: StoreAccess, _ work: @escaping @Sendable (_ refusal: (any Error)?) -> Void)
}

package enum StoreAccess: Sendable { case read, write }
