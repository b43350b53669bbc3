import Foundation
import SloopModel

/// A file of keys that sshd accepts, in a machine. What others have put there stays, byte for byte.
package struct AuthorizedKeysFile: Sendable {
    package let path: String

    /// - Parameter path: absolute, or relative to the home of the session's user.
    package init(path: String) { self.path = path }

    /// Adds the key's line unless a line with that key is there.
    package func add(_ key: SSHPublicKey, over session: SSHSession) async throws {
        _ = try await run("add", key, session)
    }

    /// Removes every line with that key, whatever options and comment it has.
    package func remove(_ key: SSHPublicKey, over session: SSHSession) async throws {
        _ = try await run("remove", key, session)
    }

    /// Whether a line with that key is there.
    package func contains(_ key: SSHPublicKey, over session: SSHSession) async throws -> Bool {
        try await run("find", key, session) == "yes"
    }

    private func run(_ verb: String, _ key: SSHPublicKey, _ session: SSHSession) async throws -> String {
        let blob = Data(key.blob).base64EncodedString()
        let script = """
            f=\(quoted(path)) verb=\(verb) blob=\(quoted(blob)) line=\(quoted(key.line))
            \(AuthorizedKeysFile.program)
            """
        let result = try await session.run("exec sh -s", stdin: Array(script.utf8), timeout: .seconds(20))
        guard result.exitCode == 0 else {
            let said = String(decoding: result.stderr, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            throw SloopError(
                .operationFailed,
                "\(path) on \(session.endpoint.address) cannot be changed (exit code \(result.exitCode)): \(said)",
                tip: "the file is as it was; see its owner, its mode and the free space, and try again")
        }
        return result.stdoutText.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func quoted(_ text: String) -> String { "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'" }

    /// Writes beside the file, with its owner and mode, and renames. Two of us take turns by a lock on the
    /// folder; if somebody else changed the file meanwhile, it begins again.
    private static let program = """
        set -eu
        case $f in /*) ;; *) f=$HOME/$f ;; esac
        [ -L "$f" ] && f=$(readlink -f "$f")
        d=${f%/*}
        has() { [ -e "$f" ] && awk -v k="$blob" '
          !/^[ \\t]*#/ { n = split($0, w, /[ \\t\\r]+/); for (i = 1; i <= n; i++) if (w[i] == k) { y = 1; exit } }
          END { exit !y }' "$f"; }
        if [ $verb = find ]; then if has; then echo yes; else echo no; fi; exit 0; fi
        if [ $verb = add ] && has; then exit 0; fi
        if [ $verb = remove ] && ! has; then exit 0; fi
        umask 077
        [ -d "$d" ] || mkdir -p "$d"
        exec 9< "$d"
        flock -w 10 9 2> /dev/null || :
        t=$d/.sloop-keys-$$
        trap 'rm -f "$t"' EXIT
        i=0
        while [ $i -lt 5 ]; do
          i=$((i + 1))
          if [ -e "$f" ]; then was=$(cksum < "$f"); cp -p "$f" "$t"; else was=; : > "$t"; fi
          if [ $verb = add ]; then
            if [ -s "$t" ] && [ -n "$(tail -c 1 "$t")" ]; then echo >> "$t"; fi
            printf '%s\\n' "$line" >> "$t"
          else
            awk -v k="$blob" '
              /^[ \\t]*#/ { print; next }
              { n = split($0, w, /[ \\t\\r]+/); for (i = 1; i <= n; i++) if (w[i] == k) next; print }' "$f" > "$t"
          fi
          sync "$t" 2> /dev/null || :
          now=
          [ -e "$f" ] && now=$(cksum < "$f")
          if [ "$was" = "$now" ]; then mv -f "$t" "$f"; sync "$d" 2> /dev/null || :; exit 0; fi
        done
        echo "somebody else keeps changing it" >&2
        exit 75
        """
}
