import HTTPTypes
import SloopModel

/// What is wrong with a form, shown beside the field.
struct Fault: Sendable {
    let message: String
    /// Nil if there is none.
    let advice: String?

    init(_ error: SloopError) {
        message = Wording.sentence(error.message)
        advice = error.tip.isEmpty ? nil : error.tip
    }
}

/// The faults of a form by the names of its fields; `form` is the form as a whole.
typealias Faults = [String: Fault]

/// An error that one field is the reason of.
struct FieldError: Error {
    let field: String
    let error: SloopError

    /// Does the work, and says that the field is to blame for what it throws.
    static func blaming<Value>(
        _ field: String, _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch let error as SloopError {
            throw FieldError(field: field, error: error)
        }
    }
}

extension Visit {
    /// Does what a form asks for, and sends the browser on; or shows the page again with what is wrong.
    func act<Shown: Page>(
        or again: (Faults) -> Shown, _ body: () async throws -> PageAnswer
    ) async throws -> PageAnswer {
        do {
            return try await body()
        } catch let fault as FieldError {
            return try await again([fault.field: Fault(fault.error)]).answer(self, status: fault.error.status)
        } catch let error as SloopError where error.isOfTheCaller {
            return try await again(["form": Fault(error)]).answer(self, status: error.status)
        }
    }
}

extension SloopError {
    /// Whether it is something to be told beside the form.
    fileprivate var isOfTheCaller: Bool { code != .unexpected && code != .storage && code != .notFound }

    var status: HTTPResponse.Status {
        switch code {
        case .invalidInput, .notOffered: .unprocessableContent
        case .notFound: .notFound
        case .nameExists, .busy, .wrongState: .conflict
        case .accessDenied: .forbidden
        case .unreachable, .hostKeyChanged, .keyRefused, .operationFailed: .badGateway
        case .storage, .unexpected: .internalServerError
        }
    }
}
