/// What somebody may have meant who wrote a name that is not there.
enum NearestName {
    /// The id of which one of the names differs from the text by the fewest letters, if by few enough; the first of
    /// several.
    static func id(of text: String, among entries: [(id: String, names: [String])]) -> String? {
        let wanted = Array(text.lowercased())
        // A text of any length comes from a client; a longer one than any name is no slip of the hand.
        guard (2...40).contains(wanted.count) else { return nil }
        let nearest = entries.flatMap { entry in
            entry.names.map { (id: entry.id, distance: distance(wanted, Array($0))) }
        }.min { $0.distance < $1.distance }
        guard let nearest, nearest.distance <= (wanted.count < 4 ? 1 : 2) else { return nil }
        return nearest.id
    }

    /// Levenshtein's: how many letters to put in, take out or replace.
    private static func distance(_ one: [Character], _ other: [Character]) -> Int {
        var row = Array(0...other.count)
        for (i, letter) in one.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, candidate) in other.enumerated() {
                let replaced = diagonal + (letter == candidate ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
            }
        }
        return row[other.count]
    }
}
