package import SloopModel

extension LightsailException {
    /// What a client sees of an error of Sloop's. The exact code travels along; the cause stays here, for the log.
    package init(_ error: SloopError) {
        self.init(
            Name(error.code), code: error.code.rawValue, message: Self.wireMessage(of: error), tip: error.tip)
    }

    /// What a client sees of any error: one that is neither of ours nor of the wire tells nothing of itself.
    package init(any error: any Error) {
        switch error {
        case let error as LightsailException: self = error
        case let error as SloopError: self.init(error)
        default:
            self.init(
                .service, code: SloopError.Code.unexpected.rawValue, message: "something unexpected happened in sloop",
                tip: "the log of 'sloop serve' has the cause")
        }
    }

    /// The error of Sloop's that this is: by its code if Sloop sent it, else by its name.
    package var sloopError: SloopError {
        SloopError(SloopError.Code(rawValue: code) ?? name.sloopCode, message, tip: tip)
    }

    /// Clients look for this beginning to tell a name that is taken from other bad input.
    private static let namesInUse = "Some names are already in use: "

    private static func wireMessage(of error: SloopError) -> String {
        guard error.code == .nameExists, !error.message.hasPrefix(namesInUse) else { return error.message }
        return namesInUse + error.message
    }
}

extension LightsailException.Name {
    /// The exception that clients of Lightsail expect for an error of Sloop's.
    package init(_ code: SloopError.Code) {
        self =
            switch code {
            case .invalidInput, .nameExists, .wrongState, .notOffered: .invalidInput
            case .notFound: .notFound
            case .accessDenied: .accessDenied
            case .busy, .unreachable, .hostKeyChanged, .keyRefused, .operationFailed: .operationFailure
            case .storage, .unexpected: .service
            }
    }

    /// The nearest code, for an error that Sloop did not send.
    package var sloopCode: SloopError.Code {
        switch self {
        case .invalidInput, .serialization, .requestTooLarge: .invalidInput
        case .notFound: .notFound
        case .unknownOperation: .notOffered
        case .accessDenied, .unauthenticated, .incompleteSignature, .invalidSignature, .missingAuthenticationToken,
            .unrecognizedClient:
            .accessDenied
        case .operationFailure: .operationFailed
        case .accountSetupInProgress, .regionSetupInProgress, .requestTimeout, .throttling: .busy
        case .service: .unexpected
        }
    }
}
