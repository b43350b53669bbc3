import Foundation
import HTTPTypes
import Testing

@testable import SloopConsole

struct PageRequestTests {
    private func request(
        _ target: String = "/", _ headers: HTTPFields = [:], body: String = "", isSecure: Bool = false
    ) -> PageRequest? {
        PageRequest(
            method: .post, target: target, headers: headers, authority: "host:8080", body: Data(body.utf8),
            isSecure: isSecure, peer: "")
    }

    @Test func aPathIsItsPartsAndNoTrickMakesOneOfTwo() throws {
        #expect(request("/instances/a%2Fb/../c?x=%3C&y")?.path == ["instances", "a/b", "..", "c"])
        #expect(request("/?x=%3C&y")?.query == ["x": "<", "y": ""])
        for target in ["", "*", "http://evil/", "/%ff", "/" + String(repeating: "a", count: 5000)] {
            #expect(request(target) == nil, "\(target.prefix(20))")
        }
    }

    @Test func aFormIsReadAsBrowsersSendIt() throws {
        let type: HTTPFields = [.contentType: "application/x-www-form-urlencoded; charset=utf-8"]
        let form = try #require(request("/", type, body: "name=+web+&script=a%0D%0Ab&n=7&n=8&bad=%zz")).form
        #expect(form["name"] == "web")
        #expect(form.text("script") == "a\nb")
        #expect(try form.number("n", "n") == 7)
        #expect(form["bad"] == "" && form["none"] == "")
        #expect(throws: (any Error).self) { try form.number("name", "the number") }
        #expect(request("/", [.contentType: "text/plain"], body: "name=web")?.form["name"] == "")
    }

    @Test func anotherSitesFormIsForeign() throws {
        func isForeign(_ headers: HTTPFields, isSecure: Bool = false) -> Bool? {
            request("/", headers, isSecure: isSecure)?.isForeign
        }
        #expect(isForeign([:]) == false)
        #expect(isForeign([.origin: "http://host:8080"]) == false)
        #expect(isForeign([.origin: "https://host:8080"], isSecure: true) == false)
        #expect(isForeign([.secFetchSite: "same-origin"]) == false)
        #expect(isForeign([.origin: "https://host:8080"]) == false)
        for origin in ["null", "http://host", "ftp://host:8080", "http://host:8080.evil", ""] {
            #expect(isForeign([.origin: origin]) == true, "\(origin)")
        }
        for site in ["cross-site", "same-site", ""] { #expect(isForeign([.secFetchSite: site]) == true, "\(site)") }
    }

    @Test func cookiesAreFoundByTheirWholeName() {
        let headers: HTTPFields = [.cookie: "a=1; sloop-1=x; sloop-12=y=z"]
        #expect(request("/", headers)?.cookie("sloop-1") == "x")
        #expect(request("/", headers)?.cookie("sloop-12") == "y=z")
        #expect(request("/", headers)?.cookie("sloop") == nil)
    }
}
