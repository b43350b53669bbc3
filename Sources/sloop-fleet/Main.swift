import Foundation
import SloopModel
import SloopSSH

/// `sloop-fleet JOB` does the work that `job.json` in the folder JOB describes, and leaves `out/ID` and `rc/ID` of each
/// host in the job's outdir. A host that could not be worked on has the exit code 255, as with ssh, and the reason as output.
@main enum Main {
    static func main() async {
        guard CommandLine.arguments.count == 2 else {
            FileHandle.standardError.write(Data("usage: sloop-fleet JOB\n".utf8))
            exit(2)
        }
        do {
            exit(try await run(URL(filePath: CommandLine.arguments[1], directoryHint: .isDirectory)) ? 0 : 1)
        } catch {
            FileHandle.standardError.write(Data("sloop-fleet: \(error)\n".utf8))
            exit(2)
        }
    }

    /// Whether every host could be worked on.
    private static func run(_ folder: URL) async throws -> Bool {
        let job = try JSONDecoder().decode(Job.self, from: Data(contentsOf: folder.appending(path: "job.json")))
        let material = try Material(job, in: folder)
        for name in ["out", "rc"] {
            try FileManager.default.createDirectory(
                at: material.outdir.appending(path: name), withIntermediateDirectories: true)
        }
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            var areAllDone = true
            for (index, host) in job.hosts.enumerated() {
                if index >= job.concurrency, let isDone = try await group.next() { areAllDone = areAllDone && isDone }
                // On the sessions' own thread, as sagas are.
                group.addTask(executorPreference: SSHTasks.executor) {
                    try await visit(host, job.workload, material)
                }
            }
            for try await isDone in group { areAllDone = areAllDone && isDone }
            return areAllDone
        }
    }

    private static func visit(_ host: Job.Host, _ workload: Job.Workload, _ material: Material) async throws -> Bool {
        var result: Job.Host.Result
        var isDone = true
        do {
            result = try await host.work(workload, material)
        } catch {
            result = Job.Host.Result(code: 255, output: Array("\(error)\n".utf8))
            isDone = false
        }
        try write(result.output, to: material.outdir.appending(path: "out/\(host.id)"))
        try write(Array("\(result.code)\n".utf8), to: material.outdir.appending(path: "rc/\(host.id)"))
        return isDone
    }

    /// Foundation's `Data.write` waits for the disk, and every other host with it: no other tool does.
    private static func write(_ bytes: [UInt8], to file: URL) throws {
        guard let stream = fopen(file.path, "w") else { throw SloopError(.storage, "\(file.path) cannot be written") }
        let count = fwrite(bytes, 1, bytes.count, stream)
        guard fclose(stream) == 0, count == bytes.count else {
            throw SloopError(.storage, "\(file.path) cannot be written")
        }
    }
}
