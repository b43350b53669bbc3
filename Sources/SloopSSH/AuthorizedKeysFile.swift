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

    /// Removes every line with that key, whatever options and comment it has; nothing if the other key is not there.
    ///
    /// Whoever edits the file between the proof of the new key and this would else lock himself out.
    package func remove(
        _ key: SSHPublicKey, requiring other: SSHPublicKey, over session: SSHSession
    ) async throws {
        _ = try await run("remove", key, session, requiring: other)
    }

    /// Whether a line with that key is there.
    package func contains(_ key: SSHPublicKey, over session: SSHSession) async throws -> Bool {
        try await run("find", key, session) == "1"
    }

    private func run(
        _ verb: String, _ key: SSHPublicKey, _ session: SSHSession, requiring other: SSHPublicKey? = nil
    ) async throws -> String {
        let blob = Data(key.blob).base64EncodedString()
        let need = other.map { Data($0.blob).base64EncodedString() } ?? ""
        let words =
            "f=\(quoted(path)) verb=\(verb) blob=\(quoted(blob)) line=\(quoted(key.line)) need=\(quoted(need)); edit"
        let result = try await session.tell(words, after: AuthorizedKeysFile.program, timeout: .seconds(20))
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

    /// Writes beside the file, with its owner and mode, and renames. Two of us take turns by a lock on the folder; if
    /// somebody else changed the file meanwhile, it begins again. The shell does by itself what it can, and is kept for the
    /// next edit: programs that are started are most of what one costs.
    private static let program = """
        set -eu
        umask 077
        nl='
        ' tab='\t' cr='\r'
        # Sets old to the whole file, new to it without the key, y if the key is there, and z if the needed one is.
        look() {
          old= new= y= z= end=$nl
          [ -e "$f" ] || return 0
          while IFS= read -r l || { [ -n "$l" ] && end=; }; do
            t=${l#"${l%%[! $tab]*}"}
            case $t in "#"*) is= ;; *)
              case " $t " in
              *[" $tab"]"$blob"[" $tab$cr"]*) is=1 ;;
              *[" $tab"]"$need"[" $tab$cr"]*) is= z=1 ;;
              *) is= ;;
              esac ;;
            esac
            if [ -n "$is" ]; then y=1; else new=$new$l$end; fi
            old=$old$l$end
          done < "$f"
        }
        edit() {
          case $f in /*) ;; *) f=$HOME/$f ;; esac
          if [ -L "$f" ]; then f=$(readlink -f "$f"); fi
          d=${f%/*} n=${f%/*}/.sloop-keys-$$
          if [ $verb = find ]; then look; echo "${y:-0}"; return; fi
          [ -d "$d" ] || mkdir -p "$d"
          exec 9< "$d"
          flock -w 10 9 2> /dev/null || :
          i=0
          while [ $i -lt 5 ]; do
            i=$((i + 1))
            look
            if [ -n "$need" ] && [ -z "$z" ]; then echo "the key that is to stay is gone from it" >&2; exit 76; fi
            case $verb$y in add1 | remove) exec 9<&-; echo done; return ;; esac
            trap 'rm -f "$n"' EXIT
            if [ -e "$f" ]; then cp -p "$f" "$n"; else : > "$n"; fi
            if [ $verb = add ]; then
              case $old in "" | *"$nl") new=$old$line$nl ;; *) new=$old$nl$line$nl ;; esac
            fi
            printf %s "$new" > "$n"
            sync "$n" 2> /dev/null || :
            was=$old
            look
            if [ "$was" = "$old" ]; then
              mv -f "$n" "$f"
              trap - EXIT
              sync "$d" 2> /dev/null || :
              exec 9<&-
              echo done
              return
            fi
          done
          echo "somebody else keeps changing it" >&2
          exit 75
        }

        """
}
