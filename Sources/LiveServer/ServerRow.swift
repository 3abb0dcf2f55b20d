import PostgresFormat

/// One row of an answer: text by column name. NULL and a column that was not asked for are both nil.
struct ServerRow: Sendable {
  private let columns: [String: Int]
  private let values: [[UInt8]?]

  init(columns: [String: Int], values: [[UInt8]?]) { (self.columns, self.values) = (columns, values) }

  func bytes(_ name: String) -> [UInt8]? { columns[name].flatMap { $0 < values.count ? values[$0] : nil } }

  /// Bytes that are not UTF-8 are replaced.
  func text(_ name: String) -> String? { bytes(name).map { String(decoding: $0, as: UTF8.self) } }

  /// Whether nothing had to be replaced.
  func isExact(_ name: String) -> Bool { bytes(name).map { String(validating: $0, as: UTF8.self) != nil } ?? true }

  func flag(_ name: String) -> Bool? {
    switch text(name) {
    case "t": true
    case "f": false
    default: nil
    }
  }

  func number<Number: FixedWidthInteger>(_ name: String, as type: Number.Type = Number.self) -> Number? {
    text(name).flatMap { Number($0) }
  }

  func lsn(_ name: String) -> LSN? { text(name).flatMap { LSN($0) } }
  func oid(_ name: String) -> OID? { number(name).map { OID($0) } }
  func xid(_ name: String) -> TransactionID? { number(name).map { TransactionID($0) } }
  func timeline(_ name: String) -> TimelineID? { number(name).map { TimelineID($0) } }
  /// Microseconds since 1970, as the statements ask for times.
  func time(_ name: String) -> Timestamp? { number(name).map { Timestamp(unixMicroseconds: $0) } }
}
