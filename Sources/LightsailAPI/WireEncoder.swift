/// What a value writes itself to.
struct WireEncoder: Encoder {
    let writer: WireWriter
    let depth: Int
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(Members(writer: writer, depth: writer.enter("{", "}", at: depth)))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        Elements(writer: writer, depth: writer.enter("[", "]", at: depth))
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { Single(writer: writer, depth: depth) }
}

private struct Members<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let writer: WireWriter
    let depth: Int
    var codingPath: [any CodingKey] { [] }

    private func begin(_ key: some CodingKey) { writer.name(key.stringValue, at: depth) }

    func encodeNil(forKey key: Key) {
        begin(key)
        writer.putNull()
    }

    func encode(_ value: Bool, forKey key: Key) {
        begin(key)
        writer.put(value)
    }

    func encode(_ value: String, forKey key: Key) {
        begin(key)
        writer.put(value)
    }

    func encode(_ value: Int, forKey key: Key) {
        begin(key)
        writer.put(value)
    }

    func encode(_ value: Double, forKey key: Key) throws {
        begin(key)
        try writer.put(value)
    }

    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        begin(key)
        try writer.write(value)
    }

    func nestedContainer<Nested>(keyedBy: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
        begin(key)
        return WireEncoder(writer: writer, depth: depth).container(keyedBy: Nested.self)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        begin(key)
        return WireEncoder(writer: writer, depth: depth).unkeyedContainer()
    }

    func superEncoder() -> any Encoder {
        writer.name("super", at: depth)
        return WireEncoder(writer: writer, depth: depth)
    }

    func superEncoder(forKey key: Key) -> any Encoder {
        begin(key)
        return WireEncoder(writer: writer, depth: depth)
    }
}

private struct Elements: UnkeyedEncodingContainer {
    let writer: WireWriter
    let depth: Int
    private(set) var count = 0
    var codingPath: [any CodingKey] { [] }

    init(writer: WireWriter, depth: Int) {
        self.writer = writer
        self.depth = depth
    }

    private mutating func begin() {
        writer.next(at: depth)
        count += 1
    }

    mutating func encodeNil() {
        begin()
        writer.putNull()
    }

    mutating func encode(_ value: String) {
        begin()
        writer.put(value)
    }

    mutating func encode<Value: Encodable>(_ value: Value) throws {
        begin()
        try writer.write(value)
    }

    mutating func nestedContainer<Nested>(keyedBy: Nested.Type) -> KeyedEncodingContainer<Nested> {
        begin()
        return WireEncoder(writer: writer, depth: depth).container(keyedBy: Nested.self)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        begin()
        return WireEncoder(writer: writer, depth: depth).unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder {
        begin()
        return WireEncoder(writer: writer, depth: depth)
    }
}

private struct Single: SingleValueEncodingContainer {
    let writer: WireWriter
    let depth: Int
    var codingPath: [any CodingKey] { [] }

    func encodeNil() { writer.putNull() }
    func encode(_ value: Bool) { writer.put(value) }
    func encode(_ value: String) { writer.put(value) }
    func encode(_ value: Int) { writer.put(value) }
    func encode(_ value: Double) throws { try writer.put(value) }

    func encode<Value: Encodable>(_ value: Value) throws {
        switch value {
        // The standard library's numbers write themselves to here.
        case let number as any BinaryInteger: writer.put(number)
        case let number as Float: try writer.put(Double(number))
        default: try writer.write(value)
        }
    }
}
