/// A PostgreSQL major version that slotscope reads: 9.6 to 19. Settled once per directory or file, from the file
/// itself, and then carried as a value; layouts and rules ask it, nothing else compares version numbers.
package enum ServerVersion: Int, Sendable, Hashable, CaseIterable, Comparable {
  case v9_6 = 906
  case v10 = 1000
  case v11 = 1100
  case v12 = 1200
  case v13 = 1300
  case v14 = 1400
  case v15 = 1500
  case v16 = 1600
  case v17 = 1700
  case v18 = 1800
  case v19 = 1900

  /// The bounds of what is read; tables without a bound of their own go from one to the other.
  package static let oldest = v9_6
  /// The other bound. A new major becomes the newest, and what is said of "19 and later" then holds for it too.
  package static let newest = v19
  /// The majors that are read, for a sentence: `9.6 to 19`.
  package static let supportedRange = "\(oldest) to \(newest)"

  /// In the order of release. WAL page magics are not: a development version of 20 had a lower one than 19.
  package static func < (a: ServerVersion, b: ServerVersion) -> Bool { a.rawValue < b.rawValue }

  /// As PG_VERSION spells it: `9.6`, `10` … `19`.
  package var name: String { self == .v9_6 ? "9.6" : String(rawValue / 100) }

  /// What `server_version_num` begins with on every server of this major, as in `906` and `17`.
  package var numberPrefix: Int { self < .v10 ? rawValue : rawValue / 100 }

  /// From PG_VERSION's text without the line end. nil for a version that is not read, 9.4 and 9.5 included.
  package init?(name: String) {
    guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = match
  }

  /// From a WAL page's magic number (`XLOG_PAGE_MAGIC`), which is fixed within a released major.
  package init?(pageMagic: UInt16) {
    guard let match = Self.allCases.first(where: { $0.pageMagic == pageMagic }) else { return nil }
    self = match
  }

  /// `XLOG_PAGE_MAGIC`, the first two bytes of every WAL page. Follows src/include/access/xlog_internal.h.
  package var pageMagic: UInt16 {
    switch self {
    case .v9_6: 0xD093
    case .v10: 0xD097
    case .v11: 0xD098
    case .v12: 0xD101
    case .v13: 0xD106
    case .v14: 0xD10D
    case .v15: 0xD110
    case .v16: 0xD113
    case .v17: 0xD116
    case .v18: 0xD118
    case .v19: 0xD122
    }
  }

  /// The folder of the write-ahead log in the data directory.
  package var walDirectoryName: String { self < .v10 ? "pg_xlog" : "pg_wal" }
  /// The folder of the commit log in the data directory.
  package var commitLogDirectoryName: String { self < .v10 ? "pg_clog" : "pg_xact" }
}

extension ServerVersion: CustomStringConvertible {
  /// The same as `name`.
  package var description: String { name }
}
