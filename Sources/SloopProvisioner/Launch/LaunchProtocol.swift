import Foundation
import SloopEngine
package import SloopModel

/// The shell programs by which a launch script is started in a machine, once, and followed from anywhere in its output.
///
/// A run has the folder `launch/<run>` in the machine: `script`, `claim` (made by the one wrapper that may run it),
/// `process` (pid and start time), `output`, and `exit` (the exit code, renamed into place last).
package enum LaunchProtocol {
    /// The program, run by root through the machine's user; the environment that begins with SLOOP_ stays.
    static func asRoot(_ program: String) -> String {
        "exec sudo -n -H sh -c '\(program.replacingOccurrences(of: "'", with: "'\\''"))'"
    }

    static func folder(_ run: LaunchID, in home: String = MachinePaths.launch) -> String { "\(home)/\(run)" }

    /// Takes the script on standard input and starts it detached. Started twice, it runs once.
    ///
    /// - Parameter home: the folder of all runs; relative to the home of the session's user, or absolute.
    package static func start(_ run: LaunchID, in home: String = MachinePaths.launch, bytes: Int) -> String {
        """
        set -eu
        umask 077
        d=\(folder(run, in: home))
        mkdir -p "$d"
        if [ -e "$d/claim" ]; then cat > /dev/null; exit 0; fi
        cat > "$d/script.$$"
        [ "$(wc -c < "$d/script.$$")" -eq \(bytes) ] || { rm -f "$d/script.$$"; echo "cut off" >&2; exit 75; }
        chmod 700 "$d/script.$$"
        mv -f "$d/script.$$" "$d/script"
        setsid sh -c '\(wrapper)' launch "$d" < /dev/null > /dev/null 2>&1 &
        i=0
        while [ $i -lt 1500 ] && ! [ -e "$d/process" ]; do sleep 0.01; i=$((i + 1)); done
        """
    }

    // A script without a shebang is for sh, as cloud-init and Lightsail have it. What it writes can be read by those that it
    // is for, such as a web server: only the run's own files are for root alone. No single quotes in here.
    private static let wrapper = """
        d=$1
        mkdir "$d/claim" 2> /dev/null || exit 0
        : > "$d/output"
        read -r _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ started _ < /proc/$$/stat
        echo "$$ $started" > "$d/process.new"
        mv "$d/process.new" "$d/process"
        cd "$HOME"
        case "$(head -c 2 "$d/script")" in
        "#!") (umask 022; exec "$d/script") > "$d/output" 2>&1 ;;
        *) (umask 022; exec sh "$d/script") > "$d/output" 2>&1 ;;
        esac
        echo $? > "$d/exit.new"
        mv "$d/exit.new" "$d/exit"
        """

    /// Prints the output from the offset on, at most `room` bytes of it, until the script has ended; then writes
    /// `exit N`, `interrupted` or `absent` to standard error.
    ///
    /// A run that never began is claimed, so that a wrapper which was only slow does not begin it after that was said.
    /// Without `stdbuf`, which few systems lack, `head -c` passes the output on only when it has a whole block. `dd` is
    /// no way out: it counts what it reads in pieces, however small.
    package static func follow(
        _ run: LaunchID, in home: String = MachinePaths.launch, from offset: Int, room: Int
    ) -> String {
        """
        d=\(folder(run, in: home))
        if mkdir "$d/claim" 2> /dev/null || ! [ -e "$d/claim" ]; then echo absent >&2; exit 0; fi
        pid= started=
        i=0
        while [ $i -lt 2000 ] && ! [ -e "$d/process" ]; do sleep 0.01; i=$((i + 1)); done
        [ -e "$d/process" ] && read -r pid started < "$d/process"
        head=head
        if command -v stdbuf > /dev/null; then head='stdbuf -o0 head'; fi
        now=
        [ -n "$pid" ] && [ -r /proc/$pid/stat ] && \
        read -r _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ now _ < /proc/$pid/stat
        if [ -n "$pid" ] && [ "$now" = "$started" ] && ! [ -e "$d/exit" ]; then
          tail -s 0.03 --pid=$pid -c +\(offset + 1) -f "$d/output" 2> /dev/null |
            $head -c \(room)
          tail -s 0.03 --pid=$pid -f /dev/null
        elif [ -e "$d/output" ]; then
          tail -c +\(offset + 1) "$d/output" | head -c \(room)
        fi
        if [ -e "$d/exit" ]; then echo "exit $(cat "$d/exit")" >&2; else echo interrupted >&2; fi
        """
    }

    /// How a run ended.
    package enum Outcome: Equatable {
        /// With this exit code.
        case ended(Int)
        /// The machine went down under it.
        case interrupted
        /// It never began.
        case absent
    }

    /// What `follow` wrote to standard error; nil if it was cut off before.
    package static func outcome(_ text: String) -> Outcome? {
        for line in text.split(separator: "\n").reversed() {
            let words = line.split(separator: " ")
            switch words.first {
            case "exit" where words.count == 2: return Int(words[1]).map { .ended($0) }
            case "interrupted" where words.count == 1: return .interrupted
            case "absent" where words.count == 1: return .absent
            default: continue
            }
        }
        return nil
    }
}
