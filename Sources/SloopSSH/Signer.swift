import CLibSSH2
import Foundation

/// What libssh2 asks for a signature when the server has said that it takes the key.
final class Signer {
    /// The key as it is offered.
    let blob: [UInt8]
    private let sign: (([UInt8]) throws -> [UInt8])?
    /// Whether the server takes the key.
    private(set) var wasAsked = false

    init(blob: [UInt8], sign: (([UInt8]) throws -> [UInt8])?) {
        self.sign = sign
        // libssh2 1.10 takes the name of the method from here, and by itself would offer RSA with SHA-1 only.
        var reader = WireReader(blob)
        if reader.text() == "ssh-rsa" {
            var modern = WireWriter()
            modern.string("rsa-sha2-512")
            modern.raw(blob.dropFirst(4 + "ssh-rsa".utf8.count))
            self.blob = modern.bytes
        } else {
            self.blob = blob
        }
    }

    func signature(of data: [UInt8]) -> [UInt8]? {
        wasAsked = true
        return try? sign?(data)
    }
}

let signForLibSSH2:
    @convention(c) (
        OpaquePointer?, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?, UnsafeMutablePointer<Int>?,
        UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<UnsafeMutableRawPointer?>?
    ) -> Int32 = { _, signature, length, data, count, context in
        guard let signature, let length, let data, let raw = context?.pointee else { return -1 }
        let signer = Unmanaged<Signer>.fromOpaque(raw).takeUnretainedValue()
        guard let bytes = signer.signature(of: Array(UnsafeBufferPointer(start: data, count: count))),
            // libssh2 frees it with free().
            let copy = malloc(bytes.count)?.assumingMemoryBound(to: UInt8.self)
        else { return -1 }
        copy.update(from: bytes, count: bytes.count)
        signature.pointee = copy
        length.pointee = bytes.count
        return 0
    }
