/// A setting of the server that matters to slots, standbys and start-up: since when it exists, what its values are, and
/// what it is where no file sets it.
package struct SettingDefinition: Sendable, Hashable {
  /// What a change needs.
  package enum Change: String, Sendable, Hashable { case restart, reload, user }

  /// The type of the values (`config_type`), as far as checking them needs it.
  package enum Kind: Sendable, Hashable {
    case bool
    /// Counted in `unit`; a number without one counts it too. Follows the range that this version allows.
    case integer(unit: SettingUnit, minimum: Int64, maximum: Int64)
    case text
    /// The words, and other spellings that the server takes for one of them.
    case enumeration([String], hidden: [String: String])
  }

  /// As in postgresql.conf, in lower case; ``find(_:in:)`` takes any.
  package var name: String
  /// The first major with this definition.
  package var first: ServerVersion
  /// The last major with this definition; nil: the newest has it too.
  package var last: ServerVersion?
  /// Of what type the values are, with the bounds of these majors.
  package var kind: Kind
  /// What holds where nothing is set, as the server shows it, in units of its own.
  package var defaultValue: String
  /// Whether a new value needs a restart (`PGC_POSTMASTER`), a reload (`PGC_SIGHUP`), or can be set in a session.
  package var change: Change

  /// One row of the table, for the majors from `first` to `last`.
  package init(
    name: String, first: ServerVersion, last: ServerVersion?, kind: Kind, defaultValue: String, change: Change
  ) {
    (self.name, self.first, self.last) = (name, first, last)
    (self.kind, self.defaultValue, self.change) = (kind, defaultValue, change)
  }

  /// Whether `version` has the setting with this definition.
  package func exists(in version: ServerVersion) -> Bool {
    version >= first && last.map { version <= $0 } ?? true
  }

  /// The definition of `name` (any case) in a version; nil where that version has no such setting, or this table no row.
  package static func find(_ name: String, in version: ServerVersion) -> SettingDefinition? {
    byName[normalized(name)]?.first { $0.exists(in: version) }
  }

  /// A setting's name as names are compared: ASCII letters in lower case, every other byte as it is.
  package static func normalized(_ name: String) -> String { SettingValue.asciiLowercased(name) }

  /// The rows by setting name; a setting whose type, bounds, default or context changed has several.
  package static let byName: [String: [SettingDefinition]] = Dictionary(grouping: all, by: \.name)
}

/// The unit that a setting counts in. Without one the value is a bare number.
package enum SettingUnit: Sendable, Hashable, CaseIterable {
  case none
  case bytes, kilobytes, megabytes
  /// WAL segments of 16 MiB (9.6).
  case segments
  /// Pages, also those of WAL.
  case blocks
  case milliseconds, seconds, minutes

  /// nil for a unit that no setting counts in.
  init?(name: String) {
    guard let unit = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = unit
  }

  /// As `pg_settings.unit` shows it.
  package var name: String? {
    switch self {
    case .none: nil
    case .bytes: "B"
    case .kilobytes: "kB"
    case .megabytes: "MB"
    case .segments: "16MB"
    case .blocks: "8kB"
    case .milliseconds: "ms"
    case .seconds: "s"
    case .minutes: "min"
    }
  }

  /// Bytes or microseconds in one of it.
  var size: Double {
    switch self {
    case .none, .bytes: 1
    case .kilobytes: 1024
    case .megabytes: 1_048_576
    case .segments: 16_777_216
    case .blocks: 8192
    case .milliseconds: 1000
    case .seconds: 1_000_000
    case .minutes: 60_000_000
    }
  }

  /// The units that a value may be written with, largest first, and their bytes or microseconds.
  func spellings(in version: ServerVersion) -> [(name: String, size: Double)] {
    switch self {
    case .none: []
    case .bytes, .kilobytes, .megabytes, .segments, .blocks:
      [("TB", 1_099_511_627_776), ("GB", 1_073_741_824), ("MB", 1_048_576), ("kB", 1024)]
        + (version >= Self.byteUnit ? [("B", 1)] : [])
    case .milliseconds, .seconds, .minutes:
      [("d", 86_400_000_000), ("h", 3_600_000_000), ("min", 60_000_000), ("s", 1_000_000), ("ms", 1000)]
        + (version >= Self.microsecondUnit ? [("us", 1)] : [])
    }
  }

  private static let byteUnit = ServerVersion.v11
  private static let microsecondUnit = ServerVersion.v12
}
