/// One header of a tar archive: 512 bytes, as POSIX (`ustar`), GNU tar and PostgreSQL write them.
///
/// Follows src/port/tar.c and the description of pax(1).
struct TarHeader: Equatable {
  /// Bytes of a header, and of the units that members are rounded up to.
  static let size = 512

  /// What follows the header.
  enum Kind: Equatable {
    case file, folder, symbolicLink, hardLink, device, fifo
    /// A file with holes, whose bytes are not those of the file.
    case sparse
    /// `L`: the next member's name, as GNU tar writes it where it is long.
    case longName
    /// `K`: the same of a link's target.
    case longTarget
    /// `x`: what the next header says is replaced by records of names and values.
    case extended
    /// `g`: the same for all members that follow.
    case global
    /// `V`: the archive's own label.
    case label
    case unknown(UInt8)
  }

  /// Why 512 bytes are no header.
  enum Fault: Error, Equatable {
    case checksum
    case number(field: String)
    case records

    var sentence: String {
      switch self {
      case .checksum: "a header's checksum is wrong"
      case .number(let field): "the \(field) in a header is no number"
      case .records: "the records of an extended header are damaged"
      }
    }
  }

  var name: [UInt8]
  var kind: Kind
  /// Bytes of content, without what fills the last unit.
  var size: Int
  /// Microseconds since 1970.
  var modifiedAt: Int64
  var permissions: UInt32
  var owner: UInt32
  /// Of a link.
  var target: [UInt8]
  private var nameOfSparse: [UInt8]?

  /// That of a folder which no header tells of.
  static let folder = TarHeader()

  private init() {
    (name, kind, size, modifiedAt, permissions, owner, target) = ([], .folder, 0, 0, 0o700, 0, [])
  }

  /// Reads 512 bytes. nil for a unit of zeros, which ends an archive. Throws ``Fault``.
  init?(_ block: ArraySlice<UInt8>) throws(Fault) {
    let block = Array(block)
    guard block.count == Self.size else { throw .checksum }
    let total = block.reduce(0) { $0 + Int($1) }
    if total == 0 { return nil }
    // The checksum itself counts as blanks.
    let sum = block[148..<156].reduce(total) { $0 + 32 - Int($1) }
    guard try Self.number(block[148..<156], field: "checksum") == sum else { throw .checksum }
    size = try Self.number(block[124..<136], field: "size")
    modifiedAt = Int64(try Self.number(block[136..<148], field: "time") & 0xFF_FFFF_FFFF) * 1_000_000
    permissions = UInt32(truncatingIfNeeded: try Self.number(block[100..<108], field: "mode")) & 0o7777
    owner = UInt32(truncatingIfNeeded: try Self.number(block[108..<116], field: "owner"))
    target = Self.text(block[157..<257])
    name = Self.text(block[0..<100])
    // GNU tar's own headers have other members where POSIX has the prefix.
    if block[257..<263].elementsEqual("ustar\0".utf8) {
      let prefix = Self.text(block[345..<500])
      if !prefix.isEmpty { name = prefix + [UInt8(ascii: "/")] + name }
    }
    kind =
      switch block[156] {
      case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): name.last == UInt8(ascii: "/") ? .folder : .file
      case UInt8(ascii: "1"): .hardLink
      case UInt8(ascii: "2"): .symbolicLink
      case UInt8(ascii: "3"), UInt8(ascii: "4"): .device
      case UInt8(ascii: "5"), UInt8(ascii: "D"): .folder
      case UInt8(ascii: "6"): .fifo
      case UInt8(ascii: "S"): .sparse
      case UInt8(ascii: "L"): .longName
      case UInt8(ascii: "K"): .longTarget
      case UInt8(ascii: "x"), UInt8(ascii: "X"): .extended
      case UInt8(ascii: "g"): .global
      case UInt8(ascii: "V"): .label
      default: .unknown(block[156])
      }
    // What has no content may still be said to have a size.
    if ![.file, .sparse, .longName, .longTarget, .extended, .global].contains(kind) { size = 0 }
  }

  /// Up to the first zero byte.
  private static func text(_ bytes: ArraySlice<UInt8>) -> [UInt8] { Array(bytes.prefix { $0 != 0 }) }

  /// Octal digits between blanks; or, where the first bit is set, a number of that many bytes.
  private static func number(_ bytes: ArraySlice<UInt8>, field: String) throws(Fault) -> Int {
    guard let first = bytes.first, first & 0x80 == 0 else {
      var value = 0
      for byte in bytes.dropFirst() {
        guard value < 1 << 54 else { throw .number(field: field) }
        value = value << 8 | Int(byte)
      }
      // The rest of the first byte is the sign, and more of the number than any file has.
      guard bytes.first == 0x80 else { throw .number(field: field) }
      return value
    }
    let digits = bytes.drop { $0 == 32 }.prefix { $0 != 0 && $0 != 32 }
    guard digits.count <= 12, digits.allSatisfy({ (48...55).contains($0) }) else { throw .number(field: field) }
    return digits.reduce(0) { $0 << 3 | Int($1 - 48) }
  }

  /// What the records of an extended header put in the place of this header's own.
  mutating func apply(_ records: [UInt8]) throws(Fault) {
    var rest = records[...]
    while let first = rest.first, first != 0 {
      let digits = rest.prefix { (48...57).contains($0) }
      guard !digits.isEmpty, digits.count < 8, let length = Int(String(decoding: digits, as: UTF8.self)),
        length > digits.count + 2, length <= rest.count, rest[digits.endIndex] == 32
      else { throw .records }
      let record = rest[digits.endIndex + 1..<rest.startIndex + length]
      guard record.last == 10, let equals = record.firstIndex(of: UInt8(ascii: "=")) else { throw .records }
      let value = record[(equals + 1)...].dropLast()
      try apply(String(decoding: record[..<equals], as: UTF8.self), value)
      rest = rest[(rest.startIndex + length)...]
    }
    if let nameOfSparse { name = nameOfSparse }
  }

  private mutating func apply(_ keyword: String, _ value: ArraySlice<UInt8>) throws(Fault) {
    let text = String(decoding: value, as: UTF8.self)
    switch keyword {
    case "path": name = Array(value)
    case "linkpath": target = Array(value)
    case "size":
      guard let number = Int(text), (0..<1 << 62).contains(number) else { throw .number(field: "size") }
      size = number
    case "uid": owner = UInt32(text) ?? owner
    case "mtime":
      let parts = text.split(separator: ".", maxSplits: 1)
      guard let seconds = parts.first.flatMap({ Int64($0) }), abs(seconds) < 1 << 40 else {
        throw .number(field: "time")
      }
      let digits = (parts.dropFirst().first ?? "").prefix(6)
      guard let fraction = Int64(digits + String(repeating: "0", count: 6 - digits.count)), fraction >= 0 else {
        throw .number(field: "time")
      }
      modifiedAt = seconds * 1_000_000 + fraction
    // Of a file with holes the header has a made-up name.
    case "GNU.sparse.name": (kind, nameOfSparse) = (.sparse, Array(value))
    default:
      if keyword.hasPrefix("GNU.sparse.") || keyword == "SCHILY.realsize" { kind = .sparse }
    }
  }
}
