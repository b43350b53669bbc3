import Foundation
import LightsailAPI
import SloopModel
import Testing

@Suite struct LightsailExceptionTests {
    @Test(arguments: SloopError.Code.allCases)
    func everyCodeOfSloopsMakesTheRoundTrip(_ code: SloopError.Code) throws {
        let error = SloopError(code, "Some names are already in use: web", tip: "take another")
        let body = try WireCoding.encode(LightsailException(error))
        let back = try WireCoding.decode(LightsailException.self, from: body).sloopError
        #expect(back.code == code)
        #expect(back.message == error.message)
        #expect(back.tip == error.tip)
    }

    @Test func theBodyHasTheFiveMembersThatClientsRead() throws {
        let exception = LightsailException(SloopError(.notFound, "no instance 'web'", tip: "sloop instance list"))
        #expect(
            String(decoding: try WireCoding.encode(exception), as: UTF8.self)
                == #"{"__type":"NotFoundException","code":"notFound","message":"no instance 'web'","#
                + #""docs":"","tip":"sloop instance list"}"#)
    }

    @Test(arguments: [
        (SloopError.Code.invalidInput, "InvalidInputException", 400), (.nameExists, "InvalidInputException", 400),
        (.wrongState, "InvalidInputException", 400), (.notOffered, "InvalidInputException", 400),
        (.notFound, "NotFoundException", 400), (.accessDenied, "AccessDeniedException", 400),
        (.busy, "OperationFailureException", 400), (.unreachable, "OperationFailureException", 400),
        (.hostKeyChanged, "OperationFailureException", 400), (.keyRefused, "OperationFailureException", 400),
        (.operationFailed, "OperationFailureException", 400), (.storage, "ServiceException", 500),
        (.unexpected, "ServiceException", 500),
    ])
    func everyCodeHasItsExceptionAndStatus(_ code: SloopError.Code, _ name: String, _ status: Int) {
        let exception = LightsailException(SloopError(code, "it"))
        #expect(exception.name.rawValue == name)
        #expect(exception.status == status)
    }

    /// Clients look for this beginning.
    @Test func aNameThatIsTakenIsSaidAsLightsailSaysIt() {
        #expect(
            LightsailException(SloopError(.nameExists, "web")).message == "Some names are already in use: web")
        #expect(
            LightsailException(SloopError(.nameExists, "Some names are already in use: web")).message
                == "Some names are already in use: web")
    }

    @Test func theCauseStaysInTheHouse() throws {
        let error = SloopError(.storage, "the database is locked", cause: CocoaError(.fileNoSuchFile))
        let body = String(decoding: try WireCoding.encode(LightsailException(error)), as: UTF8.self)
        #expect(!body.contains("NSCocoa") && !body.contains("cause"))
        #expect(LightsailException(any: CocoaError(.fileNoSuchFile)).name == .service)
    }

    @Test(arguments: [
        "aws.lightsail#NotFoundException", "NotFoundException:http://internal.amazon.com/coral/", "NotFoundException",
    ])
    func anErrorOfAnotherServerIsReadByItsBareName(_ type: String) throws {
        let body = Data(#"{"__type":"\#(type)","Message":"gone"}"#.utf8)
        let error = try WireCoding.decode(LightsailException.self, from: body).sloopError
        #expect(error.code == .notFound)
        #expect(error.message == "gone")
    }

    @Test func anErrorThatNobodyKnowsIsAServiceError() throws {
        let exception = try WireCoding.decode(
            LightsailException.self, from: Data(#"{"__type":"Strange","code":"odd"}"#.utf8))
        #expect(exception.name == .service)
        #expect(exception.sloopError.code == .unexpected)
    }

    @Test func anUnknownOperationIsSaidHonestly() {
        let exception = LightsailException.unknownOperation("GetMoon")
        #expect(exception.name.rawValue == "UnknownOperationException")
        #expect(exception.status == 400)
        #expect(exception.sloopError.code == .notOffered)
    }
}
