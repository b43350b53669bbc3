import Foundation
import SloopEngine
import Testing

extension EngineBench {
    /// A machine with perl's listeners on these TCP ports and a UDP echo on 5353.
    func listening(_ slot: Int, _ ports: [Int]) async throws -> MachineSpec {
        let machine = try await make(slot)
        let script = """
            cat > tcp <<'END'
            use IO::Socket;
            my $s = IO::Socket::INET->new(LocalPort => $ARGV[0], Listen => 5, ReuseAddr => 1) or die;
            while (my $c = $s->accept) { print $c "$ARGV[1] on $ARGV[0]\\n"; close $c }
            END
            cat > udp <<'END'
            use IO::Socket;
            my $s = IO::Socket::INET->new(LocalPort => 5353, Proto => 'udp') or die;
            while (my $from = $s->recv(my $text, 100)) { $s->send("$ARGV[0] heard $text") }
            END
            for p in \(ports.map(String.init).joined(separator: " ")); do
                sudo setsid perl tcp $p $(hostname) > /dev/null 2>&1 < /dev/null &
            done
            setsid perl udp $(hostname) > /dev/null 2>&1 < /dev/null &
            """
        #expect(try ssh(machine, user, script).code == 0)
        let end = ContinuousClock.now + .seconds(30)
        while try !ports.allSatisfy({ try Visit.heard("tcp", machine.place.address, $0) != "" })
            || Visit.heard("udp", machine.place.address, 5353) == ""
        {
            try #require(ContinuousClock.now < end, "the listeners do not come up")
            try await Task.sleep(for: .milliseconds(50))
        }
        return machine
    }
}

enum Visit {
    private static let client = """
        my ($proto, $address, $port, $from) = @ARGV;
        my $s = IO::Socket::INET->new(Proto => $proto, PeerAddr => $address, PeerPort => $port, Timeout => 1,
            $from ? (LocalAddr => $from) : ()) or exit;
        $s->send("hello") if $proto eq "udp";
        if (IO::Select->new($s)->can_read(1)) { $s->recv(my $t, 100); print $t }
        """

    /// What a client on this computer hears there within a second; nothing if nobody answers.
    static func heard(_ transport: String, _ address: String, _ port: Int) throws -> String {
        try run("perl", "-MIO::Socket", "-MIO::Select", "-e", client, transport, address, "\(port)").out
    }

    /// The same, of a client outside of it.
    static func heard(
        _ transport: String, _ address: String, _ port: Int, by outsider: Outsider, from source: String
    ) throws -> String {
        try outsider.run(
            "perl", "-MIO::Socket", "-MIO::Select", "-e", client, transport, address, "\(port)", source
        ).out
    }
}
