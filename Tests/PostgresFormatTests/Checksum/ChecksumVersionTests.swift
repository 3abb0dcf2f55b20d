import CChecksum
import FixtureSupport
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
    var random = SplitMix(state: 20_261_126)
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

  /// Three linked records on a page, of which any byte of the second is changed: the first is right, the others are not.
  @Test func recordsOfAPageAreVerifiedUpToTheFirstThatIsWrong() {
    var page = [UInt8](repeating: 0, count: 8192)
    let address: UInt64 = 0x0150_0000
    var previous: UInt64 = 0x014F_FF00
    var starts: [Int] = []
    var offset = 24
    for total in [31, 600, 1200] {
      starts.append(offset)
      for index in 24..<total { page[offset + index] = UInt8(truncatingIfNeeded: index &* total) }
      for index in 0..<4 { page[offset + index] = UInt8(truncatingIfNeeded: total >> (8 * index)) }
      for index in 0..<8 { page[offset + 8 + index] = UInt8(truncatingIfNeeded: previous >> (8 * UInt64(index))) }
      let record = Array(page[offset..<offset + total])
      let sum = Self.checksum(
        { crc32c_extend_portable(crc32c_extend_portable(0, $1.map { $0 + 24 }, $2 - 24), $1, 20) }, record)
      for index in 0..<4 { page[offset + 20 + index] = UInt8(truncatingIfNeeded: sum >> (8 * UInt32(index))) }
      previous = address + UInt64(offset)
      offset += (total + 7) & ~7
    }
    func verified(_ page: [UInt8]) -> Int {
      page.withUnsafeBytes { crc32c_wal_records($0.baseAddress, starts[0], $0.count, address, 0x014F_FF00) }
    }
    #expect(verified(page) == offset)
    for index in starts[1]..<starts[1] + 600 {
      page[index] ^= 0x10
      #expect(verified(page) == starts[1], "byte \(index - starts[1])")
      page[index] ^= 0x10
    }
    #expect(verified(page) == offset)
  }
}
