import LightsailAPI
import SloopServer

/// docs/lightsail-coverage.md: what Sloop answers of Lightsail's operations, by family, and what it declines.
struct CoverageDocument {
    /// The targets on offer.
    let answered: Set<String>

    var text: String {
        let all = OperationFamily.all.flatMap(\.operations)
        let count = all.filter(isAnswered).count
        var lines = [
            "# Lightsail's operations", "",
            "Written by `scripts/generate-coverage` from the server's table of calls. Do not edit.", "",
            "\(count) answered + \(all.count - count) declined = \(all.count) operations of the API 2016-11-28.", "",
            "A declined operation is answered with `UnknownOperationException`, the `code` `notOffered`, and what is said here.",
            "Where only one engine can do what is asked, the other declines it with `InvalidInputException` and the same `code`.",
            "Without a DNS server (`sloop serve --dns`, [domains](domains.md)) the calls that change domains are declined so, too.",
            "", "## Answered", "", "| family | operations |", "|---|---|",
        ]
        lines += rows { family in
            let names = family.operations.filter(isAnswered)
            return names.isEmpty ? nil : [family.name, list(names)]
        }
        lines += ["", "## Declined", "", "| family | operations | why | instead |", "|---|---|---|---|"]
        lines += rows { family in
            let names = family.operations.filter { !isAnswered($0) }
            return names.isEmpty ? nil : [family.name, list(names), family.reason, family.instead]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func isAnswered(_ name: String) -> Bool { answered.contains("\(Lightsail.targetPrefix).\(name)") }

    private func list(_ names: [String]) -> String { names.map { "`\($0)`" }.joined(separator: ", ") }

    private func rows(_ cells: (OperationFamily) -> [String]?) -> [String] {
        OperationFamily.all.compactMap(cells).map { "| \($0.joined(separator: " | ")) |" }
    }
}
