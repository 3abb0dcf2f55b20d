/// The numbers that tell whose control file it is. Follows src/include/catalog/pg_control.h and catversion.h.
extension ControlFile {
  /// `PG_CONTROL_VERSION` of a major. 13 to 16 share one.
  package static func controlVersion(of version: ServerVersion) -> UInt32 {
    switch version {
    case .v9_6: 960
    case .v10: 1002
    case .v11: 1100
    case .v12: 1201
    case .v13, .v14, .v15, .v16: 1300
    case .v17: 1700
    case .v18: 1800
    case .v19: 1905
    }
  }

  /// `CATALOG_VERSION_NO` of a major's release. 19: of its first release candidate.
  package static func catalogVersion(of version: ServerVersion) -> UInt32 {
    switch version {
    case .v9_6: 201_608_131
    case .v10: 201_707_211
    case .v11: 201_809_051
    case .v12: 201_909_212
    case .v13: 202_007_201
    case .v14: 202_107_181
    case .v15: 202_209_061
    case .v16: 202_307_071
    case .v17: 202_406_281
    case .v18: 202_506_291
    case .v19: 202_610_061
    }
  }

  /// Those of development versions before 11, 12 and 14 whose files read as the releases' do.
  private static let catalogVersionsBeforeRelease: Set<UInt32> = [201_806_231, 201_906_161, 202_106_151]

  /// Whether the catalogs have a form that is known. Another number is that of a fork, of a development version, or of a
  /// version to come, whose other files may differ too where no number of their own says so.
  package var hasKnownCatalogs: Bool {
    Self.versions(controlVersion: controlVersion).contains { Self.catalogVersion(of: $0) == catalogVersion }
      || Self.catalogVersionsBeforeRelease.contains(catalogVersion)
  }

  /// The majors that write this control version, oldest first; empty for a number of no supported release.
  package static func versions(controlVersion: UInt32) -> [ServerVersion] {
    ServerVersion.allCases.filter { Self.controlVersion(of: $0) == controlVersion }
  }

  /// The number that 9.4 and 9.5 share.
  static let controlVersionOf9_4And9_5: UInt32 = 942
  static let catalogVersionOf9_4: UInt32 = 201_409_291
  static let catalogVersionOf9_5: UInt32 = 201_510_051

  /// The major that wrote the file, where its own numbers tell: nil for one of 13 to 16 with a catalog version that no
  /// release has (a fork, or a development version).
  package var version: ServerVersion? {
    let candidates = Self.versions(controlVersion: controlVersion)
    if candidates.count == 1 { return candidates.first }
    return candidates.first { Self.catalogVersion(of: $0) == catalogVersion }
  }
}
