package import PostgresFormat

/// What the first page of a file with a segment's name says about it.
package enum SegmentState: UInt8, Sendable, Hashable {
  /// Not looked at: a large archive, whose files are opened only as they are read.
  case unprobed
  /// The page is the one that the name promises.
  case live
  /// The page belongs to an older position: the server renamed the file for later use.
  case recycled
  /// All zeros: made ahead of time.
  case preallocated
  /// Some page of another PostgreSQL version or of no PostgreSQL at all: damaged, or encrypted.
  case foreign
  /// The page is the one that the name promises, in the WAL of another cluster, by its system identifier.
  case otherCluster
  /// Compressed in a way that is not read here, or encrypted (``Codec``).
  case packed
  /// Ends before its first page header does.
  case tooShort
  /// A folder, a named pipe, a device.
  case notRegular
  /// It could not be opened or read.
  case unreadable

  /// Whether it may hold WAL of the position in its name.
  package var mayBeLive: Bool { self == .live || self == .unprobed }
}

extension SegmentState {
  /// A stable word.
  package var code: String {
    switch self {
    case .unprobed: "unprobed"
    case .live: "live"
    case .recycled: "recycled"
    case .preallocated: "preallocated"
    case .foreign: "foreign_segment"
    case .otherCluster: "other_cluster"
    case .packed: "packed"
    case .tooShort: "short_file"
    case .notRegular: "not_regular"
    case .unreadable: "unreadable"
    }
  }

  /// For an operator, without the path.
  package var sentence: String {
    switch self {
    case .unprobed: "was not looked at"
    case .live: "holds WAL of the position in its name"
    case .recycled: "holds WAL of an older position: it was renamed for later use"
    case .preallocated: "is zero-filled: it was made ahead of time"
    case .foreign: "does not begin with a page of this cluster's version: damaged, encrypted, or of another server"
    case .otherCluster: "is WAL of another cluster, by the system identifier in its first page"
    case .packed: "is compressed in a way that is not read here, or encrypted"
    case .tooShort: "ends before its first page header does"
    case .notRegular: "is not a regular file"
    case .unreadable: "cannot be read"
    }
  }
}

/// One file with a segment's name, in a few bytes: archives have millions of them.
package struct SegmentFile: Sendable, Hashable {
  /// From the file's name, whatever is in it.
  package var name: SegmentName
  /// Which of the inventory's folders it is in.
  package var folder: UInt32
  /// What follows the 24 digits in the file's name, as a range of the inventory's suffix bytes.
  var suffixStart: UInt32
  var suffixLength: UInt8
  /// `.partial`: the last, unfinished segment of a timeline, or one that is being received.
  package var isPartial: Bool
  /// From the first page; ``SegmentState/unprobed`` until the file has been looked at.
  package var state = SegmentState.unprobed
  /// Bytes on disk, 4 GiB at most; nil until the file has been looked at.
  package var size: UInt32?
  /// The size is not that of its WAL: it is compressed, whatever its name.
  var isPacked = false

  /// A segment that ought to be whole, and has fewer bytes: a copy that broke off.
  func isShort(of segmentSize: Int) -> Bool {
    state == .live && !isPartial && !isPacked && size.map { Int($0) < segmentSize } ?? false
  }

  /// The order in which copies of one segment are tried: whole before partial, plain before compressed.
  var preference: Int { (isPartial ? 2 : 0) + (suffixLength == 0 || (isPartial && suffixLength == 8) ? 0 : 1) }

  /// By name, and then the copies of a segment in the order in which they are tried. Written out because millions of them
  /// are sorted.
  func precedes(_ other: SegmentFile) -> Bool {
    let mine = UInt64(name.timeline.rawValue) << 32 | UInt64(name.log)
    let others = UInt64(other.name.timeline.rawValue) << 32 | UInt64(other.name.log)
    if mine != others { return mine < others }
    if name.segment != other.name.segment { return name.segment < other.name.segment }
    return preference != other.preference ? preference < other.preference : folder < other.folder
  }
}

extension SegmentName: Comparable {
  /// By timeline, then by position.
  package static func < (a: SegmentName, b: SegmentName) -> Bool {
    if a.timeline != b.timeline { return a.timeline < b.timeline }
    return a.log != b.log ? a.log < b.log : a.segment < b.segment
  }
}
