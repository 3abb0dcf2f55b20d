import CChecksum
import Testing

/// Every version of CRC-32C gives the same, whatever the length and the alignment.
@Suite struct ChecksumVersionTests {
  private typealias Extend = @Sendable (UInt32, UnsafeRawPointer?, Int) -> UInt32
  private static let versions: [(name: String, extend: Extend)] = [
    ("chosen", { crc32c_extend($0, $1, $2) }),
    ("portable", { crc32c_extend_portable($0, $1, $2) }),
    ("one stream", { crc32c_has_instruction() ? crc32c_extend_one_stream($0, $1, $2) : crc32c_extend($0, $1, $2) }),
    (
      "three streams",
      { crc32c_has_instruction() ? crc32c_extend_three_streams($0, $1, $2) : crc32c_extend($0, $1, $2) }
    ),
  ]

  private static func checksum(_ extend: Extend, _ bytes: [UInt8]) -> UInt32 {
    bytes.withUnsafeBytes { extend(0, $0.baseAddress, $0.count) }
  }

  /// The vectors of RFC 3720, appendix B.4, and the usual check value.
  @Test func knownVectors() {
    for (name, extend) in Self.versions {
      #expect(Self.checksum(extend, Array("123456789".utf8)) == 0xE306_9283, "\(name)")
      #expect(Self.checksum(extend, [UInt8](repeating: 0, count: 32)) == 0x8A91_36AA, "\(name)")
      #expect(Self.checksum(extend, [UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43, "\(name)")
      #expect(Self.checksum(extend, Array(0..<32)) == 0x46DD_794E, "\(name)")
      #expect(Self.checksum(extend, (0..<32).reversed()) == 0x113F_DB5C, "\(name)")
      #expect(Self.checksum(extend, []) == 0, "\(name)")
    }
  }

  @Test func allVersionsAgreeAtEveryLengthAndAlignment() {
    var random = SystemRandomNumberGenerator()
    let bytes = (0..<40_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    bytes.withUnsafeBytes { buffer in
      let lengths = Array(0...1100) + (0..<400).map { _ in Int.random(in: 1100...30_000, using: &random) }
      for length in lengths {
        let start = Int.random(in: 0...64, using: &random)
        let seed = UInt32.random(in: 0...UInt32.max, using: &random)
        let pointer = buffer.baseAddress.map { $0 + start }
        let wanted = crc32c_extend_portable(seed, pointer, length)
        for (name, extend) in Self.versions {
          #expect(extend(seed, pointer, length) == wanted, "\(name), \(length) bytes from \(start)")
        }
      }
    }
  }

  @Test func aChecksumCanBeContinuedAnywhere() {
    let bytes = (0..<9000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    bytes.withUnsafeBytes { buffer in
      let whole = crc32c_extend(0, buffer.baseAddress, buffer.count)
      for cut in stride(from: 0, through: buffer.count, by: 251) {
        let first = crc32c_extend(0, buffer.baseAddress, cut)
        #expect(crc32c_extend(first, buffer.baseAddress.map { $0 + cut }, buffer.count - cut) == whole)
      }
    }
  }

  @Test func aRecordIsSummedBodyFirst() {
    let bytes = (0..<9008).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    bytes.withUnsafeBytes { buffer in
      for length in Array(24...700) + [4056, 8191, 9000] {
        let body = crc32c_extend_portable(0, buffer.baseAddress.map { $0 + 24 }, length - 24)
        let wanted = crc32c_extend_portable(body, buffer.baseAddress, 20)
        #expect(crc32c_wal_record(buffer.baseAddress, length) == wanted, "\(length) bytes")
      }
    }
  }
}
