import Foundation
import SloopEngine
package import SloopModel

/// The shell programs by which a launch script is started in a machine, once, and followed from anywhere in its output.
///
/// A run has four files in the machine, `launch/<run>.*`: `process` (the id of the shell that runs it; made by the one that
/// may), `script`, `output`, and `exit` (the exit code, written last). Every program, process and file in the machine is
/// time on it, which is most of what a run over many machines takes: the shell does what it can by itself.
package enum LaunchProtocol {
    /// The program, run by root through the machine's user; the environment that begins with SLOOP_ stays.
    static func asRoot(_ program: String) -> String {
        "exec sudo -n -H sh -c \(quoted(program))"
    }

    /// The shell that takes ``start(_:script:in:room:)`` on its standard input, where nobody who lists processes sees the
    /// script. sshd gives it a session of its own, and so does `setsid` where sudo would give it one that ends with sudo.
    /// The run in its words is what it is known by when another process has its id.
    package static func shell(_ run: LaunchID, asRoot: Bool) -> String {
        asRoot ? "exec sudo -n -H setsid -w sh -s \(run)" : "exec sh -s \(run)"
    }

    /// What the names of the run's files begin with.
    static func files(_ run: LaunchID, in home: String = MachinePaths.launch) -> String { "\(home)/\(run)" }

    /// Stores the script and runs it in the shell that reads this; nothing is done by a program that came by half. Started
    /// twice, it runs once. A shell whose connection is lost goes on.
    ///
    /// Writes `begun` to standard error once the run is somebody's; when the script has ended, and nobody has begun to
    /// follow it, `exit N` too, and then at most `room` bytes of the output. A script that filled the disk has ended when there
    /// is room for its exit code: without it nobody could say how.
    ///
    /// - Parameter home: the folder of all runs; relative to the home of the session's user, or absolute.
    package static func start(
        _ run: LaunchID, script: String, in home: String = MachinePaths.launch, room: Int
    ) -> String {
        """
        {
        umask 077
        l=\(home) p=\(files(run, in: home))
        [ -d "$l" ] || mkdir -p "$l" || exit
        set -C
        if [ -d "$p" ] || ! { echo $$ > "$p.process"; } 2> /dev/null; then
          [ -d "$p" ] || [ -e "$p.process" ] || { echo "$l cannot be written" >&2; exit 73; }
          echo begun >&2
          exit
        fi
        set +C
        printf %s \(quoted(script)) > "$p.script" && exec 3> "$p.output" || exit
        trap '' PIPE
        echo begun >&2
        trap - PIPE
        cd
        umask 022
        \(command(script, "\(files(run, in: home)).script")) < /dev/null >&3 2>&1 3>&-
        code=$?
        umask 077
        i=0
        until { echo $code > "$p.exit"; } 2> /dev/null && [ -s "$p.exit" ] || [ $i -ge 3600 ]; do sleep 1; i=$((i + 1)); done
        echo "exit $code" >&2
        [ -e "$p.followed" ] || ! [ -s "$p.output" ] && exit
        # A short text is printed by the shell itself, if it is one: a shell does not read zero bytes.
        text= end='
        '
        read -r _ size < /proc/self/fdinfo/3
        if [ "$size" -le \(min(room, 1000)) ]; then
          while IFS= read -r line || { end=; [ "$line" ]; }; do text=$text$line$end; done < "$p.output"
        fi
        [ ${#text} = "$size" ] || exec head -c \(room) "$p.output"
        printf %s "$text"
        }

        """
    }

    /// Runs the stored script by the words that the kernel would run it by: not by its file, which need not be executable
    /// unless the script names it. One for sh that cannot tell the difference is read by a fork of the shell that is there.
    private static func command(_ script: String, _ file: String) -> String {
        let interpreter = interpreter(of: script)
        func mentions(_ words: [String]) -> Bool { words.contains { strstr(script, $0) != nil } }
        if mentions(["$0", "${0", "BASH_SOURCE", "argv[0]", "__file__"]) {
            return "chmod 700 \"$p.script\"; \(interpreter) \"$p.script\""
        }
        let isForShell = ["sh", "'/bin/sh'"].contains(interpreter)
        guard isForShell, !mentions(["$$", "${$", "PPID", "$-", "/proc/"]) else {
            return "\(interpreter) \"$p.script\""
        }
        return "( unset l p; set --; . \(file) )"
    }

    /// The words that the kernel would run the script by. One without a shebang is for sh, as cloud-init and Lightsail have it.
    static func interpreter(of script: String) -> String {
        let line = script.prefix { $0 != "\n" }
        let words = line.dropFirst(2).split(maxSplits: 1) { $0 == " " || $0 == "\t" }
        guard line.hasPrefix("#!"), let program = words.first else { return "sh" }
        let argument = words.dropFirst().first?.trimmingCharacters(in: .whitespaces) ?? ""
        return quoted(String(program)) + (argument.isEmpty ? "" : " " + quoted(argument))
    }

    private static func quoted(_ text: String) -> String {
        text.utf8.contains(UInt8(ascii: "'")) ? "'\(text.replacingOccurrences(of: "'", with: "'\\''"))'" : "'\(text)'"
    }

    /// Prints the output from the offset on, at most `room` bytes of it, until the script has ended; then writes
    /// `exit N`, `interrupted` or `absent` to standard error.
    ///
    /// A run that never began is claimed, so that a shell which was only slow does not begin it after that was said.
    /// Without `stdbuf`, which few systems lack, `head -c` passes the output on only when it has a whole block. `dd` is
    /// no way out: it counts what it reads in pieces, however small.
    package static func follow(
        _ run: LaunchID, in home: String = MachinePaths.launch, from offset: Int, room: Int
    ) -> String {
        """
        umask 077
        l=\(home) p=\(files(run, in: home)).
        # Runs of earlier versions have a folder each.
        if [ -d "${p%.}" ]; then p=${p%.}/; fi
        [ -d "$l" ] || mkdir -p "$l"
        set -C
        if ! [ -e "${p}claim" ]; then { echo absent > "${p}process"; } 2> /dev/null; fi
        set +C
        : > "${p}followed"
        pid= started= now=
        i=0
        while [ $i -lt 2000 ]; do
          if [ -e "${p}process" ] && read -r pid started < "${p}process" && [ -n "$pid" ]; then
            if [ -e "${p}output" ] || ! [ -e "/proc/$pid" ]; then break; fi
          fi
          sleep 0.01
          i=$((i + 1))
        done
        if [ "$pid" = absent ]; then echo absent >&2; exit 0; fi
        if [ -n "$started" ]; then
          # Earlier versions wrote down when the process was started.
          [ -r /proc/$pid/stat ] && read -r \(String(repeating: "_ ", count: 21))now _ < /proc/$pid/stat
        else
          started=sh-s\(run)
          [ -n "$pid" ] && [ -r /proc/$pid/cmdline ] && read -r now < /proc/$pid/cmdline
        fi
        head=head
        if command -v stdbuf > /dev/null; then head='stdbuf -o0 head'; fi
        if [ -n "$pid" ] && [ "$now" = "$started" ] && ! [ -s "${p}exit" ]; then
          tail -s 0.03 --pid=$pid -c +\(offset + 1) -f "${p}output" 2> /dev/null |
            $head -c \(room)
          tail -s 0.03 --pid=$pid -f /dev/null
        elif [ -e "${p}output" ]; then
          tail -c +\(offset + 1) "${p}output" | head -c \(room)
        fi
        if [ -s "${p}exit" ]; then echo "exit $(cat "${p}exit")" >&2; else echo interrupted >&2; fi
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

    /// What a program wrote to standard error; nil if it was cut off before the end, or is not there.
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
