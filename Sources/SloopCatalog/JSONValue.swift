/// What a JSON text holds, with a number kept apart from a truth value.
enum JSONValue {
    case text(String)
    case whole(Int)
    /// A number that is no `Int`.
    case number
    case truth
    case null
    case list([JSONValue])
    case object([String: JSONValue])
}
