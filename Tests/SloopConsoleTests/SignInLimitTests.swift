import Foundation
import Testing

@testable import SloopConsole

struct SignInLimitTests {
    @Test func oneAddressIsRefusedAndOthersAreNotUntilThereAreTooMany() {
        let (limit, now) = (SignInLimit(), Date(timeIntervalSince1970: 1000))
        for _ in 0..<SignInLimit.ofOne {
            #expect(limit.wait(for: "a", at: now) == nil)
            limit.didFail("a", at: now)
        }
        #expect(limit.wait(for: "a", at: now) == 60)
        #expect(limit.wait(for: "a", at: now + 59.5) == 1)
        #expect(limit.wait(for: "a", at: now + 60) == nil)
        #expect(limit.wait(for: "b", at: now) == nil)
        for peer in 0..<SignInLimit.ofAll { limit.didFail("\(peer)", at: now) }
        #expect(limit.wait(for: "b", at: now) == 60)
        limit.didFail("b", at: now + 61)
        #expect(limit.wait(for: "a", at: now + 62) == nil)
    }
}
