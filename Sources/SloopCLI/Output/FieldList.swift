/// What is known of one thing: a name and a value a line. Fields without a value are left out.
struct FieldList {
    private var fields: [(name: String, value: String, isState: Bool)] = []

    mutating func add(_ name: String, _ value: String?, isState: Bool = false) {
        guard let value, !value.isEmpty else { return }
        fields.append((name, value, isState))
    }

    func text(_ style: Style) -> String {
        let width = fields.map(\.name.count).max() ?? 0
        return fields.map { field in
            let name = field.name + ":" + String(repeating: " ", count: width - field.name.count)
            // A value of many lines stays under its first one.
            let indent = "\n" + String(repeating: " ", count: width + 2)
            let value = field.value.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: indent)
            let state = field.value.split(separator: " ").first.map(String.init) ?? ""
            return "\(style.dim(name)) \(field.isState ? style.state(value, state) : value)"
        }.joined(separator: "\n")
    }
}
