/// An error as it travels: `{"__type": …, "code": …, "message": …, "docs": …, "tip": …}`.
package struct LightsailException: Error, Sendable, Hashable {
    /// The eight exceptions of the model, and the codes that the front end of every AWS service of this protocol has.
    package enum Name: String, Sendable, CaseIterable {
        case accessDenied = "AccessDeniedException"
        case accountSetupInProgress = "AccountSetupInProgressException"
        case invalidInput = "InvalidInputException"
        case notFound = "NotFoundException"
        case operationFailure = "OperationFailureException"
        case regionSetupInProgress = "RegionSetupInProgressException"
        case service = "ServiceException"
        case unauthenticated = "UnauthenticatedException"

        case incompleteSignature = "IncompleteSignatureException"
        case invalidSignature = "InvalidSignatureException"
        case missingAuthenticationToken = "MissingAuthenticationTokenException"
        case requestTimeout = "RequestTimeoutException"
        case requestTooLarge = "RequestEntityTooLargeException"
        case serialization = "SerializationException"
        case throttling = "ThrottlingException"
        case unknownOperation = "UnknownOperationException"
        case unrecognizedClient = "UnrecognizedClientException"

        /// 500 for Sloop's own failures, which clients repeat; 413 and 408 for what is too large or too slow; 400 for all
        /// else, as services of this protocol answer. (Lightsail's page "Common errors" of 2026 lists 403 and 404 for
        /// some of the front end's; clients go by the name.)
        package var status: Int {
            switch self {
            case .service: 500
            case .requestTooLarge: 413
            case .requestTimeout: 408
            default: 400
            }
        }
    }

    /// The bare name of the exception, also in the header `x-amzn-ErrorType`.
    package var name: Name
    /// What exactly happened, for programs: for an error of Sloop's, the name of its ``SloopModel/SloopError/Code``.
    package var code: String
    package var message: String
    /// Where to read more; empty if nowhere.
    package var docs: String
    /// The next step for the reader; empty if there is none.
    package var tip: String

    /// - Parameter code: nil for the exception's own name.
    package init(_ name: Name, code: String? = nil, message: String, docs: String = "", tip: String = "") {
        self.name = name
        self.code = code ?? name.rawValue
        self.message = message
        self.docs = docs
        self.tip = tip
    }

    /// The HTTP status of the answer.
    package var status: Int { name.status }

    /// The answer to an operation that is not in the model, or that this Sloop does not offer.
    package static func unknownOperation(_ name: String) -> LightsailException {
        LightsailException(
            .unknownOperation, message: "\(name) is not an operation of this Sloop",
            tip: "see 'sloop --help' for what it offers")
    }
}

extension LightsailException: Codable {
    private enum Member: String, CodingKey {
        case type = "__type"
        case code, message, docs, tip
        /// Some services write it so.
        case capitalMessage = "Message"
    }

    /// Reads an error body; a type that is not known counts as ServiceException.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Member.self)
        func text(_ member: Member) throws -> String? { try container.decodeIfPresent(String.self, forKey: member) }
        // `aws.lightsail#NotFoundException:http://…` is how some services write the bare name.
        let type = try text(.type) ?? ""
        let bare = type.split(separator: "#").last?.split(separator: ":").first.map(String.init) ?? ""
        let name = Name(rawValue: bare) ?? .service
        self.init(
            name, code: try text(.code), message: try text(.message) ?? text(.capitalMessage) ?? bare,
            docs: try text(.docs) ?? "", tip: try text(.tip) ?? "")
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Member.self)
        try container.encode(name.rawValue, forKey: .type)
        try container.encode(code, forKey: .code)
        try container.encode(message, forKey: .message)
        try container.encode(docs, forKey: .docs)
        try container.encode(tip, forKey: .tip)
    }
}
