/// Why reading the WAL stopped where it did. The end of WAL is a normal state with a reason, not an error.
@usableFromInline
package struct WALStop: Sendable, Hashable {
  /// What the reader objected to; the raw value is the word in JSON.
  @usableFromInline
  package enum Reason: String, Sendable, Hashable, CaseIterable {
    /// A record length of 0 where the next record should begin: the usual end.
    case zeroLength = "zero_length"
    /// The next page was never written (all zeros).
    case zeroPage = "zero_page"
    /// The next page holds an older address: a recycled segment.
    case recycledPage = "recycled_page"
    /// No file for the next segment.
    case missingSegment = "missing_segment"
    /// The file ends before its segment does.
    case shortFile = "short_file"
    /// A record began but its continuation was never written.
    case incompleteRecord = "incomplete_record"
    /// The caller's limit was reached.
    case limit = "limit"
    /// A page of another major version.
    case foreignMagic = "foreign_magic"
    /// Page header bits that this version does not know.
    case badPageFlags = "bad_page_flags"
    /// The page belongs to another cluster, or to another segment or block size.
    case foreignSegment = "foreign_segment"
    /// A page address that is higher than expected, or not a multiple of the page size.
    case badPageAddress = "bad_page_address"
    /// A page's timeline is lower than that of a page before it, or higher than that of the file.
    case timelineOutOfOrder = "timeline_out_of_order"
    /// A continuation where a record should begin, or none where one must stand.
    case badContinuation = "bad_continuation"
    case badRecordLength = "bad_record_length"
    case badResourceManager = "bad_resource_manager"
    /// The record does not follow the one before it.
    case badPrevLink = "bad_prev_link"
    case badChecksum = "bad_checksum"
    /// The checksum is right, but the parts of the record do not add up.
    case badRecordStructure = "bad_record_structure"
    /// The file could not be read.
    case unreadable = "unreadable"
    /// A running server gave the position; no WAL was read.
    case notRead = "not_read"

    /// Whether WAL ends like this where nothing is wrong: after a stop, after a crash, or because the rest is elsewhere.
    package var isOrdinaryEnd: Bool {
      switch self {
      case .zeroLength, .zeroPage, .recycledPage, .missingSegment, .incompleteRecord, .limit, .notRead: true
      default: false
      }
    }
  }

  /// What was not as it should be.
  package var reason: Reason
  /// The byte of the WAL stream at which the reader objected: a page or record start.
  package var at: LSN
  /// The record that was being put together when a page was refused; nil between records.
  package var record: LSN?
  /// What should stand there, in words for a reader; nil where the reason says it.
  package var expected: String?
  /// What stands there, in words for a reader.
  package var found: String?

  /// `at` is the page or record start that was objected to. The record that was being put together is set apart from
  /// it.
  @usableFromInline
  package init(_ reason: Reason, at: LSN, expected: String? = nil, found: String? = nil) {
    (self.reason, self.at, self.expected, self.found) = (reason, at, expected, found)
  }
}
