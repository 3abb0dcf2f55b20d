package import ByteReading

/// The columns of one row of a catalog, by name.
package struct CatalogTuple: Sendable, Hashable {
  /// A column's value, as far as the catalogs that are read need its type.
  package enum Value: Sendable, Hashable {
    /// NULL, or newer than the row.
    case null
    /// `bool`, `"char"`, `int4`, `oid`, `xid`.
    case number(UInt32)
    /// `name` up to its NUL, `text`.
    case bytes([UInt8])
    /// `text[]`; an element that is NULL is left out.
    case array([[UInt8]])
    /// Not in the row itself but in a TOAST table, or compressed in a way that is not known.
    case elsewhere
  }

  private var values: [String: Value]
  /// To 11: the oid that is not a column.
  private var hiddenOID: OID?
  /// The transaction that inserted the row; nil where that is long ago (frozen), or this version came of an UPDATE.
  package var insertedBy: TransactionID?

  /// Reads the columns of a row version. Throws ``FormatError`` with an offset from the row version's start where a column
  /// does not fit into its bytes.
  package init(
    parsing tuple: RawSpan, header: HeapTupleHeader, columns: [CatalogLayout.Column]
  ) throws(FormatError) {
    (values, hiddenOID) = ([:], header.hiddenOID)
    let isFirst = !header.flags.contains(.updated) && !header.flags.isSuperset(of: .xminFrozen) && header.xmin.isNormal
    insertedBy = isFirst ? header.xmin : nil
    var position = header.dataOffset
    for (index, column) in columns.enumerated() {
      if try header.isAbsent(column: index, in: tuple) {
        values[column.name] = .null
      } else if let width = column.type.width {
        position = position.aligned(to: column.type.alignment)
        values[column.name] = try Self.fixed(column, in: tuple, at: position, width: width)
        position += width
      } else {
        let datum = try VariableLengthDatum(parsing: tuple, at: position)
        position = datum.end
        values[column.name] = try Self.variable(column.type, datum.content, at: datum.contentOffset)
      }
    }
  }

  private static func fixed(
    _ column: CatalogLayout.Column, in tuple: RawSpan, at offset: Int, width: Int
  ) throws(FormatError) -> Value {
    switch width {
    case 1: return .number(UInt32(try tuple.u8(at: offset, field: "column")))
    case 4: return .number(try tuple.u32(at: offset, field: "column"))
    default:
      let bytes = try tuple.bytes(at: offset, count: width, field: "column")
      return .bytes(column.type == .name ? Array(bytes.prefix { $0 != 0 }) : bytes)
    }
  }

  private static func variable(
    _ type: CatalogLayout.ColumnType, _ content: [UInt8]?, at offset: Int
  ) throws(FormatError) -> Value {
    guard let content else { return .elsewhere }
    guard type == .textArray else { return .bytes(content) }
    // SAFETY: the span borrows the array during the call only.
    return .array(unsafe try TextArray.elements(content.span.bytes, at: offset))
  }

  /// nil where the column is NULL or the version has no such column.
  package func number(_ column: String) -> UInt32? {
    if case .number(let value) = values[column] { value } else { nil }
  }
  /// nil where the column is NULL, elsewhere, or the version has no such column.
  package func bytes(_ column: String) -> [UInt8]? {
    if case .bytes(let value) = values[column] { value } else { nil }
  }
  /// nil where the column is NULL, elsewhere, or the version has no such column.
  package func lsn(_ column: String) -> LSN? {
    bytes(column).map { LSN($0.reversed().reduce(0) { $0 << 8 | UInt64($1) }) }
  }
  /// The elements of a `text[]`; nil where the column is NULL, elsewhere, or the version has no such column.
  package func array(_ column: String) -> [[UInt8]]? {
    if case .array(let value) = values[column] { value } else { nil }
  }
  /// Bytes that the columns with a length of their own take in memory, about.
  var byteCount: Int {
    values.values.reduce(0) { sum, value in
      switch value {
      case .bytes(let bytes): sum + bytes.count
      case .array(let elements): elements.reduce(sum) { $0 + $1.count + MemoryLayout<[UInt8]>.size }
      case .null, .number, .elsewhere: sum
      }
    }
  }

  /// The row's oid, a column from 12 on.
  package var oid: OID? { number("oid").map { OID($0) } ?? hiddenOID }

  func requiredNumber(_ column: String) throws(FormatError) -> UInt32 {
    guard let value = number(column) else { throw Self.missing(column) }
    return value
  }
  func requiredBytes(_ column: String) throws(FormatError) -> [UInt8] {
    guard let value = bytes(column) else { throw Self.missing(column) }
    return value
  }
  func requiredOID() throws(FormatError) -> OID {
    guard let oid else { throw Self.missing("oid") }
    return oid
  }
  private static func missing(_ column: String) -> FormatError {
    FormatError(.badValue, at: 0, field: column, expected: "a value in the row", found: "none")
  }
}

extension Int {
  /// The next multiple of an alignment of 1, 4 or 8. For offsets inside a page.
  func aligned(to alignment: Int) -> Int { (self + alignment - 1) & ~(alignment - 1) }
}
