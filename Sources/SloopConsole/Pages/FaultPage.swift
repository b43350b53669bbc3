import SloopModel

/// What is shown in place of a page that cannot be.
struct FaultPage: Sendable {
    let error: SloopError

    init(_ error: SloopError) { self.error = error }

    static func nothingThere(_ request: PageRequest) -> FaultPage {
        FaultPage(SloopError(.notFound, "there is nothing at this address"))
    }

    private struct Content: Sendable {
        let heading: String
        let fault: Fault
    }

    /// - Parameter visit: nil for somebody who is not signed in, or of whom that is not known.
    func answer(_ console: Console, to visit: Visit? = nil) -> PageAnswer {
        let heading =
            switch error.code {
            case .notFound: "Not here"
            case .accessDenied: "Not allowed"
            case .unexpected, .storage: "That is our fault"
            default: "That does not work"
            }
        let frame = Frame(
            title: heading, template: "fault-page", page: Content(heading: heading, fault: Fault(error)),
            entries: visit == nil ? [] : Menu.entries(nil), account: visit?.session.account.name,
            formToken: visit?.formToken ?? "", stream: nil, version: Assets.version, engine: "")
        let text = try? console.templates.render(frame, "layout")
        return text.map { .html($0, status: error.status) } ?? .text(error.message, status: error.status)
    }
}
