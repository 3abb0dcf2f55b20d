package import ByteReading

/// Collects the current rows of one catalog, page after page.
///
/// What is damaged is left out and listed: a page, a line pointer, a row. The files of a server that crashed or still runs may
/// show two versions of a row as current; then the one whose fate is settled wins, before that of the page that was changed
/// last.
package struct CatalogScanner<Row: CatalogRow> {
  /// Errors that are kept; a file of another kind would have one for each of its pages.
  package static var errorLimit: Int { 32 }

  private struct Candidate {
    var row: Row
    var isSettled: Bool
    var pageLSN: LSN

    func isBetter(than other: Candidate) -> Bool {
      isSettled == other.isSettled ? pageLSN >= other.pageLSN : isSettled
    }
  }

  /// Earlier versions of rows that are kept; a catalog that is rewritten often has many.
  package static var earlierLimit: Int { 1 << 16 }

  /// Bytes of names and texts that are read, decompressed. Rows beyond it are left out, which is an error.
  package static var byteLimit: Int { 64 << 20 }

  private let columns: [CatalogLayout.Column]
  private let keepsEarlier: Bool
  private var bytesLeft: Int
  private var candidates: [UInt64: Candidate] = [:]
  /// The first ``errorLimit`` of them, with offsets from the start of the file.
  package private(set) var errors: [FormatError] = []

  /// Rows that are no longer current and not yet removed, in the order of the file: the first ``earlierLimit`` of them, where
  /// they were asked for. A logical slot keeps those that decoding needs.
  package private(set) var earlier: [Row] = []

  /// A scanner of the rows as `version` lays them out; `keepsEarlier` asks for those that are no longer current too.
  package init(version: ServerVersion, keepsEarlier: Bool = false, byteLimit: Int = byteLimit) {
    (columns, self.keepsEarlier, bytesLeft) = (Row.layout.columns(in: version), keepsEarlier, byteLimit)
  }

  /// The rows, ordered by oid.
  package var rows: [Row] { candidates.keys.sorted().compactMap { candidates[$0]?.row } }

  /// Takes the rows of one page. `offset` is the page's, from the start of the file; `status` is asked for transactions
  /// without a hint bit.
  package mutating func scan(
    page: RawSpan, at offset: Int, status: (TransactionID) -> TransactionStatus?
  ) {
    do {
      let heapPage = try HeapPage(parsing: page)
      for error in heapPage.errors { note(error, movedBy: offset) }
      for item in heapPage.items {
        do {
          try scan(
            tuple: try page.slice(at: item.offset, count: item.length, field: "tuple"), pageLSN: heapPage.lsn,
            status: status)
        } catch {
          note(error, movedBy: offset + item.offset)
        }
      }
    } catch {
      note(error, movedBy: offset)
    }
  }

  private mutating func scan(
    tuple: RawSpan, pageLSN: LSN, status: (TransactionID) -> TransactionStatus?
  ) throws(FormatError) {
    let header = try HeapTupleHeader(parsing: tuple)
    let visibility = TupleVisibility(of: header, status: status)
    guard visibility != .dead || (keepsEarlier && earlier.count < Self.earlierLimit) else { return }
    guard bytesLeft > 0 else {
      throw FormatError(.tooLong, at: 0, field: Row.layout.name, expected: "names and texts of \(Self.byteLimit) bytes")
    }
    let columns = try CatalogTuple(parsing: tuple, header: header, columns: columns)
    bytesLeft -= columns.byteCount
    let row = try Row(columns)
    guard visibility != .dead else {
      earlier.append(row)
      return
    }
    let candidate = Candidate(row: row, isSettled: visibility == .live, pageLSN: pageLSN)
    if let other = candidates[row.catalogKey], !candidate.isBetter(than: other) { return }
    candidates[row.catalogKey] = candidate
  }

  private mutating func note(_ error: FormatError, movedBy distance: Int) {
    if errors.count < Self.errorLimit { errors.append(error.moved(by: distance)) }
  }
}

/// A row that can be made of a catalog's columns.
package protocol CatalogRow: Sendable {
  /// The columns of the catalog, in every version.
  static var layout: CatalogLayout { get }
  /// What no two current rows share: the oid, the origin's number, or two oids.
  var catalogKey: UInt64 { get }
  /// Throws ``FormatError`` where a column that is never NULL has no value.
  init(_ tuple: CatalogTuple) throws(FormatError)
}
