import Foundation
import LightsailAPI
import SloopModel
import Testing

@Suite struct WireCodingTests {
    private func text(_ body: some Encodable) throws -> String {
        String(decoding: try WireCoding.encode(body), as: UTF8.self)
    }

    @Test func timesAreEpochSecondsWithMilliseconds() throws {
        let record = Lightsail.OperationRecord(
            createdAt: Date(timeIntervalSince1970: 1_569_447_986.061), isTerminal: true)
        #expect(try text(record) == #"{"createdAt":1569447986.061,"isTerminal":true}"#)
    }

    @Test func timesOfFinerGrainAreRoundedToMilliseconds() throws {
        let record = Lightsail.OperationRecord(createdAt: Date(timeIntervalSince1970: 1_569_447_986.123456))
        #expect(try text(record) == #"{"createdAt":1569447986.123}"#)
    }

    @Test(arguments: [0.0, 1, 1_764_000_000, 1_764_000_000.001, 1_764_000_000.999])
    func aTimeComesBackAsItWas(_ seconds: Double) throws {
        let sent = Lightsail.OperationRecord(createdAt: Date(timeIntervalSince1970: seconds))
        let back = try WireCoding.decode(Lightsail.OperationRecord.self, from: WireCoding.encode(sent))
        #expect(try text(back) == text(sent))
    }

    @Test func wholeNumbersHaveNoFractionAndSlashesNoEscape() throws {
        let hardware = Lightsail.InstanceHardware(cpuCount: 2, ramSizeInGb: 0.5)
        #expect(try text(hardware) == #"{"cpuCount":2,"ramSizeInGb":0.5}"#)
        #expect(try text(Lightsail.Tag(key: "a/b")) == #"{"key":"a/b"}"#)
    }

    @Test func whatJSONCannotHoldAsItIsIsEscapedOrRefused() throws {
        let text = (0..<0x24).map { String(UnicodeScalar($0)) }.joined() + "\"\\ü€😀\u{7F}"
        let back = try WireCoding.decode(Lightsail.Tag.self, from: WireCoding.encode(Lightsail.Tag(key: text)))
        #expect(back.key == text)
        #expect(try self.text(Lightsail.Tag(key: "\u{1}\n\"")) == #"{"key":"\u0001\n\""}"#)
        for value in [Double.nan, .infinity] {
            #expect(throws: EncodingError.self) {
                try WireCoding.encode(Lightsail.InstanceHardware(ramSizeInGb: value))
            }
        }
        #expect(try self.text([1e300, -2, 9.007199254740993e15]) == "[1e+300,-2,9007199254740992.0]")
    }

    /// A dictionary's own order is another one in every process.
    @Test func dictionariesAreWrittenByName() throws {
        let names = (0..<40).map { "name-\($0)" }.shuffled()
        let tags = Dictionary(uniqueKeysWithValues: names.map { ($0, [$0: 1]) })
        #expect(try text(tags) == "{" + names.sorted().map { #""\#($0)":{"\#($0)":1}"# }.joined(separator: ",") + "}")
        #expect(try text([String: Int]()) == "{}" && text([[String: Int]]()) == "[]")
    }

    /// The forms of Codable that the shapes do not use, and a shape by hand may.
    @Test func nestedContainersAndLeftOutMembersAreWrittenWhole() throws {
        struct Odd: Encodable {
            enum Key: String, CodingKey { case a, b, c, d }
            func encode(to encoder: any Encoder) throws {
                var members = encoder.container(keyedBy: Key.self)
                var list = members.nestedUnkeyedContainer(forKey: .a)
                try list.encode(1 as Int8)
                var inner = list.nestedContainer(keyedBy: Key.self)
                try inner.encode(2.5 as Float, forKey: .a)
                _ = list.nestedUnkeyedContainer()
                try list.encodeNil()
                try members.encode(["x"], forKey: .b)
                try members.encodeIfPresent(nil as Int?, forKey: .c)
                try members.encodeNil(forKey: .c)
                try true.encode(to: members.superEncoder(forKey: .d))
            }
        }
        #expect(try text(Odd()) == #"{"a":[1,{"a":2.5},[],null],"b":["x"],"c":null,"d":true}"#)
    }

    @Test func aTimeMayComeAsAWholeNumber() throws {
        let body = Data(#"{"instanceName":"web","startTime":1569447986,"endTime":1569447986.5}"#.utf8)
        let input = try WireCoding.decode(Lightsail.GetInstanceMetricData.Input.self, from: body)
        #expect(input.startTime == Date(timeIntervalSince1970: 1_569_447_986))
        #expect(input.endTime == Date(timeIntervalSince1970: 1_569_447_986.5))
    }

    @Test func anEmptyBodyIsAnEmptyObject() throws {
        let input = try WireCoding.decodeInput(of: Lightsail.GetInstances.self, from: Data())
        #expect(input.pageToken == nil)
    }

    @Test func membersThatAreNotKnownAreIgnored() throws {
        let body = Data(#"{"instanceName":"web","fromTheFuture":[1]}"#.utf8)
        #expect(try WireCoding.decodeInput(of: Lightsail.GetInstance.self, from: body).instanceName == "web")
    }

    @Test(arguments: [#"{}"#, #"{"instanceName":null}"#])
    func aRequiredMemberThatIsAbsentOrNullIsNamed(_ body: String) throws {
        let error = #expect(throws: LightsailException.self) {
            try WireCoding.decodeInput(of: Lightsail.GetInstance.self, from: Data(body.utf8))
        }
        #expect(error?.name == .invalidInput)
        #expect(error?.message == "GetInstance needs the member 'instanceName'")
    }

    @Test(arguments: [
        ("[1", "the body is not a JSON object"),
        ("[]", "the member 'body' is not an object"),
        (#"{"instanceNames":"web"}"#, "the member 'instanceNames' is not a list"),
        (#"{"instanceNames":[1]}"#, "the member 'instanceNames.0' is not a string"),
        (#"{"tags":[{"key":5}]}"#, "the member 'tags.0.key' is not a string"),
    ])
    func aBodyOfAWrongKindSaysWhichMember(_ body: String, _ message: String) throws {
        let error = #expect(throws: LightsailException.self) {
            try WireCoding.decode(Lightsail.CreateInstances.Input.self, from: Data(body.utf8))
        }
        #expect(error?.name == .serialization)
        #expect(error?.message == message)
    }

    @Test func aBodyMayBeNestedSoDeepAndNoDeeper() throws {
        func body(_ depth: Int) -> Data {
            // What the call does not know is passed over, and read all the same.
            let lists = String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1)
            return Data("{\"instanceName\":\"a\\\"[{\",\"other\":\(lists)}".utf8)
        }
        let limit = WireCoding.nestingLimit
        let input = try WireCoding.decodeInput(of: Lightsail.GetInstance.self, from: body(limit))
        #expect(input.instanceName == "a\"[{")
        let error = #expect(throws: LightsailException.self) {
            try WireCoding.decodeInput(of: Lightsail.GetInstance.self, from: body(limit + 1))
        }
        #expect(error?.name == .serialization)
    }

    @Test func onlyUTF8IsRead() throws {
        for encoding in [String.Encoding.utf16, .utf16BigEndian, .utf32LittleEndian] {
            let body = try #require(#"{"instanceName":"web"}"#.data(using: encoding))
            let error = #expect(throws: LightsailException.self) {
                try WireCoding.decodeInput(of: Lightsail.GetInstance.self, from: body)
            }
            #expect(error?.name == .serialization)
        }
    }

    @Test(arguments: [[], [["web"]], [["web", "", "5.00"], ["", "x (automatic, 2026-11-25)", ""]], [[], ["a"]]])
    func rowsOfTextComeBackAsTheyWere(_ rows: [[String]]) throws {
        var sent = TextRows()
        for row in rows {
            for cell in row { sent.add(cell) }
            sent.endRow()
        }
        let body = try WireCoding.encode(["rows": sent])
        let (text, cells) = try #require(try WireCoding.decode([String: TextRows].self, from: body)["rows"]).layout
        #expect(cells.map { String(decoding: text[$0], as: UTF8.self) } == rows.flatMap(\.self))
        #expect(!String(decoding: body, as: UTF8.self).contains("\\"))
    }
}
