/// What a tool made of a segment before it stored it, told by the first bytes of the file, whatever its name.
package enum SegmentPacking: String, Sendable, Hashable, CaseIterable {
  /// The only one that is unpacked here.
  case gzip
  case lz4
  case zstandard
  case bzip2
  case xz
  /// `openssl enc` and pgBackRest: "Salted__" and the salt, and then nothing that can be told from chance.
  case encrypted

  /// Bytes of a file that tell.
  static let headLength = 8

  /// nil for anything else: a plain segment begins with its page's magic and flags.
  init?(head: some Collection<UInt8>) {
    guard let match = Self.allCases.first(where: { head.starts(with: $0.magic) }) else { return nil }
    self = match
  }

  private var magic: [UInt8] {
    switch self {
    case .gzip: [0x1F, 0x8B]
    case .lz4: [0x04, 0x22, 0x4D, 0x18]
    case .zstandard: [0x28, 0xB5, 0x2F, 0xFD]
    case .bzip2: [0x42, 0x5A, 0x68]
    case .xz: [0xFD, 0x37, 0x7A, 0x58, 0x5A]
    case .encrypted: Array("Salted__".utf8)
    }
  }

  /// What it is, and what to do.
  var phrase: String {
    switch self {
    case .gzip: "is compressed with gzip"
    case .lz4: "is compressed with LZ4; unpack it first (lz4 -d)"
    case .zstandard: "is compressed with Zstandard; unpack it first (zstd -d)"
    case .bzip2: "is compressed with bzip2; unpack it first (bzip2 -d)"
    case .xz: "is compressed with xz; unpack it first (xz -d)"
    case .encrypted: "is encrypted; fetch it with the tool that archived it, which decrypts it"
    }
  }
}
