import ServerLab

/// The transactions in messages of pgoutput (protocol version 1), whole ones only: the numbers of their rows, and where
/// their commits end.
struct PgoutputTransactions {
  struct Transaction {
    var end: UInt64
    var ids: [Int]
  }
  private(set) var transactions: [Transaction] = []
  private var open: [Int] = []

  /// Messages as hexadecimal text, a line each.
  mutating func take(lines: String) throws {
    for line in lines.split(separator: "\n") {
      var bytes: [UInt8] = []
      var digits = line.utf8.makeIterator()
      while let high = digits.next(), let low = digits.next() { bytes.append(Self.digit(high) << 4 | Self.digit(low)) }
      var reader = Reader(bytes: bytes)
      guard try take(&reader) else { throw ProgramFailure(description: "a message was cut: \(line)") }
    }
  }

  /// Messages one after another, a line end after each, as pg_recvlogical writes them; the last one may be cut.
  mutating func take(file: [UInt8]) throws {
    var reader = Reader(bytes: file)
    while reader.position < file.count {
      guard try take(&reader), reader.skip(1) else { return }
    }
  }

  private mutating func take(_ reader: inout Reader) throws -> Bool {
    guard let kind = reader.number(1) else { return false }
    switch UInt8(kind) {
    case UInt8(ascii: "B"):
      open = []
      return reader.skip(20)
    case UInt8(ascii: "C"):
      guard reader.skip(9), let end = reader.number(8), reader.skip(8) else { return false }
      transactions.append(Transaction(end: end, ids: open))
      return true
    case UInt8(ascii: "R"):
      guard reader.skip(4), reader.text(), reader.text(), reader.skip(1), let columns = reader.number(2) else {
        return false
      }
      for _ in 0..<columns { guard reader.skip(1), reader.text(), reader.skip(8) else { return false } }
      return true
    case UInt8(ascii: "I"):
      guard reader.skip(5), let columns = reader.number(2) else { return false }
      for column in 0..<columns {
        guard let kind = reader.number(1) else { return false }
        guard UInt8(kind) == UInt8(ascii: "t") else { continue }
        guard let length = reader.number(4), let text = reader.bytes(Int(length)) else { return false }
        if column == 0, let id = Int(String(decoding: text, as: UTF8.self)) { open.append(id) }
      }
      return true
    case UInt8(ascii: "O"): return reader.skip(8) && reader.text()
    case UInt8(ascii: "Y"): return reader.skip(4) && reader.text() && reader.text()
    default: throw ProgramFailure(description: "an unexpected message of kind \(kind)")
    }
  }

  private static func digit(_ byte: UInt8) -> UInt8 { byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x57 }

  private struct Reader {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func bytes(_ count: Int) -> ArraySlice<UInt8>? {
      guard bytes.count - position >= count else { return nil }
      defer { position += count }
      return bytes[position..<position + count]
    }
    mutating func skip(_ count: Int) -> Bool { bytes(count) != nil }
    mutating func number(_ count: Int) -> UInt64? { bytes(count)?.reduce(0) { $0 << 8 | UInt64($1) } }
    /// A text with its zero byte.
    mutating func text() -> Bool {
      guard let end = bytes[position...].firstIndex(of: 0) else { return false }
      position = end + 1
      return true
    }
  }
}
